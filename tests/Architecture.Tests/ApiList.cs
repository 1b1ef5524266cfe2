using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Rowan.Architecture.Tests;

/// <summary>
/// The public API of assemblies as sorted lines, one per type and member: what a program that uses them may depend on. Overrides and
/// members that the compiler writes for records are left out. A protected member of a class that can be derived from is part of it.
/// </summary>
static class ApiList
{
    const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    static readonly Dictionary<Type, string> _keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short",
        [typeof(ushort)] = "ushort", [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong",
        [typeof(nint)] = "nint", [typeof(nuint)] = "nuint", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(char)] = "char", [typeof(string)] = "string", [typeof(object)] = "object",
    };

    public static string[] Of(IEnumerable<Assembly> assemblies) =>
        [.. assemblies.SelectMany(assembly => assembly.GetExportedTypes()).SelectMany(Of).Distinct().Order(StringComparer.Ordinal)];

    public static IEnumerable<string> Of(Type type)
    {
        string name = Name(type);
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return [$"{name}({Parameters(invoke)}) -> delegate {Return(invoke)}"];
        }
        if (type.IsEnum)
        {
            Type number = Enum.GetUnderlyingType(type);
            return Enum.GetNames(type)
                .Select(value => $"{name}.{value} = {Convert.ChangeType(Enum.Parse(type, value), number, CultureInfo.InvariantCulture)}")
                .Prepend($"{name} : enum {Name(number)}");
        }
        return type.GetMembers(Own).Select(member => Line(name, member)).OfType<string>().Prepend($"{name} : {Kind(type)}");
    }

    static string Kind(Type type)
    {
        string kind = type switch
        {
            { IsInterface: true } => "interface",
            { IsValueType: true } => (type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "") + (type.IsByRefLike ? "ref " : "")
                + "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        IEnumerable<Type> bases = type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? []).Where(part => part.IsVisible);
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType)) bases = bases.Prepend(parent);
        return string.Join(" ", [kind, .. (string[])[string.Join(", ", bases.Select(Name).Order(StringComparer.Ordinal))]]).TrimEnd()
            + Constraints(type.GetGenericArguments());
    }

    static string? Line(string type, MemberInfo member) => member switch
    {
        ConstructorInfo { IsStatic: false } made when Visible(made) =>
            $"{type}.{type[(type.LastIndexOf('.') + 1)..].Split('<')[0]}({Parameters(made)}){(made.IsPublic ? "" : " -> protected")}",
        MethodInfo method when Visible(method) && !method.IsDefined(typeof(CompilerGeneratedAttribute))
            && method.GetBaseDefinition() == method
            && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) =>
            $"{type}.{method.Name}{Generics(method)}({Parameters(method)}) -> "
                + $"{Access(method)}{Return(method)}{Constraints(method.GetGenericArguments())}",
        PropertyInfo property when Accessors(property) is { Length: > 0 } accessors
            && accessors.Any(accessor => accessor.GetBaseDefinition() == accessor) && property.Name != "EqualityContract" =>
            $"{type}.{property.Name}{Index(property)} {{ {string.Join(" ", accessors.Select(Accessor))} }} -> "
                + $"{Access(accessors[0])}{Property(property)}",
        FieldInfo field when (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly)
            && !field.IsDefined(typeof(CompilerGeneratedAttribute)) =>
            $"{type}.{field.Name}{(field.IsLiteral ? $" = {Value(field.GetRawConstantValue())}" : "")} -> "
            + $"{(field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : ""))}"
            + Name(field.FieldType),
        EventInfo { AddMethod: { } add } published when Visible(add) =>
            $"{type}.{published.Name} -> event {Name(published.EventHandlerType!)}",
        _ => null,
    };

    static bool Visible(MethodBase method) => method.IsPublic
        || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    static string Access(MethodBase method)
    {
        bool canVary = !method.DeclaringType!.IsInterface && !method.IsStatic && !method.IsConstructor;
        return (method.IsPublic ? "" : "protected ") + (method.IsStatic ? "static " : "")
            + (canVary && method.IsAbstract ? "abstract " : canVary && method is { IsVirtual: true, IsFinal: false } ? "virtual " : "");
    }

    static MethodInfo[] Accessors(PropertyInfo property) =>
        [.. property.GetAccessors(nonPublic: true).Where(Visible).OrderBy(accessor => accessor.Name, StringComparer.Ordinal)];

    static string Accessor(MethodInfo accessor) => accessor.Name.Contains("get_", StringComparison.Ordinal) ? "get;"
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init;" : "set;";

    static string Property(PropertyInfo property) => (property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "")
        + Name(property.PropertyType) + Mark(property.PropertyType, () => new NullabilityInfoContext().Create(property).ReadState);

    static string Index(PropertyInfo property) => property.GetIndexParameters() is { Length: > 0 } index
        ? $"[{string.Join(", ", index.Select(Parameter))}]" : "";

    static string Return(MethodInfo method) =>
        Name(method.ReturnType) + Mark(method.ReturnType, () => new NullabilityInfoContext().Create(method.ReturnParameter).ReadState);

    static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "") + string.Join(", ", method.GetParameters().Select(Parameter));

    static string Parameter(ParameterInfo parameter)
    {
        string way = parameter switch {
            { IsOut: true } => "out ", { IsIn: true } => "in ", { ParameterType.IsByRef: true } => "ref ", _ => "" };
        if (parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute))) way = "params ";
        Type type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        return $"{way}{Name(type)}{Mark(type, () => new NullabilityInfoContext().Create(parameter).ReadState)} {parameter.Name}"
            + (parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue)}" : "");
    }

    static string Mark(Type type, Func<NullabilityState> state) => !type.IsValueType && !type.IsByRef && !type.IsPointer
        && state() == NullabilityState.Nullable ? "?" : "";

    static string Value(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text.ReplaceLineEndings("\\n")}\"",
        char one => $"'{one}'",
        bool yes => yes ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    static string Generics(MethodInfo method) => method.IsGenericMethod
        ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    static string Constraints(Type[] arguments) => string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
    {
        GenericParameterAttributes flags = argument.GenericParameterAttributes;
        string[] rules =
        [
            .. flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint) ? (string[])["struct"]
                : flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? ["class"] : [],
            .. argument.GetGenericParameterConstraints().Where(rule => rule != typeof(ValueType)).Select(Name)
                .Order(StringComparer.Ordinal),
        ];
        return rules.Length == 0 ? "" : $" where {argument.Name} : {string.Join(", ", rules)}";
    }));

    static string Name(Type type)
    {
        if (_keywords.TryGetValue(type, out string? keyword)) return keyword;
        if (type.IsByRef) return $"ref {Name(type.GetElementType()!)}";
        if (type.IsPointer) return $"{Name(type.GetElementType()!)}*";
        if (type.IsFunctionPointer) return "delegate*";
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsGenericParameter) return type.Name;
        if (Nullable.GetUnderlyingType(type) is { } inner) return $"{Name(inner)}?";
        Type[] arguments = type.GetGenericArguments();
        string own = type.Name.Split('`')[0];
        if (type.DeclaringType is { } outer) own = $"{Name(outer)}.{own}";
        else if (type.Namespace is { Length: > 0 } space) own = $"{space}.{own}";
        int inherited = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        return arguments.Length > inherited ? $"{own}<{string.Join(", ", arguments[inherited..].Select(Name))}>" : own;
    }
}
