using Rowan.Formats;
using Rowan.Nn;

namespace Rowan;

/// <summary>A module's state as a file, by the names of its parts, which are PyTorch's. The ending says which format.</summary>
public static class Checkpoint
{
    /// <summary>Writes parameters, tables and buffers, whole or not at all.</summary>
    /// <param name="module">The module; deferred updates of its tables are applied first.</param>
    /// <param name="path">Ends in .safetensors, in .pt or .pth (PyTorch's), or in .npz (numpy's).</param>
    /// <exception cref="ArgumentException">The ending names no format.</exception>
    /// <exception cref="IOException">The disk is full or the folder is missing; an old file stays as it was.</exception>
    public static void Save(this Module module, string path)
    {
        ArgumentNullException.ThrowIfNull(module);
        Write(module.StateDict(), path);
    }

    /// <summary>Reads a state that was saved from a module of the same structure, by Rowan or another program.</summary>
    /// <param name="module">The module to load into.</param>
    /// <param name="path">Ends in .safetensors, in .pt or .pth, or in .npz.</param>
    /// <param name="strict">Refuse names that are missing or unexpected; otherwise they are skipped and reported.</param>
    /// <param name="maxInflatedBytes">The most that the deflated entries of a .pt or .npz file may take; null for 1 GiB, or 8 times the
    /// file where that is more.</param>
    /// <returns>The names that were skipped; none when strict.</returns>
    /// <exception cref="ArgumentException">The ending names no format.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or names or sizes are not the module's, all of them listed; nothing
    /// was changed.</exception>
    /// <exception cref="IOException">The file is missing or can't be read.</exception>
    public static LoadedState Load(this Module module, string path, bool strict = true, long? maxInflatedBytes = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        StateDict state = Read(path, maxInflatedBytes);
        try { return module.LoadStateDict(state, strict); }
        catch (ArgumentException fault) { throw new InvalidDataException($"'{path}': {fault.Message}", fault); }
    }

    /// <summary>Writes arrays by name, in the format of the path's ending: an optimizer's state, for one.</summary>
    /// <exception cref="ArgumentException">The ending names no format.</exception>
    /// <exception cref="IOException">The disk is full or the folder is missing; an old file stays as it was.</exception>
    public static void Write(StateDict state, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".safetensors":
                Safetensors.Write(path, state);
                break;
            case ".pt" or ".pth":
                TorchFile.Write(path, state);
                break;
            case ".npz":
                Npz.Write(path, state);
                break;
            default:
                throw Unknown(path);
        }
    }

    /// <summary>Opens arrays by name, in the format of the path's ending.</summary>
    /// <param name="path">Ends in .safetensors, in .pt or .pth, or in .npz.</param>
    /// <param name="maxInflatedBytes">The most that the deflated entries of a .pt or .npz file may take; null for 1 GiB, or 8 times the
    /// file where that is more.</param>
    /// <exception cref="ArgumentException">The ending names no format.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">The file is missing or can't be read.</exception>
    public static StateDict Read(string path, long? maxInflatedBytes = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".safetensors" => Safetensors.Read(path),
            ".pt" or ".pth" => TorchFile.Read(path, maxInflatedBytes),
            ".npz" => Npz.Read(path, maxInflatedBytes),
            _ => throw Unknown(path),
        };
    }

    static ArgumentException Unknown(string path) =>
        new($"'{path}' does not say its format; end it in .safetensors, .pt, .pth or .npz", nameof(path));
}
