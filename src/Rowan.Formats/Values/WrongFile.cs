using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>What is often found under the name of a file of weights, and is none: said by its name, with what to do.</summary>
static class WrongFile
{
    const int Looked = 512;

    /// <summary>Looks at the first bytes of a file.</summary>
    /// <exception cref="InvalidDataException">The file is a Git LFS pointer, a web page or packed.</exception>
    public static void Refuse(FileBytes file)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(Looked, file.Length)];
        file.Read(0, start);
        Refuse(file.Path, start);
    }

    /// <summary>The same of bytes that were read.</summary>
    public static void Refuse(string path, ReadOnlySpan<byte> start)
    {
        if (Name(start) is { } what) throw new InvalidDataException($"{path}: {what}");
    }

    /// <summary>What the bytes begin, and what to do about it; null for anything else.</summary>
    static string? Name(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("version https://git-lfs"u8))
            return "a Git LFS pointer, a few lines of text in the place of the file itself; fetch the file with 'git lfs pull', or "
                + "download it";
        if (start is [0x1F, 0x8B, ..]) return "a file packed by gzip, which this format does not read; unpack it first with 'gunzip'";
        if (start.Length >= 262 && start[257..262].SequenceEqual("ustar"u8)) return "a tar archive; unpack it first (PyTorch before 0.1.10 "
            + "wrote such files: load it there and save it again)";
        ReadOnlySpan<byte> text = start.StartsWith("\uFEFF"u8) ? start[3..] : start;
        text = text.TrimStart(" \t\r\n"u8);
        return Begins(text, "<!doctype html"u8) || Begins(text, "<html"u8) || Begins(text, "<head"u8) || Begins(text, "<?xml"u8)
            ? "a web page, not the file itself: the download was answered by a page, such as a sign-in, an error or a viewer; download the "
                + "file's own address"
            : null;
    }

    static bool Begins(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower)
    {
        if (text.Length < lower.Length) return false;
        for (int i = 0; i < lower.Length; i++)
            if ((text[i] is >= (byte)'A' and <= (byte)'Z' ? text[i] | 0x20 : text[i]) != lower[i]) return false;
        return true;
    }
}
