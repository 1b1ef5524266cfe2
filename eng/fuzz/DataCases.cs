using System.IO.Compression;
using System.Text;
using Parquet;
using Parquet.Schema;
using Rowan.Data;

namespace Rowan.Fuzz;

/// <summary>Files of records: samples of each format, and how they are read to the last field.</summary>
static class DataCases
{
    const string Csv = "user;\"item; name\";rating;\nu0;\"a \"\"b\"\"\nc\";4,5;\nu1;d;3;\nu2;;;\n";

    /// <summary>Every format of records by the ending of its files.</summary>
    public static IReadOnlyList<(string Name, IReadOnlyList<byte[]> Samples)> All { get; } =
    [
        ("parquet", [Parquet(CompressionMethod.None), Parquet(CompressionMethod.Snappy), Parquet(CompressionMethod.Gzip)]),
        ("csv", [Bytes(Csv), Bytes("sep=|\n,user|item\n0|u0|i0\n"), Encoding.Unicode.GetBytes(Csv),
            Bytes("0::8::1::160\n0::19::1::161\n"), Bytes("1  2 3\n4 5   6\n")]),
        ("txt", [Bytes("__label__a __label__b great film\n__label__a poor\n"), Bytes("0 1 2 3\n1 4\n2 5 6\n"),
            Bytes("a line\nand another\n")]),
        ("jsonl", [Bytes("{\"a\":1,\"b\":[\"x\",\"y\"],\"c\":{\"d\":null}}\n{\"a\":\"\\ud83d\\ude00\",\"b\":[]}\n")]),
        ("json", [Bytes("[\n{\"a\": 1, \"b\": [1, 2]},\n{\"a\": \"x]\", \"b\": null}]\n"), Bytes("{\n\"a\": 1\n}\n{\n\"a\": 2\n}\n")]),
        ("csv.gz", [Packed(Csv), [.. Packed(Csv), .. Packed("u9;e;1;\n")]]),
        ("zip", [Zipped()]),
    ];

    /// <summary>Reads all fields of all records. What is wrong with the file or a record throws
    /// <see cref="InvalidDataException"/>.</summary>
    public static void ReadToEnd(string path)
    {
        try
        {
            using DataSource source = DataSource.Of(path, new ReadOptions { SkipBad = 2 });
            using RecordReader reader = source.Open();
            while (reader.Read())
                for (int column = 0; column < reader.Columns.Count; column++) reader.Field(column);
        }
        catch (BadRecordException bad) { throw new InvalidDataException(bad.Message, bad); }
    }

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    static byte[] Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(Bytes(text));
        return packed.ToArray();
    }

    static byte[] Zipped()
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create))
        {
            using Stream entry = zip.CreateEntry("table.csv").Open();
            entry.Write(Bytes(Csv));
        }
        return packed.ToArray();
    }

    /// <summary>Two row groups of texts with gaps, numbers, flags, times and lists.</summary>
    static byte[] Parquet(CompressionMethod method)
    {
        var name = new DataField<string>("name");
        var user = new DataField<long>("user");
        var size = new DataField<double>("size", true);
        var old = new DataField<bool>("old");
        var when = new DataField<DateTime>("when");
        var tags = new ListField("tags", new DataField<string>("element"));
        using var file = new MemoryStream();
        Task.Run(async () =>
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(name, user, size, old, when, tags), file,
                new ParquetOptions { CompressionMethod = method });
            for (int group = 0; group < 2; group++)
            {
                using ParquetRowGroupWriter rows = writer.CreateRowGroup();
                await rows.WriteAsync(name, (string[])["a", "b", $"c{group}"]);
                await rows.WriteAsync<long>(user, new long[] { group, 7, long.MaxValue });
                await rows.WriteAsync<double>(size, new double?[] { 1.5, null, 2 });
                await rows.WriteAsync<bool>(old, new[] { true, false, true });
                await rows.WriteAsync<DateTime>(when, new[] { DateTime.UnixEpoch, DateTime.UnixEpoch, DateTime.UnixEpoch });
                await rows.WriteAsync((DataField)tags.Item, (string[])["x", "y", "z", "w"], new[] { 0, 1, 0, 0 });
            }
        }).GetAwaiter().GetResult();
        return file.ToArray();
    }
}
