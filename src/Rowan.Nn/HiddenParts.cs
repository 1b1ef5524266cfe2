using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// Refuses parts that a module keeps where its public properties do not show them. All fields of all modules are followed, through base
/// classes, tuples, collections, closures and classes of the user's, and whatever part or learning tensor is found must be among those
/// that are shown.
/// </summary>
/// <remarks>
/// Fields and elements are read, properties are not; of sequences only those of parts are run through. Types that cannot lead to a part
/// (text, arrays of numbers, a dictionary of numbers by text) are not entered. Compiled ahead of time, fields of other classes than modules
/// may be missing from reflection; then less is found. Static fields are not looked at.
/// </remarks>
sealed class HiddenParts
{
    const BindingFlags OwnFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    static readonly ConcurrentDictionary<Type, FieldInfo[]> FieldsOf = [];
    static readonly ConcurrentDictionary<Type, bool> Leads = [];

    [ThreadStatic]
    static HashSet<Type>? _deciding;

    readonly HashSet<object> _shown;
    readonly HashSet<object> _visited = new(ReferenceEqualityComparer.Instance);
    readonly Stack<(object Value, Place At)> _rest = new();
    Module _owner;

    HiddenParts(Module root, HashSet<object> shown) => (_owner, _shown) = (root, shown);

    /// <param name="root">The module that was asked for its parts.</param>
    /// <param name="tree">What its properties show.</param>
    /// <param name="again">The same, read a second time.</param>
    /// <exception cref="InvalidOperationException">A part is hidden, or is another one at each reading.</exception>
    public static void Refuse(Module root, List<(string Name, object Part)> tree, List<(string Name, object Part)> again)
    {
        for (int i = 0; i < tree.Count; i++)
            Require.State(i < again.Count && ReferenceEquals(tree[i].Part, again[i].Part),
                $"{root.GetType().Name}: '{tree[i].Name}' is another part each time it is read, so it would not train; make it once: "
                    + $"public … {{ get; }} = …");
        var shown = new HashSet<object>(ReferenceEqualityComparer.Instance) { root };
        foreach ((string name, object part) in tree)
        {
            shown.Add(part);
            if (part is Parameter parameter) shown.Add(parameter.Value);
            Require.State(part is not Buffer { IsCounter: false } buffer || !Learns(buffer.Value),
                $"{root.GetType().Name}: buffer '{name}' holds a tensor that requires a gradient, and buffers do not train; make it a "
                    + $"Parameter");
        }
        var search = new HiddenParts(root, shown);
        search.Follow(root);
        foreach ((_, object part) in tree)
            if (part is Module module && search._visited.Add(module)) search.Follow(module);
    }

    void Follow(Module module)
    {
        _owner = module;
        foreach (FieldInfo field in Fields(module.GetType())) Meet(field, module, null);
        while (_rest.TryPop(out var next)) Enter(next.Value, next.At);
    }

    void Meet(FieldInfo field, object holder, Place? before) => Meet(field.GetValue(holder), before, field);

    void Meet(object? value, Place? before, object key)
    {
        if (value is null || !MayLead(value.GetType())) return;
        Require.State(!MakesLater(value.GetType()),
            $"{_owner.GetType().Name} keeps a {Short(value.GetType())} in '{new Place(before, key)}', and training and saving cannot see "
                + $"what is made later; {Remedy}");
        if (value is Tensor tensor)
        {
            Require.State(!Learns(tensor) || _shown.Contains(tensor),
                $"{_owner.GetType().Name} keeps a tensor that requires a gradient in '{new Place(before, key)}', where training and saving "
                    + $"cannot see it; "
                + $"make it a part: public Parameter Weight {{ get; }} = new(tensor)");
            return;
        }
        if (Module.IsPart(value))
        {
            Require.State(_shown.Contains(value),
                $"{_owner.GetType().Name} keeps a {Short(value.GetType())} in '{new Place(before, key)}', where training and saving cannot "
                    + $"see it; {Remedy}");
            return;
        }
        if (value.GetType().IsValueType || _visited.Add(value)) _rest.Push((value, new(before, key)));
    }

    const string Remedy = "make it a public property, or several a public list or dictionary of parts (Nn.ModuleList, Nn.ModuleDict)";

    void Enter(object value, Place at)
    {
        Type type = value.GetType();
        bool mayEnumerate = !type.IsValueType && IsFramework(type);
        if (value is Array or IEnumerable<Module> or IEnumerable<ILearnable> or IEnumerable<Buffer>)
        {
            int i = 0;
            foreach (object? element in (IEnumerable)value) Meet(element, at, i++);
        }
        else if (value is Delegate call)
        {
            // What a lambda captured, not the objects whose methods are called.
            foreach (Delegate one in call.GetInvocationList())
                if (one.Target is { } target && target.GetType().IsDefined(typeof(CompilerGeneratedAttribute), false))
                    Meet(target, at, "captured");
        }
        else if (mayEnumerate && value is IDictionary byKey)
        {
            foreach (DictionaryEntry entry in byKey)
            {
                Meet(entry.Key, at, "key");
                Meet(entry.Value, at, entry.Key);
            }
        }
        else if (mayEnumerate && value is ICollection elements)
        {
            int i = 0;
            foreach (object? element in elements) Meet(element, at, i++);
        }
        else if (type.IsGenericType || !IsFramework(type))
        {
            foreach (FieldInfo field in Fields(type)) Meet(field, value, at);
        }
    }

    /// <summary>A tensor that an optimizer would have to move: one that was not computed from others.</summary>
    static bool Learns(Tensor tensor) => tensor is { RequiresGrad: true, IsLeaf: true };

    /// <summary>Fields, those of base classes too, that may lead to a part; of a module without the base class's own.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A field that was trimmed is a field that is not checked; nothing "
        + "is missed that is used.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "As above.")]
    static FieldInfo[] Fields(Type type) => FieldsOf.GetOrAdd(type, static type =>
    {
        var fields = new List<FieldInfo>();
        for (Type? own = type; own is not null && own != typeof(object) && own != typeof(Module); own = own.BaseType)
            fields.AddRange(own.GetFields(OwnFields).Where(field => MayLead(field.FieldType)));
        return [.. fields];
    });

    /// <summary>Whether a value of this type, or what it refers to, may be a part.</summary>
    static bool MayLead(Type type)
    {
        if (Leads.TryGetValue(type, out bool known)) return known;
        // A struct that holds a list of itself: what is being decided may.
        if (!(_deciding ??= []).Add(type)) return true;
        bool leads = Decide(type);
        _deciding.Remove(type);
        return Leads[type] = leads;
    }

    static bool Decide(Type type)
    {
        if (type.IsPointer || type.IsByRefLike || type.IsFunctionPointer || type.IsPrimitive || type.IsEnum
            || type == typeof(string)) return false;
        if (type.IsArray) return MayLead(type.GetElementType()!);
        if (type == typeof(Tensor) || IsPartType(type) || typeof(Delegate).IsAssignableFrom(type) || type.IsInterface
            || type == typeof(object)) return true;
        if (IsFramework(type))
            return type.IsGenericType ? type.GetGenericArguments().Any(MayLead) : !type.IsValueType && (!type.IsSealed
                || typeof(ICollection).IsAssignableFrom(type));
        // A class of the user's is looked at when it is met, since a field may hold a class that derives from its type.
        return !type.IsValueType || Fields(type).Length > 0;
    }

    /// <summary>A type that makes its value when it is first asked for, or keeps one for each thread: Lazy, ThreadLocal, AsyncLocal of
    /// parts.</summary>
    static bool MakesLater(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var kind
        && (kind == typeof(Lazy<>) || kind == typeof(ThreadLocal<>) || kind == typeof(AsyncLocal<>))
            && type.GetGenericArguments().Any(LeadsSurely);

    static bool LeadsSurely(Type type) =>
        IsPartType(type) || (type.IsArray && LeadsSurely(type.GetElementType()!)) || (type.IsGenericType
            && type.GetGenericArguments().Any(LeadsSurely));

    static bool IsPartType(Type type) => typeof(ILearnable).IsAssignableFrom(type) || typeof(Module).IsAssignableFrom(type)
        || type == typeof(Buffer);

    static bool IsFramework(Type type) => type.Assembly == typeof(object).Assembly || type.Assembly.GetName().Name is { } name
        && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal));

    static string Short(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Short))}>" : type.Name;

    /// <summary>Where something is kept: "holder.layers[2]".</summary>
    sealed record Place(Place? Before, object Key)
    {
        public override string ToString()
        {
            var text = new StringBuilder(Before?.ToString());
            if (Key is not FieldInfo field) return text.Append(System.Globalization.CultureInfo.InvariantCulture, $"[{Key}]").ToString();
            if (Before is not null) text.Append('.');
            // "<Weight>k__BackingField" of a property, "<rng>P" of a constructor's argument.
            int end = field.Name.IndexOf('>', StringComparison.Ordinal);
            return text.Append(field.Name[0] == '<' && end > 1 ? field.Name[1..end] : field.Name).ToString();
        }
    }
}
