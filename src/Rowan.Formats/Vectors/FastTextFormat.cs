using System.Buffers.Binary;
using System.Text;

namespace Rowan.Formats;

/// <summary>
/// A fastText model. Another model is copied with its n-grams and labels; other vectors become a skip-gram model of whole words.
/// </summary>
sealed class FastTextFormat() : VectorFormat("fasttext", "fastText model, version 12", ".ftbin")
{
    internal override VectorReader Open(string path, VectorReadOptions options) => new FastTextVectors(path, options);

    private protected override string? Refusal(VectorSurvey survey) => NoSpaces(survey)
        ?? NoZeros(survey) ?? (survey.Count > int.MaxValue ? $"{survey.Count} words; the format counts them in 32 bits" : null);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
    {
        FastTextFile? model = survey.Skipped == 0 && rows is FastTextVectors { IsWhole: true } copied ? copied.Model.File : null;
        FastTextSettings settings = model?.Settings ?? FastTextSettings.Plain(survey.Dim);
        var output = new LittleEndianWriter(stream);
        output.Int32(FastTextSettings.Magic);
        output.Int32(FastTextSettings.Version);
        var head = new byte[FastTextSettings.Bytes];
        settings.Write(head);
        output.Bytes(head);
        if (model is not null) Copy(model, output);
        else WriteWords(rows, survey, output);
        output.Flush();
    });

    static void Copy(FastTextFile model, LittleEndianWriter output)
    {
        BeginDictionary(output, (int)model.WordCount, model.Labels.Count, model.Tokens);
        for (long word = 0; word < model.WordCount; word++) Entry(output, model.Word(word), model.CountOf(word), 0);
        for (int label = 0; label < model.Labels.Count; label++)
            Entry(output, Encoding.UTF8.GetBytes(model.Labels[label]), model.CountOfLabel(label), 1);
        foreach (MappedMatrix matrix in (MappedMatrix[])[model.Input, model.Output])
        {
            output.Byte(0);
            output.Int64(matrix.Rows);
            output.Int64(model.Settings.Dim);
            var row = new float[model.Settings.Dim];
            for (long i = 0; i < matrix.Rows; i++)
            {
                matrix.Read(i, row);
                output.Floats(row);
            }
        }
    }

    /// <summary>Words with a count of one each, their vectors, and an output matrix of zeros, as before training.</summary>
    static void WriteWords(VectorReader rows, VectorSurvey survey, LittleEndianWriter output)
    {
        // The dictionary precedes the matrix, so the values wait on the disk.
        string temporary = Path.Combine(Path.GetTempPath(), $"rowan-vectors-{Guid.NewGuid():N}");
        using var values = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16,
            FileOptions.DeleteOnClose);
        var waiting = new LittleEndianWriter(values);
        BeginDictionary(output, (int)survey.Count, 0, survey.Count);
        while (rows.Next())
        {
            Entry(output, rows.NameBytes, 1, 0);
            waiting.Floats(rows.Vector);
        }
        waiting.Flush();
        output.Byte(0);
        output.Int64(survey.Count);
        output.Int64(survey.Dim);
        values.Position = 0;
        output.CopyFrom(values);
        output.Byte(0);
        output.Int64(survey.Count);
        output.Int64(survey.Dim);
        var zeros = new float[survey.Dim];
        for (long i = 0; i < survey.Count; i++) output.Floats(zeros);
    }

    static void BeginDictionary(LittleEndianWriter output, int words, int labels, long tokens)
    {
        output.Int32(words + labels);
        output.Int32(words);
        output.Int32(labels);
        output.Int64(tokens);
        output.Int64(-1);
    }

    static void Entry(LittleEndianWriter output, ReadOnlySpan<byte> word, long count, byte type)
    {
        output.Bytes(word);
        output.Byte(0);
        output.Int64(count);
        output.Byte(type);
    }

    /// <summary>Numbers into a stream, through the buffer of a <see cref="VectorTextWriter"/>.</summary>
    sealed class LittleEndianWriter(Stream stream)
    {
        readonly VectorTextWriter _output = new(stream);

        public void Byte(byte one) => _output.Bytes([one]);

        public void Bytes(ReadOnlySpan<byte> bytes) => _output.Bytes(bytes);

        public void Floats(ReadOnlySpan<float> values) => _output.Floats(values);

        public void Int32(int number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
            _output.Bytes(bytes);
        }

        public void Int64(long number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            _output.Bytes(bytes);
        }

        public void CopyFrom(Stream values)
        {
            Flush();
            values.CopyTo(stream);
        }

        public void Flush() => _output.Flush();
    }
}
