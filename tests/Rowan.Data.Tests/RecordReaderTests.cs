using System.IO.Compression;
using System.Text;
using Parquet;
using Parquet.Schema;
using Rowan.Data;
using Rowan.TestSupport;

namespace Rowan.Tests;

public sealed class RecordReaderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryFormatGivesTheSameRecords()
    {
        string csv = Write("a.csv", "name,size,note\nash,3,\"tall, \"\"old\"\"\"\noak,4.5,\nelm,?,two\n");
        string tsv = Write("a.tsv", "name\tsize\tnote\nash\t3\ttall, \"old\"\noak\t4.5\t\nelm\t?\ttwo\n");
        string json = Write("a.jsonl",
            "{\"name\":\"ash\",\"size\":3,\"note\":\"tall, "
            + "\\\"old\\\"\"}\n{\"name\":\"oak\",\"size\":4.5}\n\n{\"note\":\"two\",\"size\":\"?\",\"name\":\"elm\"}\n");
        string packed = _folder["a.csv.gz"];
        using (var gzip = new GZipStream(File.Create(packed), CompressionLevel.Fastest)) gzip.Write(File.ReadAllBytes(csv));
        string windows = Write("w.csv", "\ufeff" + File.ReadAllText(csv).Replace("\n", "\r\n", StringComparison.Ordinal));
        string spaced = Write("s.csv", "name, size, note\nash, 3, \"tall, \"\"old\"\"\"\noak, 4.5, \nelm, ?, two\n\n");
        string[][] expected = [["ash", "3", "tall, \"old\""], ["oak", "4.5", ""], ["elm", "?", "two"]];
        foreach (string file in new[] { csv, tsv, json, packed, windows })
        {
            using DataSource source = DataSource.Of(file);
            using RecordReader reader = source.Open();
            Assert.Equal(["name", "size", "note"], reader.Columns);
            Assert.Equal(expected, All(reader));
            // Again from the start.
            using RecordReader again = source.Open();
            Assert.True(again.Read());
            Assert.Equal("ash", again.Field(0).ToString());
            Assert.Equal(3, again.Number(1));
        }
        using DataSource two = DataSource.Of([csv, packed]);
        using RecordReader both = two.Open();
        Assert.Equal(6, All(both).Length);
        using DataSource input = DataSource.Of(["-"], new ReadOptions(), new MemoryStream(File.ReadAllBytes(packed)));
        using RecordReader typed = input.Open();
        Assert.Equal(expected, All(typed));
        using DataSource spacedSource = DataSource.Of(spaced, new ReadOptions { NoQuotes = true });
        using RecordReader trimmed = spacedSource.Open();
        Assert.Equal(["name", "size", "note"], trimmed.Columns);
        Assert.Throws<BadRecordException>(() => All(trimmed));
    }

    [Fact]
    public async Task ParquetIsReadGroupByGroupAndWithMissingValues()
    {
        string file = _folder["a.parquet"];
        DataField[] fields = [new DataField<string>("name"), new DataField<long>("user"), new DataField<double>("size", true),
            new DataField<bool>("old"), new DataField<DateTime>("when")];
        await using (FileStream stream = File.Create(file))
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema([.. fields]), stream))
            for (int group = 0; group < 3; group++)
            {
                using ParquetRowGroupWriter rows = writer.CreateRowGroup();
                await rows.WriteAsync(fields[0], (string[])[$"a{group}", $"b{group}"]);
                await rows.WriteAsync<long>(fields[1], new long[] { group, long.MaxValue });
                await rows.WriteAsync<double>(fields[2], new double?[] { 1.5, null });
                await rows.WriteAsync<bool>(fields[3], new[] { true, false });
                await rows.WriteAsync<DateTime>(fields[4],
                    new[] { new DateTime(2026, 3, 9, 14, 30, 0, DateTimeKind.Utc), new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc) });
            }
        using (DataSource source = DataSource.Of(file))
        using (RecordReader reader = source.Open())
        {
            Assert.Equal(["name", "user", "size", "old", "when"], reader.Columns);
            for (int record = 0; record < 6; record++)
            {
                Assert.True(reader.Read());
                Assert.Equal($"{(record % 2 == 0 ? "a" : "b")}{record / 2}", reader.Field(0).ToString());
                Assert.Equal(record % 2 == 0 ? $"{record / 2}" : "9223372036854775807", reader.Field(1).ToString());
                Assert.Equal(record % 2 == 1, reader.IsMissing(2));
                Assert.Equal(record % 2 == 0 ? 1_773_066_600 : 0, reader.Time(4));
                Assert.Equal(new RecordPlace(file, record + 1, "record"), reader.Place);
            }
            Assert.False(reader.Read());
        }
        byte[] whole = await File.ReadAllBytesAsync(file);
        foreach (int length in new[] { 0, 3, whole.Length / 2, whole.Length - 1 })
        {
            await File.WriteAllBytesAsync(file, whole[..length]);
            using DataSource cut = DataSource.Of(file);
            string message = Assert.Throws<InvalidDataException>(() => { using RecordReader reader = cut.Open(); All(reader); }).Message;
            Assert.Contains("a.parquet' is no Parquet file, or one that is damaged or cut short", message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("a,b\n1,2\n3\n", "bad.csv, line 3: 1 field where 2 are expected")]
    [InlineData("a,b\n1,2\n3,4,5\n", "bad.csv, line 3: 3 fields where 2 are expected")]
    [InlineData("a,b\n\"x\ny\",2\n3\n", "bad.csv, line 4: 1 field where 2 are expected")]
    [InlineData("", "bad.csv' is empty")]
    [InlineData("\n\n", "bad.csv' is empty")]
    [InlineData("a,b\n1,2\n3,\"4\n5,6\n", "line 3")]
    public void ADelimitedFileGoneWrongIsNamed(string text, string says)
    {
        string file = Write("bad.csv", text);
        using DataSource source = DataSource.Of(file);
        Exception wrong = Assert.ThrowsAny<Exception>(() => { using RecordReader reader = source.Open(); All(reader); });
        Assert.True(wrong is BadRecordException or InvalidDataException, wrong.ToString());
        Assert.Contains(says, wrong.Message.Replace(_folder.Path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":}\n", "bad.jsonl, line 2: it is not JSON from byte 6 on")]
    [InlineData("{\"a\":1}\n[1]\n", "bad.jsonl, line 2: a JSON array where an object is expected")]
    [InlineData("{\"a\":1}\n{\"a\":{\"b\":2}}\n", "bad.jsonl, line 2, column 'a': a nested object")]
    [InlineData("[]\n", "has no JSON object in its first")]
    public void AJsonLineGoneWrongIsNamed(string text, string says)
    {
        string file = Write("bad.jsonl", text);
        using DataSource source = DataSource.Of(file);
        Exception wrong = Assert.ThrowsAny<Exception>(() => { using RecordReader reader = source.Open(); All(reader); });
        Assert.Contains(says, wrong.Message.Replace(_folder.Path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [Fact]
    public void BytesThatAreNotUtf8AreNamedAndReadInTheirOwnEncoding()
    {
        byte[] latin = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Range(0, 5_000).Select(i => $"{i % 2}\tplain text {i}\n"))
            + "1\tcafé\n");
        foreach (string name in new[] { "l.tsv", "l.txt" })
        {
            File.WriteAllBytes(_folder[name], latin);
            using DataSource source = DataSource.Of(_folder[name]);
            string message = Assert.Throws<InvalidDataException>(() => { using RecordReader reader = source.Open(); All(reader); }).Message;
            Assert.Contains("0xe9", message, StringComparison.Ordinal);
            Assert.Contains("`encoding` latin1", message, StringComparison.Ordinal);
            using DataSource said = DataSource.Of(_folder[name], new ReadOptions { Encoding = Encoding.Latin1 });
            using RecordReader reader = said.Open();
            Assert.EndsWith("café", All(reader)[^1][^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AGzipThatIsCutShortIsNamed()
    {
        string packed = _folder["cut.csv.gz"];
        using (var gzip = new GZipStream(File.Create(packed), CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes("a,b\n"
            + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i},{i * 7919 % 1_000_003}\n"))));
        File.WriteAllBytes(packed, File.ReadAllBytes(packed)[..^20]);
        using DataSource source = DataSource.Of(packed);
        Assert.Contains("damaged or cut short",
            Assert.Throws<InvalidDataException>(() => { using RecordReader reader = source.Open(); All(reader); }).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void BadRecordsArePassedOverAndCountedWithinTheLimit()
    {
        string file = Write("some.csv", "a,b\n1,2\n3\n4,5\n6,7,8\n9,10\n");
        using DataSource two = DataSource.Of(file, new ReadOptions { SkipBad = 2 });
        using (RecordReader reader = two.Open())
        {
            Assert.Equal(3, All(reader).Length);
            Assert.Equal(2, reader.Skipped);
            Assert.Contains("line 3", reader.SkippedMessages[0], StringComparison.Ordinal);
        }
        using DataSource one = DataSource.Of(file, new ReadOptions { SkipBad = 1 });
        using RecordReader limited = one.Open();
        Assert.Contains("line 5", Assert.Throws<BadRecordException>(() => All(limited)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatDoesNotFitIsSaid()
    {
        string file = Write("plain.csv", "a,b\n1,2\n");
        using DataSource wrong = DataSource.Of(file, new ReadOptions { Separator = ";" });
        Assert.Contains("separated by ','", Assert.Throws<InvalidDataException>(wrong.Open).Message, StringComparison.Ordinal);
        using DataSource twice = DataSource.Of(Write("twice.csv", "a,a\n1,2\n"), new ReadOptions { Header = true });
        Assert.Contains("columns 1 and 2 are both named 'a'", Assert.Throws<InvalidDataException>(twice.Open).Message,
            StringComparison.Ordinal);
        using DataSource names = DataSource.Of(file, new ReadOptions { Columns = ["a", "b", "c"] });
        Assert.Contains("2 fields, and 3 columns are named", Assert.Throws<InvalidDataException>(names.Open).Message,
            StringComparison.Ordinal);
        using DataSource other = DataSource.Of([file, Write("other.csv", "a,c\n1,2\n")]);
        using RecordReader reader = other.Open();
        Assert.Contains("its columns are a, c", Assert.Throws<InvalidDataException>(() => All(reader)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => DataSource.Of(_folder["nothing.csv"]));
        Assert.Contains("is a folder", Assert.Throws<FileNotFoundException>(() => DataSource.Of(_folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => DataSource.Of(["-", "-"]));
    }

    [Theory]
    [InlineData("196\t242\t3\t881250949\n186\t302\t3\t891717742\n196\t302\t1\t878887116\n"
        + "186\t242\t2\t880606923\n196\t242\t1\t1\n196\t302\t2\t2\n", "User Item Rating Time")]
    [InlineData("userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n", "User Item Rating Time")]
    [InlineData("1\ta fine film with heart\n0\tno fun at all here\n1\ta treat for all of us\n0\tdull and very long\n", "Label Text")]
    [InlineData("text,label\nit was good fun,yes\nit was bad luck,no\n", "Text Label")]
    [InlineData("age,job,genres,click\n39,clerk,a|b,0\n50,boss,b|c,1\n", "Numeric Categorical MultiValued Label")]
    [InlineData("id,question,answer\nq1,how is that so,because it is so\nq2,why not this one,it is not that one\n", "Id Text Text")]
    public void ColumnsAreTakenForWhatTheyAre(string text, string roles)
    {
        using DataSource source = DataSource.Of(Write("any.csv", text));
        Assert.Equal(roles, string.Join(' ', SchemaInference.Infer(source).Columns.Select(column => column.Role)));
    }

    [Fact]
    public void ASchemaFileSaysWhatColumnsAreFor()
    {
        using var folder = new TemporaryFolder();
        string Of(string text) { File.WriteAllText(folder["schema.json"], text); return folder["schema.json"]; }
        StatedRoles stated = StatedRoles.Read(Of("""{ "label": "clicked", "categorical": ["city", "device"], "multi": "tags", "value-separator": "/" /* and so on */ }"""));
        Assert.Equal([("clicked", ColumnRole.Label), ("city", ColumnRole.Categorical), ("device", ColumnRole.Categorical),
            ("tags", ColumnRole.MultiValued)], stated.Columns);
        Assert.Equal('/', stated.ValueSeparator);
        // What is said beside it holds more.
        StatedRoles both = stated.Under(new StatedRoles().With("city", ColumnRole.None));
        Assert.Equal([("clicked", ColumnRole.Label), ("device", ColumnRole.Categorical), ("tags", ColumnRole.MultiValued),
            ("city", ColumnRole.None)], both.Columns);
        Assert.Equal('/', both.ValueSeparator);

        foreach ((string text, string says) in new[]
        {
            ("{ \"label\": ", "line 1"), ("[1]", "no object"), ("""{ "target": "x" }""", "no role \"target\"; there are user, item"), ("""{ "label": 3 }""", "\"label\" names 3"),
            ("""{ "label": "x", "numeric": ["y", "x"] }""", "column 'x' two roles"), ("""{ "value-separator": "||" }""", "one character"),
        })
            Assert.Contains(says, Assert.Throws<InvalidDataException>(() => StatedRoles.Read(Of(text))).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => StatedRoles.Read(folder["none.json"]));
    }

    [Fact]
    public void WhatIsStatedIsTaken()
    {
        using DataSource source = DataSource.Of(Write("said.csv", "a,b,c\n1,2,x y\n3,4,z\n"));
        DataSchema schema = SchemaInference.Infer(source,
            new StatedRoles { Columns = [("b", ColumnRole.Label), ("A", ColumnRole.Categorical)] });
        Assert.Equal([ColumnRole.Categorical, ColumnRole.Label], schema.Columns.Take(2).Select(column => column.Role));
        Assert.True(schema.Columns[0].Stated && !schema.Columns[2].Stated);
        Assert.Contains("its columns are a, b, c", Assert.Throws<ArgumentException>(() =>
            SchemaInference.Infer(source, new StatedRoles().With("d", ColumnRole.Label))).Message, StringComparison.Ordinal);
        Assert.Contains("two roles", Assert.Throws<ArgumentException>(() => SchemaInference.Infer(source,
            new StatedRoles().With("a", ColumnRole.Label).With("a", ColumnRole.User))).Message, StringComparison.Ordinal);
        Assert.Contains("`user` COLUMN", Assert.Throws<ArgumentException>(() => schema.Need(ColumnRole.User)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void StoresReadBackWhatWasAddedFromMemoryAndFromFiles()
    {
        foreach (long limit in new[] { 0L, 300_000, 1L << 30 })
        {
            using var store = new ValueStore<int>(limit);
            for (int i = 0; i < 200_000; i++) store.Add(i * 7);
            store.Complete();
            Assert.Equal(200_000, store.Count);
            var some = new int[70_000];
            store.Read(60_000, some);
            Assert.Equal(Enumerable.Range(60_000, 70_000).Select(i => i * 7), some);
            Assert.Equal(199_999 * 7, store[199_999]);
            Assert.Throws<ArgumentOutOfRangeException>(() => store.Read(199_999, some.AsSpan(0, 2)));
            Assert.Throws<InvalidOperationException>(() => store.Add(1));
            using var lists = new ListStore<int>(limit);
            for (int i = 0; i < 1_000; i++) lists.Add([.. Enumerable.Range(i, i % 5)]);
            lists.Complete();
            Parallel.For(0, 1_000, i =>
            {
                var list = new int[lists.Length(i)];
                Assert.Equal(i % 5, lists.Read(i, list));
                Assert.Equal(Enumerable.Range(i, i % 5), list);
            });
        }
    }

    [Fact]
    public void ValuesThatHaveNoRowOfTheirOwnAreTreatedAsSaid()
    {
        var counter = new ValueCounter();
        foreach (string word in "b a c a b a d 9007199254740993".Split(' ')) counter.Add(word);
        Assert.Equal(["a", "b", "9007199254740993", "c", "d"], counter.Build().Words);
        Assert.Equal(["a", "b"], counter.Build(minCount: 2).Words);
        Assert.Equal(["a", "b", "9007199254740993"], counter.Build(maxSize: 3).Words);
        Vocabulary known = counter.Build(2);
        Assert.Equal(2, new IdMap("word", known)["zebra"]);
        var hashed = new IdMap("word", known, UnknownIds.Hashed, buckets: 10);
        Assert.Equal(5, hashed["zebra"]);   // The same in every process: saved models depend on it.
        Assert.Equal(12, hashed.Rows);
        Assert.Contains("unknown word 'aa': not in the training data",
            Assert.Throws<KeyNotFoundException>(() => new IdMap("word", known, UnknownIds.Error)["aa"]).Message, StringComparison.Ordinal);
    }

    string Write(string name, string text)
    {
        File.WriteAllText(_folder[name], text, new UTF8Encoding(false));
        return _folder[name];
    }

    static string[][] All(RecordReader reader)
    {
        var records = new List<string[]>();
        while (reader.Read()) records.Add([.. Enumerable.Range(0, reader.Columns.Count).Select(column => reader.Field(column).ToString())]);
        return [.. records];
    }
}
