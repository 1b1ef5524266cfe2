namespace Rowan.Formats;

/// <summary>The .npz format of NumPy: a zip archive of .npy files, one an array.</summary>
public static class Npz
{
    const string Extension = ".npy";

    /// <summary>
    /// Opens an archive; names come without ".npy", in the archive's order. Stored arrays stay in the file and are read when asked for, their check
    /// sum on first reading; deflated ones (<c>savez_compressed</c>) are inflated into memory, never to more than the archive says.
    /// </summary>
    /// <exception cref="InvalidDataException">No whole zip archive, or an entry is no well-formed .npy file. Reading values: a check sum is wrong.</exception>
    /// <exception cref="NotSupportedException">An array has a type that <see cref="Npy.Read"/> does not take, or an entry is encrypted.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static StateDict Read(string path)
    {
        var zip = new ZipDirectory(FileBytes.Open(path));
        return new(zip.Entries.Select(entry =>
        {
            if (!entry.Name.EndsWith(Extension, StringComparison.Ordinal))
                throw new InvalidDataException($"{path}: '{entry.Name}' is no {Extension} file; an .npz archive holds nothing else");
            return NpyHeader.Read(zip.Open(entry, verify: true)).Entry(entry.Name[..^Extension.Length]);
        }));
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
