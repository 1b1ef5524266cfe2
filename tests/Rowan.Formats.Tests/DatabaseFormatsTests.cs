using Rowan.TestSupport;

namespace Rowan.Formats.Tests;

/// <summary>
/// What databases load, byte by byte as their manuals describe it. eng/check-servers.sh loads the same into PostgreSQL, pgvector and
/// Garnet.
/// </summary>
public sealed class DatabaseFormatsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>PostgreSQL, chapter COPY, binary format; an array is dimensions, flag, element type, length and lower bound, then
    /// values.</summary>
    [Fact]
    public void ACopyStreamIsThatOfPostgres()
    {
        Write("copy", "a,,1.5,-2\n");
        byte[] bytes = File.ReadAllBytes(_folder["out.copy"]);
        byte[] head = [.. "PGCOPY\n"u8, 0xFF, 0x0D, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 12, .. "rowan\0title\0"u8];
        Assert.Equal(head, bytes[..head.Length]);
        byte[] row =
        [
            0, 3, 0, 0, 0, 1, (byte)'a', 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 36, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x02, 0xBC, 0, 0, 0, 2, 0, 0,
            0, 1,
            0, 0, 0, 4, 0x3F, 0xC0, 0, 0, 0, 0, 0, 4, 0xC0, 0, 0, 0, 0xFF, 0xFF,
        ];
        Assert.Equal(row, bytes[head.Length..]);
    }

    [Fact]
    public void ACopyStreamOfPgvectorHasItsVectors()
    {
        Write("copy-pgvector", "a,,1.5,-2\n");
        Assert.Equal([0, 0, 0, 12, 0, 2, 0, 0, 0x3F, 0xC0, 0, 0, 0xC0, 0, 0, 0, 0xFF, 0xFF],
            File.ReadAllBytes(_folder["out.copy-pgvector"])[^18..]);
    }

    [Fact]
    public void SqlIsOneTransactionWithQuotedTexts()
    {
        Write("pgvector", "a'b\\,it's,1,1e-7\n\"c\nd\",,0.25,2\n", name: "my \"table\"");
        Assert.Equal(""""
            -- Rowan vectors for pgvector: 2 rows of 2 values
            SET standard_conforming_strings = on;
            BEGIN;
            CREATE EXTENSION IF NOT EXISTS vector;
            CREATE TABLE "my ""table""" (id text PRIMARY KEY, "title" text, embedding vector(2) NOT NULL);
            INSERT INTO "my ""table""" (id, "title", embedding) VALUES
            ('a''b\', 'it''s', '[1,1E-07]'),
            ('c
            d', NULL, '[0.25,2]');
            COMMIT;

            """".ReplaceLineEndings("\n"), File.ReadAllText(_folder["out.pgvector"]));
        Assert.Equal([("a'b\\", "it's"), ("c\nd", "")], Read("out.pgvector"));
    }

    [Fact]
    public void RowsAreInsertedByHundreds()
    {
        string csv = string.Concat(Enumerable.Range(0, 401).Select(i => $"n{i},{i},{i}.5,1\n"));
        Write("pgvector", csv);
        string[] lines = File.ReadAllLines(_folder["out.pgvector"]);
        Assert.Equal(3, lines.Count(line => line.StartsWith("INSERT INTO", StringComparison.Ordinal)));
        Assert.Contains("\"title\" bigint", lines[4], StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 401).Select(i => ($"n{i}", $"{i}")), Read("out.pgvector"));
    }

    [Fact]
    public void RedisCommandsAreArraysOfBulkStrings()
    {
        Write("redis", "a,,1.5,-2\n", name: "t");
        byte[] expected =
        [
            .. "*8\r\n$4\r\nHSET\r\n$3\r\nt:a\r\n$2\r\nid\r\n$1\r\na\r\n$5\r\ntitle\r\n$0\r\n\r\n$6\r\nvector\r\n$8\r\n"u8,
            0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0, .. "\r\n"u8,
        ];
        Assert.Equal(expected, File.ReadAllBytes(_folder["out.redis"]));
        Assert.Equal([("a", "")], Read("out.redis"));
    }

    [Fact]
    public void AVectorSetKeepsFieldsAsAttributes()
    {
        Write("garnet", "a,x,1.5,-2\n日,y,1,1\n", name: "t");
        byte[] first =
        [
            .. "*9\r\n$4\r\nVADD\r\n$1\r\nt\r\n$4\r\nFP32\r\n$8\r\n"u8, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0,
            .. "\r\n$1\r\na\r\n$7\r\nSETATTR\r\n$13\r\n{\"title\":\"x\"}\r\n$16\r\nXDISTANCE_METRIC\r\n$6\r\nCOSINE\r\n"u8,
        ];
        Assert.Equal(first, File.ReadAllBytes(_folder["out.garnet"])[..first.Length]);
        Assert.Equal([("a", "x"), ("日", "y")], Read("out.garnet"));
    }

    [Fact]
    public void QdrantGetsARequestBodyPerThousandPoints()
    {
        Write("qdrant", string.Concat(Enumerable.Range(0, 1_001).Select(i => $"n{i},{(i == 0 ? "x\"y" : "")},{i}.5,1\n")));
        string[] lines = File.ReadAllLines(_folder["out.qdrant"]);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("{\"points\":[{\"id\":0,\"vector\":[0.5,1],\"payload\":{\"id\":\"n0\",\"title\":\"x\\\"y\"}},{\"id\":1,",
            lines[0],
            StringComparison.Ordinal);
        Assert.Equal("{\"points\":[{\"id\":1000,\"vector\":[1000.5,1],\"payload\":{\"id\":\"n1000\",\"title\":\"\"}}]}", lines[1]);
        Assert.Equal(1_001, Read("out.qdrant").Count);
    }

    [Fact]
    public void AFolderOfTheHubHasACardAndIsNotOverwritten()
    {
        Write("huggingface", "a,x,1,2\nb,y,3,4\n", name: "films", facts: [("task", "recommend"), ("ndcg@10", "0.25")]);
        string folder = _folder["out.huggingface"];
        Assert.Equal(["README.md", "config.json", "model.names.txt", "model.safetensors"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string card = File.ReadAllText(Path.Combine(folder, "README.md"));
        Assert.StartsWith("---\nlibrary_name: rowan\ntags:\n- embeddings\n- safetensors\n---\n\n# films\n", card, StringComparison.Ordinal);
        Assert.Contains("| task | recommend |\n| ndcg@10 | 0.25 |\n", card, StringComparison.Ordinal);
        using (SafetensorsFile file = Safetensors.Open(Path.Combine(folder, "model.safetensors")))
            Assert.Equal([1, 2, 3, 4], file.Read("embeddings"));
        Assert.Contains("exists already", Assert.Throws<IOException>(() => Write("huggingface", "a,x,1,2\n")).Message,
            StringComparison.Ordinal);
        Assert.Contains("a folder without model.safetensors", Assert.Throws<InvalidDataException>(
            () => VectorFiles.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    /// <summary>Every length of a file that was cut is refused, or gives fewer rows, and never a wrong row.</summary>
    [Theory, InlineData("copy"), InlineData("copy-pgvector"), InlineData("redis"), InlineData("garnet"), InlineData("pgvector"),
        InlineData("qdrant")]
    public void ACutFileGivesNoWrongRow(string format)
    {
        Write(format, "a,x,1.5,2\nb,y,3,4\n");
        (string, string)[] written = [("a", "x"), ("b", "y")];
        byte[] whole = File.ReadAllBytes(_folder["out." + format]);
        for (int length = 1; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder["cut.data"], whole[..length]);
            try
            {
                List<(string, string)> rows = Read("cut.data", format);
                Assert.True(rows.Count <= 2 && rows.SequenceEqual(written.Take(rows.Count)),
                    $"{length}: {string.Join(' ', rows)}");
            }
            catch (InvalidDataException refused)
            {
                Assert.StartsWith(_folder["cut.data"], refused.Message, StringComparison.Ordinal);
            }
        }
    }

    void Write(string format, string csv, string? name = null, IReadOnlyList<(string, string)>? facts = null)
    {
        File.WriteAllText(_folder["in.csv"], "id,title,d0,d1\n" + csv);
        VectorFiles.Format(format).Write(_folder["out." + format], () => VectorFiles.Open(_folder["in.csv"]),
            new() { Name = name, Facts = facts ?? [] });
    }

    List<(string, string)> Read(string name, string? format = null)
    {
        using VectorReader reader = VectorFiles.Open(_folder[name], new() { Format = format });
        var rows = new List<(string, string)>();
        while (reader.Next()) rows.Add((reader.Name, reader.Field(0)));
        return rows;
    }
}
