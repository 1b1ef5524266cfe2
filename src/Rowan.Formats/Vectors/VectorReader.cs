using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>How a file of named vectors is read.</summary>
public sealed record VectorReadOptions
{
    /// <summary>The format by the name that <see cref="VectorFiles.Formats"/> lists; null to detect it from the content.</summary>
    public string? Format { get; init; }

    /// <summary>Values per row, for text without a header whose names contain spaces; null to detect it.</summary>
    public int? Dim { get; init; }

    /// <summary>Whether bad rows are skipped and counted; otherwise the first one is an error.</summary>
    public bool SkipBad { get; init; }

    /// <summary>Whether names are Latin-1; otherwise they are UTF-8.</summary>
    public bool Latin1 { get; init; }

    /// <summary>Replaces spaces in names, for formats that cannot hold them; null keeps them.</summary>
    public char? SpacesAs { get; init; }

    /// <summary>A file with one name per line, for formats without names (npy, safetensors, tsv); null for the file that
    /// <see cref="VectorFiles"/> writes next to the vectors.</summary>
    public string? Names { get; init; }

    /// <summary>The array to read, for files with several (npz, safetensors); null if there is only one.</summary>
    public string? Array { get; init; }

    /// <summary>Whether to read the vectors of the labels of a supervised fastText model instead of those of its words.</summary>
    public bool Labels { get; init; }
}

/// <summary>
/// Vectors with names, read one row at a time, in the order of the file. A name that is empty, not text or occurs twice, a value that is
/// not finite, and a row of another length are errors, or rows that are skipped and counted.
/// </summary>
/// <remarks>For one thread at a time.</remarks>
public abstract class VectorReader : IDisposable
{
    const int MostProblems = 5, ShownCharacters = 40;

    /// <summary>What to do about a row that is not what it should be.</summary>
    internal const string RowRemedy = "correct it, or skip bad rows with `skip-bad`";

    readonly NameSet _names = new();
    readonly VectorReadOptions _options;
    readonly List<string> _problems = [];
    byte[] _utf8 = [];
    int _nameLength;
    string? _name;
    bool _ended;

    private protected VectorReader(string path, VectorReadOptions options)
    {
        Require.That(options.SpacesAs is null or (> ' ' and <= '~'),
            $"`spaces-as` '{options.SpacesAs}': it must be one visible ASCII character, such as _", nameof(options));
        (Path, _options) = (path, options);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The format's name, one of <see cref="VectorFiles.Formats"/>.</summary>
    public abstract string Format { get; }

    /// <summary>What was detected, in words: "word2vec text with a header, separated by spaces".</summary>
    public abstract string Dialect { get; }

    /// <summary>Rows, as the file's header states; null if it has no header.</summary>
    public abstract long? Count { get; }

    /// <summary>Values per row.</summary>
    public abstract int Dim { get; }

    /// <summary>The number of the current row among the rows that were not skipped, from 0; -1 before the first.</summary>
    public long Row { get; private set; } = -1;

    /// <summary>The name of the current row.</summary>
    public string Name => _name ??= Encoding.UTF8.GetString(NameBytes);

    /// <summary>The name of the current row in UTF-8.</summary>
    public ReadOnlySpan<byte> NameBytes => _utf8.AsSpan(0, _nameLength);

    /// <summary>The current row, valid until the next call of <see cref="Next"/>.</summary>
    public abstract ReadOnlySpan<float> Vector { get; }

    /// <summary>Where the current row is: "line 12" or "offset 4711".</summary>
    public abstract string Place { get; }

    /// <summary>The names of further text values of each row, such as a title.</summary>
    public virtual IReadOnlyList<string> FieldNames => [];

    /// <summary>A further text value of the current row.</summary>
    public virtual string Field(int field) => throw new ArgumentOutOfRangeException(nameof(field));

    /// <summary>The labels of a fastText classifier; none for other files.</summary>
    public virtual IReadOnlyList<string> Labels => [];

    /// <summary>Whether names that are not in the file have vectors, by their n-grams.</summary>
    public virtual bool HasNgrams => false;

    /// <summary>The vector of a name that is not in the file, by its n-grams; false if it has none.</summary>
    public virtual bool TryUnknown(string name, Span<float> into) => false;

    /// <summary>Rows that were skipped.</summary>
    public long Skipped { get; private set; }

    /// <summary>Why the first rows were skipped, and notes on the file.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Moves to the next good row.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="InvalidDataException">A row is bad and bad rows are not skipped, the header is wrong, or the file ends within a
    /// row.</exception>
    public bool Next()
    {
        while (!_ended)
        {
            bool read = Advance(out string? problem);
            _name = null;
            if (read) problem ??= ReadName() ?? NotFinite();
            if (read && problem is null && !_names.Add(NameBytes)) problem = $"'{Shown(NameBytes)}' is already the name of an earlier row";
            if (problem is not null)
            {
                if (!_options.SkipBad) throw new InvalidDataException($"{Path}: {Place}: {problem}; {RowRemedy}");
                Skipped++;
                Note($"{Place}: {problem}");
            }
            else if (read)
            {
                Row++;
                return true;
            }
            if (!read) End();
        }
        return false;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Moves to the next row, good or bad. False at the end; then a problem is a last row that is cut. A file in which the following rows
    /// cannot be found any more throws.
    /// </summary>
    private protected abstract bool Advance(out string? problem);

    /// <summary>The name of the row as the file has it.</summary>
    private protected abstract ReadOnlySpan<byte> RawName { get; }

    private protected abstract void Close();

    /// <summary>Whether a name may be empty: not in text whose names end at a space.</summary>
    private protected virtual bool AllowsEmptyNames => true;

    /// <summary>Whether bad rows are skipped.</summary>
    private protected bool SkipsBad => _options.SkipBad;

    /// <summary>Adds a note, up to a few.</summary>
    private protected void Note(string text)
    {
        if (_problems.Count < MostProblems) _problems.Add(text);
    }

    /// <summary>A name in a message: short, and with characters for what is not text.</summary>
    internal static string Shown(ReadOnlySpan<byte> name)
    {
        string text = Encoding.UTF8.GetString(name[..Math.Min(name.Length, 4 * ShownCharacters)]);
        return text.Length <= ShownCharacters && name.Length <= 4 * ShownCharacters ? text : text[..Math.Min(text.Length, ShownCharacters)]
            + "…";
    }

    void End()
    {
        _ended = true;
        long seen = Row + 1 + Skipped;
        if (Count is not { } stated || stated == seen) return;
        string what = $"the header states {stated} rows, and the file has {seen}";
        if (!_options.SkipBad)
            throw new InvalidDataException($"{Path}: {what}; {ByteSource.Remedy}, or read the rows that are there with `skip-bad`");
        Note(what);
    }

    string? ReadName()
    {
        ReadOnlySpan<byte> raw = RawName;
        if (raw.Length == 0 && !AllowsEmptyNames) return "the name is empty";
        if (_utf8.Length < 2 * raw.Length) _utf8 = new byte[2 * raw.Length];
        _nameLength = 0;
        if (_options.Latin1)
            foreach (byte one in raw) _nameLength += new Rune((char)one).EncodeToUtf8(_utf8.AsSpan(_nameLength));
        else
        {
            raw.CopyTo(_utf8);
            _nameLength = raw.Length;
        }
        if (_options.SpacesAs is { } other) _utf8.AsSpan(0, _nameLength).Replace((byte)' ', (byte)other);
        return _options.Latin1 || Utf8.IsValid(raw) ? null
            : $"the name '{Shown(raw)}' (bytes {Convert.ToHexStringLower(raw[..Math.Min(raw.Length, 16)])}) is not UTF-8; if the names are "
                + "Latin-1, use `encoding` latin-1";
    }

    string? NotFinite()
    {
        ReadOnlySpan<float> values = Vector;
        for (int i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                return string.Create(CultureInfo.InvariantCulture,
                    $"value {i + 1} of '{Shown(NameBytes)}' is {values[i]}, not a finite number");
        return null;
    }
}
