namespace Rowan.Data;

/// <summary>Cuts the elements out of a JSON array, or out of JSON values that follow one another, as text. A broken element ends where
/// its brackets are closed, so that those after it can be read.</summary>
sealed class JsonPieces(TextReader text) : IDisposable
{
    const int LargestElement = 1 << 26;

    char[] _buffer = new char[1 << 16];
    int _at, _length;
    bool _ended, _inArray, _arrayEnded;

    /// <summary>The next element; empty after the last. Valid until the next call.</summary>
    /// <exception cref="InvalidDataException">An element does not end, or the array does not.</exception>
    public ReadOnlyMemory<char> Next()
    {
        if (_at > 0)
        {
            _buffer.AsSpan(_at, _length - _at).CopyTo(_buffer);
            (_length, _at) = (_length - _at, 0);
        }
        while (Has(_at))
        {
            char c = _buffer[_at];
            if (c == ']' && _inArray) _arrayEnded = true;
            else if (c == '[' && !_inArray) _inArray = true;
            else if (!char.IsWhiteSpace(c) && c is not (',' or '\ufeff')) break;
            _at++;
        }
        if (!Has(_at)) return _inArray && !_arrayEnded ? throw new InvalidDataException("the list is not closed by ].") : default;
        if (_arrayEnded) throw new InvalidDataException("there is more text after the ] that closes the list.");
        int start = _at;
        End();
        return _buffer.AsMemory(start, _at - start);
    }

    public void Dispose() => text.Dispose();

    /// <summary>Goes to the end of the element at hand.</summary>
    void End()
    {
        int depth = 0;
        bool inText = false, any = false;
        for (; Has(_at); _at++)
        {
            char c = _buffer[_at];
            if (_at > LargestElement) throw new InvalidDataException($"an element does not end within {LargestElement:#,0} characters.");
            if (inText)
            {
                if (c == '\\') { if (Has(_at + 1)) _at++; }
                else if (c == '"') inText = false;
            }
            else if (c == '"') (inText, any) = (true, true);
            else if (c is '{' or '[') (depth, any) = (depth + 1, true);
            else if (c is '}' or ']')
            {
                // A bracket that closes the list, not the element.
                if (depth == 0) return;
                if (--depth == 0)
                {
                    _at++;
                    return;
                }
            }
            else if (depth == 0 && any && (c == ',' || char.IsWhiteSpace(c))) return;
            else any = true;
        }
        if (depth > 0 || inText) throw new InvalidDataException("an element does not end.");
    }

    bool Has(int at)
    {
        while (at >= _length && !_ended)
        {
            if (_length == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
            int read = text.Read(_buffer, _length, _buffer.Length - _length);
            _ended = read == 0;
            _length += read;
        }
        return at < _length;
    }
}
