using Rowan.Formats;
using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan;

/// <summary>A module's weights as a safetensors file, by the names of its parts, which are PyTorch's.</summary>
public static class Checkpoint
{
    /// <summary>The weights of a module as entries of a file; rows of tables are brought up to date first.</summary>
    public static IEnumerable<SafetensorsEntry> Entries(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.NamedParameters().Select(named =>
            new SafetensorsEntry(named.Name, named.Learnable.Sizes, [.. named.Learnable.Values.Select(piece => (ReadOnlyMemory<float>)piece)]));
    }

    /// <summary>Writes the weights, whole or not at all.</summary>
    /// <exception cref="IOException">The disk is full or the folder is missing; an old file stays as it was.</exception>
    public static void Save(this Module module, string path) => Safetensors.Write(path, Entries(module));

    /// <summary>Reads weights that were saved from a module of the same parts.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or its names or shapes are not the module's; nothing was changed.</exception>
    /// <exception cref="IOException">The file is missing or can't be read.</exception>
    public static void Load(this Module module, string path)
    {
        ArgumentNullException.ThrowIfNull(module);
        using SafetensorsFile file = Safetensors.Open(path);
        (string Name, ILearnable Learnable)[] parts = [.. module.NamedParameters()];
        foreach ((string name, ILearnable learnable) in parts)
        {
            Require.Data(file.Contains(name), $"'{path}' has no '{name}', which the module has; it has {string.Join(", ", file.Names)}");
            IReadOnlyList<long> shape = file[name].Shape;
            Require.Data(shape.SequenceEqual(learnable.Sizes), $"'{path}': '{name}' is [{string.Join(", ", shape)}], and the module's is [{string.Join(", ", learnable.Sizes)}]");
        }
        string[] left = [.. file.Names.Except(parts.Select(part => part.Name))];
        Require.Data(left.Length == 0, $"'{path}' has '{left.FirstOrDefault()}', which the module has not; it was saved from another model");

        // Everything is read before anything is written: a file that breaks off half way changes nothing.
        var read = parts.Select(part => (part.Learnable, Values: file.Read(part.Name))).ToArray();
        foreach ((ILearnable learnable, float[] values) in read)
        {
            int start = 0;
            foreach (Memory<float> piece in learnable.Values)
            {
                values.AsSpan(start, piece.Length).CopyTo(piece.Span);
                start += piece.Length;
            }
        }
    }
}
