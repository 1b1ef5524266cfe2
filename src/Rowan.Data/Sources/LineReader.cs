namespace Rowan.Data;

/// <summary>The lines of all files of a source, one after the other.</summary>
sealed class LineReader(DataSource source) : IDisposable
{
    StreamReader? _text;
    int _file = -1;
    long _line;

    /// <summary>Where the line at hand is.</summary>
    public RecordPlace Place => new(source.Files[Math.Max(0, _file)].Name, _line);

    /// <summary>The next line; null after the last.</summary>
    public string? Next()
    {
        while (true)
        {
            if (_text is not null && source.LineOf(_file, _text, Place) is { } line)
            {
                _line++;
                return line;
            }
            Dispose();
            if (_file + 1 == source.Files.Count) return null;
            _text = source.Files[++_file].Text();
            _line = 0;
        }
    }

    public void Dispose()
    {
        _text?.Dispose();
        _text = null;
    }
}
