using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Nn;

public abstract partial class Module
{
    /// <summary>Everything within this module by path: its own parameters and tables, its buffers, then each module before its own
    /// parts.</summary>
    List<(string Name, object Part)> Tree()
    {
        var tree = new List<(string, object)>();
        AddTo(tree, "", []);
        return tree;
    }

    void AddTo(List<(string, object)> tree, string prefix, List<Module> within)
    {
        Require.State(!within.Contains(this),
            $"{GetType().Name}: '{prefix.TrimEnd('.')}' is the module itself or one that contains it; keep such a reference in a field "
                + $"that is not public");
        within.Add(this);
        (string Name, object Part)[] parts = [.. Parts()];
        foreach ((string name, object part) in parts)
            if (part is ILearnable) tree.Add((prefix + name, part));
        foreach ((string name, object part) in parts)
            if (part is Buffer) tree.Add((prefix + name, part));
        foreach ((string name, object part) in parts)
        {
            if (part is not Module module) continue;
            tree.Add((prefix + name, part));
            module.AddTo(tree, $"{prefix}{name}.", within);
        }
        within.RemoveAt(within.Count - 1);
    }

    /// <summary>The parts by name, in order. A module whose parts are named by number, key or layer says so here.</summary>
    private protected virtual IEnumerable<(string Name, object Part)> Parts()
    {
        var parts = new List<(string, object)>();
        foreach (PropertyInfo property in GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(Declared))
            if (property.GetIndexParameters().Length == 0 && CanHoldParts(property.PropertyType) && property.GetValue(this) is { } value)
                parts.AddRange(PartsIn(SnakeCase(property.Name), value));
        return parts;
    }

    // Tokens rise with declaration; compiled ahead of time there are none, and reflection keeps the order itself.
    static int Declared(PropertyInfo property) => property.HasMetadataToken() ? property.MetadataToken : 0;

    // A part may be known by an interface, or by a list or dictionary that is one.
    static bool CanHoldParts(Type type) =>
        type.IsInterface || typeof(ILearnable).IsAssignableFrom(type) || typeof(Module).IsAssignableFrom(type) || type == typeof(Buffer)
        || typeof(IEnumerable<Module>).IsAssignableFrom(type) || typeof(IEnumerable<ILearnable>).IsAssignableFrom(type)
        || typeof(IEnumerable<Buffer>).IsAssignableFrom(type) || typeof(IDictionary).IsAssignableFrom(type);

    static IEnumerable<(string Name, object Part)> PartsIn(string name, object value) => value switch
    {
        _ when IsPart(value) => [(name, value)],
        IDictionary byKey => Keyed(name, byKey),
        IEnumerable<ILearnable> or IEnumerable<Module> or IEnumerable<Buffer> =>
            ((IEnumerable<object?>)value).Select((part, i) => ($"{name}.{i}", part!)).Where(named => named.Item2 is not null),
        _ => [],
    };

    /// <summary>Is it a parameter, a table, a buffer or a module?</summary>
    internal static bool IsPart(object? value) => value is ILearnable or Buffer or Module;

    /// <summary>The values of a dictionary of parts, in the order of their names: that of a dictionary may differ from run to
    /// run.</summary>
    static (string Name, object Part)[] Keyed(string name, IDictionary byKey)
    {
        foreach (object? first in byKey.Values)
        {
            if (first is null) continue;
            if (!IsPart(first)) return [];
            break;
        }
        var parts = new List<(string Name, object Part)>(byKey.Count);
        foreach (DictionaryEntry entry in byKey)
        {
            string? key = Convert.ToString(entry.Key, CultureInfo.InvariantCulture);
            if (IsPart(entry.Value)) parts.Add(($"{name}.{ModuleNames.Key(key, name)}", entry.Value!));
        }
        return [.. parts.OrderBy(part => part.Name, StringComparer.Ordinal)];
    }

    /// <summary>"PosEncoding" → "pos_encoding".</summary>
    static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        for (int i = 0; i < name.Length; i++)
        {
            bool starts = char.IsUpper(name[i]) && i > 0
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (starts) text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }
}
