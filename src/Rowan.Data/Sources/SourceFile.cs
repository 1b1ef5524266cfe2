using System.Text;
using Rowan.Formats;

namespace Rowan.Data;

/// <summary>One file of a source: where it is, what its first bytes say, and its bytes and text, unpacked.</summary>
sealed class SourceFile(string name, string path, ReadOptions options, bool isStandardInput)
{
    // A first line of 64,000 columns must be whole in the sample, and a few records after it.
    const int SampleChars = 1 << 18, LargestSample = 1 << 24, SampleLines = 1_000, FewestLines = 20;

    (byte[] Head, bool Packed)? _head;
    (Encoding Encoding, bool Mark)? _encoding;
    string[]? _lines;

    /// <summary>The name that the user gave; "standard input".</summary>
    public string Name => name;

    public string Path => path;

    public bool IsStandardInput => isStandardInput;

    /// <summary>The ending of the name, without what says that it is packed: ".csv".</summary>
    public string Ending
    {
        get
        {
            string ending = System.IO.Path.GetExtension(name).ToLowerInvariant();
            if (ending is ".gz" or ".zip")
                ending = System.IO.Path.GetExtension(System.IO.Path.GetFileNameWithoutExtension(name)).ToLowerInvariant();
            return ending;
        }
    }

    /// <summary>The first bytes, unpacked.</summary>
    public ReadOnlySpan<byte> Head => (_head ??= ReadHead()).Head;

    /// <summary>Whether the file is gzip or zip.</summary>
    public bool IsPacked => (_head ??= ReadHead()).Packed;

    /// <summary>The encoding of the text, as stated or detected.</summary>
    public Encoding Encoding => options.Encoding is not null && !Detected.Mark ? options.Encoding : Detected.Encoding;

    /// <summary>Whether the encoding is neither stated, nor UTF-8, nor named by a byte order mark: a guess.</summary>
    public bool EncodingIsGuessed => options.Encoding is null && !Detected.Mark && Detected.Encoding is not UTF8Encoding;

    (Encoding Encoding, bool Mark) Detected => _encoding ??= TextEncodings.Of(Head)
        ?? (options.Encoding is { } stated ? (stated, false)
            : throw new InvalidDataException($"'{name}' is not text, and not in a known format: it contains zero bytes; save the " +
            $"table as CSV UTF-8, JSON Lines or Parquet"));

    /// <summary>The first lines, at most 1,000; the last is whole.</summary>
    /// <exception cref="InvalidDataException">The file is not of its encoding, or damaged.</exception>
    public IReadOnlyList<string> Lines => _lines ??= ReadLines();

    /// <summary>The bytes, unpacked.</summary>
    public Stream Bytes()
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        Span<byte> first = stackalloc byte[4];
        int length = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        return FileKind.IsGzip(first[..length]) ? new WholeGzipStream(stream) : FileKind.IsZip(first[..length])
            ? ZipTable.Open(name, stream) : stream;
    }

    /// <summary>The text, unpacked and decoded, read ahead by another thread. Bytes that are not of the encoding throw
    /// <see cref="DecoderFallbackException"/>.</summary>
    public StreamReader Text() => new(new ReadAheadStream(Bytes()), Encoding, detectEncodingFromByteOrderMarks: true,
        bufferSize: 1 << 16);

    /// <summary>An exception of reading as the error that says what is wrong with the file; null if it is not about the file.</summary>
    public InvalidDataException? Explained(Exception thrown, object place) => thrown switch
    {
        DecoderFallbackException bytes => TextEncodings.Wrong($"{place}", bytes, Encoding.WebName),
        InvalidDataException or IOException and not FileNotFoundException =>
            new InvalidDataException($"{place}, or soon after: the file is damaged or cut short ({thrown.Message}); download or copy " +
                $"it again",
            thrown),
        _ => null,
    };

    (byte[] Head, bool Packed) ReadHead()
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> first = stackalloc byte[4];
        int read = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        bool packed = FileKind.IsGzip(first[..read]) || FileKind.IsZip(first[..read]);
        var head = new byte[FileKind.HeadBytes];
        using Stream bytes = Bytes();
        int length;
        try { length = bytes.ReadAtLeast(head, head.Length, throwOnEndOfStream: false); }
        catch (InvalidDataException damaged) { throw new InvalidDataException($"'{name}', line 1, or soon after: the file is damaged " +
            $"or cut short ({damaged.Message}); download or copy it again", damaged); }
        head = head[..length];
        FileKind.Refuse(name, head, options.Format is not null);
        return (head, packed);
    }

    string[] ReadLines()
    {
        using StreamReader text = Text();
        var buffer = new char[SampleChars];
        int length = 0;
        try
        {
            for (bool more = true; more;)
            {
                int read = text.ReadBlock(buffer, length, buffer.Length - length);
                length += read;
                more = length == buffer.Length && length < LargestSample && Enough(buffer.AsSpan(0, length)) < FewestLines;
                if (more) Array.Resize(ref buffer, 2 * length);
            }
            bool whole = length < buffer.Length || text.Read() < 0;
            string[] lines = [.. SampleOf(buffer.AsSpan(0, length))];
            return whole || lines.Length <= 1 ? lines : lines[..^1];
        }
        catch (Exception thrown) when (Explained(thrown, $"'{name}', line 1") is { } said) { throw said; }
    }

    static int Enough(ReadOnlySpan<char> text) => Math.Max(text.Count('\n'), text.Count('\r'));

    static List<string> SampleOf(ReadOnlySpan<char> text)
    {
        var lines = new List<string>();
        foreach (ReadOnlySpan<char> line in text.EnumerateLines())
        {
            if (lines.Count == SampleLines) return lines;
            lines.Add(line.ToString());
        }
        // EnumerateLines gives an empty line after the last line end.
        if (lines is [.., ""]) lines.RemoveAt(lines.Count - 1);
        return lines;
    }
}
