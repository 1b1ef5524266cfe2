using System.Buffers.Binary;
using System.Text;
using Rowan.Formats;

namespace Rowan.Fuzz;

/// <summary>Files of named vectors: a sample of each format of one file, and how it is read, stated and detected.</summary>
static class VectorCases
{
    const string Rows = "id,title,d0,d1\na,x,1.5,-2\nnaïve,y z,0.1,3\n日本,1,1e-7,4\nlast,,0,1\n";

    public static IReadOnlyList<FormatCase> All { get; } =
    [
        .. ((string[])["word2vec", "glove", "word2vec-binary", "csv", "npz", "pgvector", "copy", "copy-pgvector", "redis", "garnet",
            "qdrant"])
            .Select(format => new FormatCase($"vectors-{format}", [Written(format)], path => ReadToEnd(path, format))),
        new("vectors-fasttext", [Written("fasttext"), Model(12), Model(0)], path => ReadToEnd(path, "fasttext")),
    ];

    /// <summary>Reads all rows, once to the first bad one, once without the bad ones, and once as the detected format.</summary>
    static void ReadToEnd(string path, string format)
    {
        Exception? first = null;
        foreach (VectorReadOptions options in (VectorReadOptions[])[new() { Format = format }, new() { Format = format, SkipBad = true },
            new()])
            try
            {
                using VectorReader reader = VectorFiles.Open(path, options);
                while (reader.Next())
                    for (int field = 0; field < reader.FieldNames.Count; field++) reader.Field(field);
                if (reader.HasNgrams) reader.TryUnknown("unknown", new float[reader.Dim]);
            }
            catch (Exception refused) when (refused is InvalidDataException or NotSupportedException)
            {
                first ??= refused;
            }
        if (first is not null) throw first;
    }

    static byte[] Written(string format)
    {
        string folder = Directory.CreateTempSubdirectory("rowan-sample-").FullName;
        try
        {
            string csv = Path.Combine(folder, "in.csv"), path = Path.Combine(folder, "sample");
            File.WriteAllText(csv, Rows);
            VectorFiles.Format(format).Write(path, () => VectorFiles.Open(csv));
            return File.ReadAllBytes(path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A classifier with three words, two labels and five buckets; version 0 is the format before the magic number.</summary>
    static byte[] Model(int version)
    {
        using var stream = new MemoryStream();
        if (version > 0) Int32(stream, 793_712_314, version);
        Int32(stream, 2, 5, 5, 1, 5, 1, 3, 3, 5, 2, 3, 100);
        stream.Write(BitConverter.GetBytes(1e-4));
        Int32(stream, 5, 3, 2, 30, 0);
        if (version > 0) Int32(stream, -1, -1);
        foreach ((string word, byte type) in ((string, byte)[])[("the", 0), ("naïve", 0), ("</s>", 0), ("__label__a", 1),
            ("__label__b", 1)])
        {
            stream.Write(Encoding.UTF8.GetBytes(word));
            stream.WriteByte(0);
            Int32(stream, 6, 0);
            stream.WriteByte(type);
        }
        foreach (int rows in (int[])[8, 2])
        {
            if (version > 0) stream.WriteByte(0);
            Int32(stream, rows, 0, 2, 0);
            for (int i = 0; i < 2 * rows; i++) stream.Write(BitConverter.GetBytes(i / 8f));
        }
        return stream.ToArray();
    }

    static void Int32(Stream stream, params ReadOnlySpan<int> numbers)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        foreach (int number in numbers)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
            stream.Write(bytes);
        }
    }
}
