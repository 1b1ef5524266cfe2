using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>The TensorBoard projector's two files: values, and names with further columns.</summary>
sealed class ProjectorFormat() : VectorFormat("tsv", "TensorBoard projector: values in one file, names in metadata.tsv next to it", ".tsv")
{
    public override bool KeepsFields => true;

    internal override VectorReader Open(string path, VectorReadOptions options)
    {
        string metadata = options.Names ?? ProjectorVectors.MetadataFile(path);
        Require.Data(File.Exists(metadata), $"{path}: there is no file '{metadata}' with the names; name it with `names` FILE");
        return new ProjectorVectors(path, new NameLines(metadata, escaped: false), options);
    }

    private protected override string? Refusal(VectorSurvey survey) => NoBreaks(survey);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        PairOfFiles.Write(path, ProjectorVectors.MetadataFile(path), (values, names) =>
    {
        (VectorTextWriter numbers, VectorTextWriter text) = (new(values), new(names));
        // The projector wants column names where there are several columns, and none where there is one.
        if (rows.FieldNames.Count > 0) text.Text($"id\t{string.Join('\t', rows.FieldNames)}\n");
        while (rows.Next())
        {
            numbers.Values(rows.Vector, '\t');
            numbers.Byte('\n');
            text.Bytes(rows.NameBytes);
            for (int field = 0; field < rows.FieldNames.Count; field++)
                text.Text($"\t{rows.Field(field).ReplaceLineEndings(" ").Replace('\t', ' ')}");
            text.Byte('\n');
        }
        numbers.Flush();
        text.Flush();
    });
}

/// <summary>numpy's array of floats, and the names in a text file next to it.</summary>
sealed class NpyFormat() : VectorFormat("npy", "numpy array, names in NAME.names.txt next to it", ".npy")
{
    internal override VectorReader Open(string path, VectorReadOptions options) => ArrayVectorFiles.OpenNpy(path, options);

    private protected override string? Refusal(VectorSurvey survey) => NoBreaks(survey);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        PairOfFiles.Write(path, ArrayVectorFiles.NamesFile(path), (values, names) =>
    {
        (VectorTextWriter numbers, VectorTextWriter text) = (new(values), new(names));
        numbers.Bytes(NpyHeader.Format(ArrayRows.Shape("vectors", survey)));
        ArrayRows.Write(rows, numbers, text);
    });
}

/// <summary>A safetensors file with one tensor, and the names in a text file next to it.</summary>
sealed class SafetensorsFormat() : VectorFormat("safetensors", "tensor 'embeddings', names in NAME.names.txt next to it", ".safetensors")
{
    internal override VectorReader Open(string path, VectorReadOptions options) => ArrayVectorFiles.OpenSafetensors(path, options);

    private protected override string? Refusal(VectorSurvey survey) => NoBreaks(survey);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        PairOfFiles.Write(path, ArrayVectorFiles.NamesFile(path), (values, names) =>
    {
        (VectorTextWriter numbers, VectorTextWriter text) = (new(values), new(names));
        numbers.Bytes(Safetensors.HeaderOf([ArrayRows.Shape("embeddings", survey)], null));
        ArrayRows.Write(rows, numbers, text);
    });
}

/// <summary>A zip of two arrays, "vectors" and "names".</summary>
sealed class NpzFormat() : VectorFormat("npz", "numpy archive of the arrays 'vectors' and 'names'", ".npz")
{
    // Every name takes the room of the longest.
    const long MostNameBytes = 1L << 30;

    internal override VectorReader Open(string path, VectorReadOptions options) => ArrayVectorFiles.OpenNpz(path, options);

    private protected override string? Refusal(VectorSurvey survey) =>
        NoZeros(survey) ?? (4L * survey.LongestName * survey.Count > MostNameBytes
            ? $"numpy gives every name the room of the longest, {survey.LongestName} characters, which takes "
                + $"{4L * survey.LongestName * survey.Count} bytes for {survey.Count} names; write npy, whose names are in a text file"
            : null);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
    {
        byte[] head = NpyHeader.Format(ArrayRows.Shape("vectors", survey));
        byte[] nameHead = NumpyNames.FormatHeader(survey.LongestName, survey.Count);
        var names = new MemoryStream();
        var zip = new ZipWriter(stream);
        zip.Add("vectors.npy", head.Length + survey.Count * survey.Dim * sizeof(float), content =>
        {
            var output = new VectorTextWriter(content);
            output.Bytes(head);
            while (rows.Next())
            {
                output.Floats(rows.Vector);
                names.Write(Padded(rows.Name, survey.LongestName));
            }
            output.Flush();
        });
        zip.Add("names.npy", nameHead.Length + names.Length, content =>
        {
            content.Write(nameHead);
            names.Position = 0;
            names.CopyTo(content);
        });
        zip.Finish();
    });

    static byte[] Padded(string name, int characters)
    {
        var padded = new byte[4 * characters];
        Encoding.UTF32.GetBytes(name, padded);
        return padded;
    }
}

/// <summary>What the formats of arrays share.</summary>
static class ArrayRows
{
    /// <summary>An array of the size of the vectors, for headers; it is not read.</summary>
    public static StateEntry Shape(string name, VectorSurvey survey) => new(name, [survey.Count, survey.Dim],
        (RangeReader<float>)((_, _) => throw new InvalidOperationException("only the sizes of this array are used")));

    /// <summary>Writes all values as floats and all names as lines.</summary>
    public static void Write(VectorReader rows, VectorTextWriter numbers, VectorTextWriter text)
    {
        while (rows.Next())
        {
            numbers.Floats(rows.Vector);
            text.Bytes(rows.NameBytes);
            text.Byte('\n');
        }
        numbers.Flush();
        text.Flush();
    }
}

/// <summary>Two files that are written together, both or none.</summary>
static class PairOfFiles
{
    public static void Write(string first, string second, Action<Stream, Stream> write)
    {
        Require.That(Path.GetFullPath(first) != Path.GetFullPath(second), $"'{first}' is also the file of the names; choose another name");
        AtomicFile.Write(second, names => AtomicFile.Write(first, values => write(values, names)));
    }
}
