using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// Something with parameters that computes. Declaring a public property of type <see cref="Parameter"/>, <see cref="Table"/>,
/// <see cref="Buffer"/>, <see cref="Module"/> or a sequence of modules makes it a part: there is nothing to register.
/// </summary>
/// <remarks>
/// Parts are found on request, in order of declaration, and named by their path in snake case ("layers.0.weight", PyTorch's
/// spelling). A part kept where no public property shows it would silently not train; it is refused with the remedy.
/// </remarks>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.NonPublicFields)]
public abstract partial class Module
{
    /// <summary>Whether the module is in training (dropout drops, batch statistics are taken) or in evaluation.</summary>
    public bool Training { get; private set; } = true;

    /// <summary>All parameters and tables, each once; a module's own come before those of its parts, as in PyTorch.</summary>
    /// <exception cref="InvalidOperationException">A part is hidden in a private field.</exception>
    public IEnumerable<ILearnable> Parameters() =>
        NamedParameters().Select(named => named.Learnable).Distinct<ILearnable>(ReferenceEqualityComparer.Instance);

    /// <summary>All parameters and tables by path; one that is tied to another part appears under each of its names.</summary>
    /// <exception cref="InvalidOperationException">A part is hidden in a private field.</exception>
    public IEnumerable<(string Name, ILearnable Learnable)> NamedParameters() =>
        Saved().Where(saved => saved.Part is ILearnable).Select(saved => (saved.Name, (ILearnable)saved.Part));

    /// <summary>All modules within this one by path, each before its parts.</summary>
    /// <exception cref="InvalidOperationException">A part is hidden in a private field.</exception>
    public IEnumerable<(string Name, Module Module)> NamedModules()
    {
        foreach ((string name, object part) in Parts())
        {
            if (part is not Module module) continue;
            yield return (name, module);
            foreach ((string inner, Module found) in module.NamedModules()) yield return ($"{name}.{inner}", found);
        }
    }

    /// <summary>Puts this module and its parts in training.</summary>
    public void Train() => SetTraining(true);

    /// <summary>Puts this module and its parts in evaluation.</summary>
    public void Eval() => SetTraining(false);

    /// <summary>Forgets the gradients of all parameters.</summary>
    public void ZeroGrad()
    {
        foreach (ILearnable learnable in Parameters()) learnable.ZeroGrad();
    }

    /// <summary>Freezes (or thaws) all parameters: frozen ones receive no gradient and are not moved.</summary>
    public void Freeze(bool frozen = true)
    {
        foreach (ILearnable learnable in Parameters()) learnable.Frozen = frozen;
    }

    void SetTraining(bool training)
    {
        Training = training;
        foreach ((_, object part) in Parts())
            if (part is Module module) module.SetTraining(training);
    }

    /// <summary>Parameters, tables and buffers by path: own ones first, then those of the parts.</summary>
    internal IEnumerable<(string Name, object Part)> Saved()
    {
        (string Name, object Part)[] parts = [.. Parts()];
        foreach ((string name, object part) in parts)
            if (part is ILearnable) yield return (name, part);
        foreach ((string name, object part) in parts)
            if (part is Buffer) yield return (name, part);
        foreach ((string name, object part) in parts)
            if (part is Module module)
                foreach ((string inner, object found) in module.Saved()) yield return ($"{name}.{inner}", found);
    }

    /// <summary>The parts by name, in order. A module whose parts are named by number or by layer says so here.</summary>
    private protected virtual IEnumerable<(string Name, object Part)> Parts()
    {
        var shown = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var parts = new List<(string, object)>();
        foreach (PropertyInfo property in GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(Declared))
        {
            if (property.GetIndexParameters().Length > 0 || !CanHoldParts(property.PropertyType)) continue;
            if (property.GetValue(this) is not { } value) continue;
            foreach ((string name, object part) in PartsIn(SnakeCase(property.Name), value))
            {
                shown.Add(value);
                shown.Add(part);
                parts.Add((name, part));
            }
        }
        RefuseHidden(shown);
        return parts;
    }

    // Tokens rise with declaration; compiled ahead of time there are none, and reflection keeps the order itself.
    static int Declared(PropertyInfo property) => property.HasMetadataToken() ? property.MetadataToken : 0;

    void RefuseHidden(HashSet<object> shown)
    {
        foreach (FieldInfo field in GetType().GetFields(BindingFlags.NonPublic | BindingFlags.Instance))
        {
            if (field.FieldType.IsValueType || field.GetValue(this) is not { } value || shown.Contains(value)) continue;
            object? hidden = value is IDictionary byName ? byName.Values.OfType<object>().FirstOrDefault(IsPart) : PartsIn("", value).Select(part => part.Part).FirstOrDefault(part => !shown.Contains(part));
            Require.State(hidden is null || shown.Contains(hidden),
                $"{GetType().Name} keeps a {hidden?.GetType().Name} in '{field.Name}', where training and saving cannot see it; make it a public property, or several a public list");
        }
    }

    static bool IsPart(object value) => value is ILearnable or Buffer or Module;

    // By an interface or a list a part may be known under another name than its own.
    static bool CanHoldParts(Type type) =>
        type.IsInterface || typeof(ILearnable).IsAssignableFrom(type) || typeof(Module).IsAssignableFrom(type) || type == typeof(Buffer)
        || typeof(IEnumerable<Module>).IsAssignableFrom(type) || typeof(IEnumerable<ILearnable>).IsAssignableFrom(type);

    static IEnumerable<(string Name, object Part)> PartsIn(string name, object value) => value switch
    {
        ILearnable or Buffer or Module => [(name, value)],
        IEnumerable<ILearnable> or IEnumerable<Module> => ((IEnumerable<object>)value).Select((part, i) => ($"{name}.{i}", part)),
        _ => [],
    };

    /// <summary>"PosEncoding" → "pos_encoding".</summary>
    static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        for (int i = 0; i < name.Length; i++)
        {
            bool starts = char.IsUpper(name[i]) && i > 0 && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (starts) text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }
}

/// <summary>A module that computes one thing from one thing: what <see cref="Sequential"/> strings together.</summary>
public abstract class Module<TInput, TOutput> : Module
{
    /// <summary>Computes the output.</summary>
    public abstract TOutput Forward(TInput input);
}
