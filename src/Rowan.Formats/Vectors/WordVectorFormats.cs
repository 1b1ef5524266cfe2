using System.Globalization;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Text with a row per line, with word2vec's header or without.</summary>
sealed class WordVectorText(string name, string summary, string[] extensions, bool header) : VectorFormat(name, summary, extensions)
{
    internal override VectorReader Open(string path, VectorReadOptions options)
    {
        TextVectorLayout? layout = TextVectorLayout.Detect(path, options.Dim);
        Require.Data(layout is not null, $"{path}: line 1: no text of vectors: a name, then numbers, with spaces or tabs between them");
        Require.Data(options.Format is null || layout.HasHeader == header,
            $"{path}: line 1: {(header ? "no header" : "a header")}, so this is not {Name}; leave out `format` to detect it");
        return new TextVectors(path, layout, options);
    }

    private protected override string? Refusal(VectorSurvey survey) => NoSpaces(survey);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
    {
        var text = new VectorTextWriter(stream);
        if (header)
        {
            text.Number(survey.Count);
            text.Byte(' ');
            text.Number(survey.Dim);
            text.Byte('\n');
        }
        while (rows.Next())
        {
            text.Bytes(rows.NameBytes);
            text.Values(rows.Vector, ' ', leading: true);
            text.Byte('\n');
        }
        text.Flush();
    });
}

/// <summary>word2vec's binary format, with a line feed after each row as the original program writes it.</summary>
sealed class WordVectorBinary() : VectorFormat("word2vec-binary", "the same in binary, as word2vec and gensim write it", ".bin")
{
    internal override VectorReader Open(string path, VectorReadOptions options) => new BinaryVectors(path, options);

    private protected override string? Refusal(VectorSurvey survey) => NoSpaces(survey);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
    {
        var output = new VectorTextWriter(stream);
        output.Number(survey.Count);
        output.Byte(' ');
        output.Number(survey.Dim);
        output.Byte('\n');
        while (rows.Next())
        {
            output.Bytes(rows.NameBytes);
            output.Byte(' ');
            output.Floats(rows.Vector);
            output.Byte('\n');
        }
        output.Flush();
    });
}

/// <summary>Comma-separated text with a line of column names: name, further columns, d0, d1, …</summary>
sealed class CsvFormat() : VectorFormat("csv", "comma-separated: name, further columns, values", ".csv")
{
    public override bool KeepsFields => true;

    internal override VectorReader Open(string path, VectorReadOptions options) => new CsvVectors(path, options);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
    {
        var text = new VectorTextWriter(stream);
        text.Csv("id");
        foreach (string field in rows.FieldNames)
        {
            text.Byte(',');
            text.Csv(field);
        }
        for (int i = 0; i < survey.Dim; i++)
        {
            text.Bytes(",d"u8);
            text.Number(i);
        }
        text.Byte('\n');
        while (rows.Next())
        {
            text.Csv(rows.Name);
            for (int field = 0; field < rows.FieldNames.Count; field++)
            {
                text.Byte(',');
                text.Csv(rows.Field(field));
            }
            text.Values(rows.Vector, ',', leading: true);
            text.Byte('\n');
        }
        text.Flush();
    });
}

/// <summary>Text and numbers into a stream, in UTF-8, through one buffer.</summary>
sealed class VectorTextWriter(Stream stream)
{
    const int BufferBytes = 1 << 16, LongestNumber = 32;

    readonly byte[] _buffer = new byte[BufferBytes];
    int _used;

    public void Byte(char one)
    {
        Room(1);
        _buffer[_used++] = (byte)one;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _used) Flush();
        if (bytes.Length > _buffer.Length)
        {
            stream.Write(bytes);
            return;
        }
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    public void Text(string text) => Bytes(System.Text.Encoding.UTF8.GetBytes(text));

    public void Number(long number)
    {
        Room(LongestNumber);
        number.TryFormat(_buffer.AsSpan(_used), out int written, default, CultureInfo.InvariantCulture);
        _used += written;
    }

    /// <summary>The shortest text that reads as the same float.</summary>
    public void Number(float number)
    {
        Room(LongestNumber);
        number.TryFormat(_buffer.AsSpan(_used), out int written, default, CultureInfo.InvariantCulture);
        _used += written;
    }

    public void Values(ReadOnlySpan<float> values, char separator, bool leading = false)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (i > 0 || leading) Byte(separator);
            Number(values[i]);
        }
    }

    /// <summary>Little-endian floats.</summary>
    public void Floats(ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            Bytes(MemoryMarshal.AsBytes(values));
            return;
        }
        Span<byte> one = stackalloc byte[sizeof(float)];
        foreach (float value in values)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(one, value);
            Bytes(one);
        }
    }

    /// <summary>A field, in quotes where it needs them.</summary>
    public void Csv(string field) => Text(field.AsSpan().IndexOfAny(",\"\r\n") < 0 && field.Length > 0 && field[0] != ' ' ? field
        : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");

    public void Flush()
    {
        stream.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    void Room(int bytes)
    {
        if (_buffer.Length - _used < bytes) Flush();
    }
}
