using System.Buffers.Binary;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>The parts of a fastText model: settings, dictionary, input matrix (words, then n-grams), output matrix.</summary>
sealed class FastTextFile : IDisposable
{
    const int FirstVersion = 11, LongestWord = 1 << 16;

    readonly NameSet _words = new();
    readonly List<long> _counts = [], _offsets = [];
    readonly List<string> _labels = [];
    readonly List<long> _labelCounts = [];
    MappedMatrix? _input, _output;

    FastTextFile(string path, FastTextSettings settings, bool isOld) => (Path, Settings, IsOld) = (path, settings, isOld);

    public string Path { get; }

    public FastTextSettings Settings { get; }

    /// <summary>Whether it is from before version 11, which has no magic number.</summary>
    public bool IsOld { get; }

    public long WordCount => _words.Count;

    public IReadOnlyList<string> Labels => _labels;

    public long Tokens { get; private set; }

    public MappedMatrix Input => _input!;

    public MappedMatrix Output => _output!;

    public ReadOnlySpan<byte> Word(long number) => _words[number];

    /// <summary>Where a word begins in the file.</summary>
    public long OffsetOf(long number) => _offsets[(int)number];

    public long CountOf(long number) => _counts[(int)number];

    public long CountOfLabel(int label) => _labelCounts[label];

    public long Find(ReadOnlySpan<byte> word) => _words.Find(word);

    /// <summary>The version of a model by its first bytes: 0 for one from before the magic number; null for another file.</summary>
    public static int? VersionOf(ReadOnlySpan<byte> start)
    {
        if (start.Length < 8 + FastTextSettings.Bytes) return null;
        if (BinaryPrimitives.ReadInt32LittleEndian(start) == FastTextSettings.Magic)
            return BinaryPrimitives.ReadInt32LittleEndian(start[4..]);
        return FastTextSettings.Read(start).IsPlausible ? 0 : null;
    }

    public static FastTextFile Open(string path)
    {
        FileBytes bytes = FileBytes.Open(path);
        Span<byte> start = stackalloc byte[(int)Math.Min(bytes.Length, 8 + FastTextSettings.Bytes)];
        bytes.Read(0, start);
        int? version = VersionOf(start);
        Require.Data(version is not null, $"{path}: offset 0: no fastText model; it begins with the number {FastTextSettings.Magic}");
        if (version is not 0 and (< FirstVersion or > FastTextSettings.Version))
            throw new NotSupportedException($"{path}: offset 4: version {version} of the format; 11 and 12 can be read");
        FastTextSettings settings = FastTextSettings.Read(start[(version == 0 ? 0 : 8)..]);
        Require.Data(settings.IsPlausible, $"{path}: offset {(version == 0 ? 0 : 8)}: the settings are damaged ({settings}); "
            + $"{ByteSource.Remedy}");
        // As fastText does: classifiers of version 11 had no n-grams, whatever their settings say.
        if (version == FirstVersion && settings.Kind == FastTextKind.Supervised) settings = settings with { Longest = 0 };
        var file = new FastTextFile(path, settings, version == 0);
        try
        {
            file.ReadRest(bytes, (version == 0 ? 0 : 8) + FastTextSettings.Bytes);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        return file;
    }

    public void Dispose()
    {
        _input?.Dispose();
        _output?.Dispose();
    }

    void ReadRest(FileBytes bytes, long offset)
    {
        var reader = new SequentialBytes(bytes, offset);
        int size = reader.Int32(), words = reader.Int32(), labels = reader.Int32();
        Tokens = reader.Int64();
        long pruned = IsOld ? -1 : reader.Int64();
        // An entry takes at least a zero, a count and a type.
        Require.Data(size >= 0 && words >= 0 && labels >= 0 && words + (long)labels == size && size <= bytes.Length / 10,
            $"{Path}: offset {offset}: a dictionary of {size} entries, {words} words and {labels} labels, in a file of {bytes.Length} "
                + $"bytes; "
                + $"{ByteSource.Remedy}");
        byte[] word = new byte[256];
        for (int i = 0; i < size; i++) ReadEntry(reader, ref word, i < words);
        RefuseQuantized(reader, pruned);
        _input = ReadMatrix(reader, bytes, "input", Settings.HasNgrams ? (long)words + Settings.Buckets : words);
        RefuseQuantized(reader, -1);
        _output = ReadMatrix(reader, bytes, "output", Settings.Kind == FastTextKind.Supervised ? labels - (Settings.Loss == 1 ? 1 : 0) : 0);
        Require.Data(reader.Offset == bytes.Length,
            $"{Path}: offset {reader.Offset}: {bytes.Length - reader.Offset} bytes follow the model; {ByteSource.Remedy}");
    }

    void ReadEntry(SequentialBytes reader, ref byte[] word, bool isWord)
    {
        long at = reader.Offset;
        int length = 0;
        for (byte one; (one = reader.Byte()) != 0; word[length++] = one)
        {
            Require.Data(length < LongestWord, $"{Path}: offset {at}: a word of more than {LongestWord} bytes; {ByteSource.Remedy}");
            if (length == word.Length) Array.Resize(ref word, 2 * length);
        }
        long count = reader.Int64();
        int type = reader.Byte();
        ReadOnlySpan<byte> name = word.AsSpan(0, length);
        Require.Data(type == (isWord ? 0 : 1),
            $"{Path}: offset {at}: the entry '{VectorReader.Shown(name)}' is of type {type}, and {(isWord ? "words" : "labels")} are "
                + $"of type "
                + $"{(isWord ? 0 : 1)}; {ByteSource.Remedy}");
        if (!isWord)
        {
            _labels.Add(Encoding.UTF8.GetString(name));
            _labelCounts.Add(count);
            return;
        }
        Require.Data(_words.Add(name), $"{Path}: offset {at}: the word '{VectorReader.Shown(name)}' occurs twice; {ByteSource.Remedy}");
        _counts.Add(count);
        _offsets.Add(at);
    }

    void RefuseQuantized(SequentialBytes reader, long pruned)
    {
        long at = reader.Offset;
        // The dictionary of a quantized model may list the n-grams that were kept, two numbers each.
        if (pruned > 0) reader.Skip(8 * Math.Min(pruned, (reader.Length - at) / 8));
        bool quantized = !IsOld && reader.Byte() != 0;
        if (quantized || pruned >= 0)
            throw new NotSupportedException($"{Path}: offset {at}: a quantized fastText model (.ftz), whose matrices are product-quantized "
                + "codes and are not read; use the .bin file that it was made of, or write its vectors with 'fasttext print-word-vectors'");
    }

    MappedMatrix ReadMatrix(SequentialBytes reader, FileBytes bytes, string name, long fewestRows)
    {
        long at = reader.Offset, rows = reader.Int64(), columns = reader.Int64();
        Require.Data(columns == Settings.Dim && rows >= fewestRows,
            $"{Path}: offset {at}: an {name} matrix of {rows} × {columns}; the settings and the dictionary need at least {fewestRows} × "
                + $"{Settings.Dim}; {ByteSource.Remedy}");
        Int128 size = (Int128)rows * columns * sizeof(float);
        Require.Data(size <= bytes.Length - reader.Offset,
            $"{Path}: offset {reader.Offset}: an {name} matrix of {rows} × {columns} takes {size} bytes, and "
                + $"{bytes.Length - reader.Offset} "
                + $"follow; {ByteSource.Remedy}");
        var matrix = new MappedMatrix(bytes, reader.Offset, rows, Settings.Dim);
        reader.Skip((long)size);
        return matrix;
    }
}
