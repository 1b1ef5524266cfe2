namespace Rowan.Formats;

/// <summary>
/// The .npy format of NumPy: one array, its type and shape in a header of text. Versions 1 to 3, either byte order, either order of
/// dimensions. See <see href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">the specification</see>.
/// </summary>
public static class Npy
{
    /// <summary>
    /// Opens an array under the file's name without its extension. The header is checked; the values are read when asked for, from the
    /// file as it was. f4, f2 and f8 become floats (f8 rounded to the nearest); i1 to i8, u1 to u4 and booleans become integers.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is no whole, well-formed .npy file.</exception>
    /// <exception cref="NotSupportedException">The numbers are of another type: complex, text, u8, records.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static StateEntry Read(string path)
    {
        FileBytes file = FileBytes.Open(path);
        return NpyHeader.Read(file).Entry(Path.GetFileNameWithoutExtension(path));
    }

    /// <summary>Writes an array whole or not at all, version 1: floats as &lt;f4, integers as &lt;i8, the last dimension fastest.</summary>
    /// <exception cref="IOException">The disk is full or the folder is missing.</exception>
    public static void Write(string path, StateEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        byte[] header = NpyHeader.Format(entry);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            StateValues.Write(stream, entry);
        });
    }
}
