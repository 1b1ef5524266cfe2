namespace Rowan.Formats;

/// <summary>The .npz format of NumPy: a zip archive of .npy files, one an array.</summary>
public static class Npz
{
    const string Extension = ".npy";

    /// <summary>
    /// Opens an archive; names come without ".npy", in the archive's order. Stored arrays stay in the file and are read when asked for,
    /// their check sum on first reading; deflated ones (<c>savez_compressed</c>) are inflated into memory, after their sizes were
    /// compared with their headers. Arrays of text, objects or other types that <see cref="Npy.Read"/> does not take are left out, and
    /// named by <see cref="StateDict.LeftOut"/>.
    /// </summary>
    /// <param name="path">The archive.</param>
    /// <param name="maxInflatedBytes">The most that deflated arrays may take together; null for 1 GiB, or 8 times the file where that is
    /// more.</param>
    /// <exception cref="InvalidDataException">No whole zip archive, an entry is no well-formed .npy file, or it inflates to more than the
    /// limit. Reading values: a check sum is wrong.</exception>
    /// <exception cref="NotSupportedException">No array has a type that can be read, or an entry is encrypted.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static StateDict Read(string path, long? maxInflatedBytes = null)
    {
        var zip = new ZipDirectory(FileBytes.Open(path), maxInflatedBytes);
        var (arrays, leftOut) = (new List<StateEntry>(), new Dictionary<string, string>(StringComparer.Ordinal));
        NotSupportedException? last = null;
        foreach (ZipEntry entry in zip.Entries)
        {
            if (!entry.Name.EndsWith(Extension, StringComparison.Ordinal))
                throw new InvalidDataException($"{path}: '{entry.Name}' is no {Extension} file; an .npz archive holds nothing else");
            string name = entry.Name[..^Extension.Length];
            try { NpyHeader.Read(zip.OpenHead(entry)); }
            catch (NotSupportedException other)
            {
                (leftOut[name], last) = (other.Message, other);
                continue;
            }
            arrays.Add(NpyHeader.Read(zip.Open(entry, verify: true)).Entry(name));
        }
        return arrays.Count == 0 && last is not null ? throw last : new StateDict(arrays) { LeftOut = leftOut };
    }

    /// <summary>Writes all arrays, in order and stored, or nothing. The same arrays give the same bytes.</summary>
    /// <exception cref="ArgumentException">A name is longer than 65,531 bytes or no Unicode.</exception>
    /// <exception cref="IOException">The disk is full or the folder is missing.</exception>
    public static void Write(string path, StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        AtomicFile.Write(path, stream =>
        {
            var zip = new ZipWriter(stream);
            foreach (StateEntry entry in state)
            {
                byte[] header = NpyHeader.Format(entry);
                zip.Add(entry.Name + Extension, header.Length + StateValues.Bytes(entry), content =>
                {
                    content.Write(header);
                    StateValues.Write(content, entry);
                });
            }
            zip.Finish();
        });
    }
}
