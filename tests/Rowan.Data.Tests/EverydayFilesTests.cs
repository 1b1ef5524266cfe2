using System.IO.Compression;
using System.Text;
using Rowan.Data;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>Files as people have them: each is read as a person would, or refused by name.</summary>
public sealed class EverydayFilesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    // Blank lines and declared separators before the header.
    [InlineData("a.csv", "\n\r\n  \nuser,item\nu0,i1\nu0,i2\n", "user,item", "u0,i1")]
    [InlineData("a.csv", "sep=;\nuser;item\nu0;i1\n", "user,item", "u0,i1")]
    [InlineData("a.csv", "\"sep=|\"\r\nuser|item\r\nu0|i1\r\n", "user,item", "u0,i1")]
    // A header with another separator than the records.
    [InlineData("a.csv", "user,item,rating,time\nu0;i1;2;16\nu0;i2;4,5;17\nu1;i2;3,5;18\n", "user,item,rating,time", "u0,i1,2,16")]
    [InlineData("a.tsv", "user,item\nu0\ti1\nu0\ti2\nu1\ti2\n", "user,item", "u0,i1")]
    // Indexes that pandas and R write.
    [InlineData("a.csv", ",user,item\n0,u0,i1\n1,u0,i2\n2,u1,i1\n", "user,item", "u0,i1")]
    [InlineData("a.csv", "Unnamed: 0,user,item\n800,u0,i1\n801,u0,i2\n", "user,item", "u0,i1")]
    [InlineData("a.csv", "\"\",\"user\",\"item\"\n\"1\",\"u0\",\"i1\"\n\"2\",\"u0\",\"i2\"\n", "user,item", "u0,i1")]
    [InlineData("a.txt", "user item n\n1 u0 i1 4\n2 u0 i2 5\n3 u1 i2 5\n", "user,item,n", "u0,i1,4")]
    [InlineData("a.csv", ",user,item\nx,u0,i1\ny,u0,i2\n", "c1,user,item", "x,u0,i1")]
    [InlineData("a.csv", ",user,item\n7,u0,i1\n7,u0,i2\n", "c1,user,item", "7,u0,i1")]
    // A separator at the end of lines.
    [InlineData("a.csv", "user,item,time,\nu0,i1,5,\nu0,i2,6,\n", "user,item,time", "u0,i1,5")]
    [InlineData("a.csv", "user,item,time,\nu0,i1,5\nu0,i2,6\n", "user,item,time", "u0,i1,5")]
    [InlineData("a.csv", "user,item,time\nu0,i1,5,\nu0,i2,6,\n", "user,item,time", "u0,i1,5")]
    [InlineData("a.dat", "1|31|2.5|\n1|32|3|\n2|31|4|\n", "c1,c2,c3", "1,31,2.5")]
    // Names that are quoted and hold the separator, and names of other scripts.
    [InlineData("a.csv", "\"name, first\",\"size, in cm\"\n\"a, b\",3\nc,4\n", "name, first/size, in cm", "a, b/3")]
    [InlineData("a.csv", "пользователь;товар;оценка\nиван;чай;4,5\nиван;сыр;3\n", "пользователь,товар,оценка", "иван/чай/4,5")]
    [InlineData("a.csv", "文本,标签\n很 好 的 电影,好\n不 好 看,坏\n很 好 看,好\n", "文本,标签", "很 好 的 电影,好")]
    [InlineData("a.csv", "पाठ\tलेबल\nबहुत अच्छा\tहाँ\nबुरा\tनहीं\n", "पाठ,लेबल", "बहुत अच्छा,हाँ")]
    // Separators.
    [InlineData("a.csv", "user;item;rating\nu0;i1;4,5\nu0;i2;3,5\n", "user,item,rating", "u0/i1/4,5")]
    [InlineData("a.csv", "u0;4,5\nu1;3,5\nu1;3,5\nu1;1,5\n", "c1,c2", "u0/4,5")]
    [InlineData("a.dat", "0::8::1::1600001000\n0::19::1::1600002000\n", "c1,c2,c3,c4", "0,8,1,1600001000")]
    [InlineData("a.dat", "1::Toy Story (1995)::Animation|Children's\n2::Jumanji, a film::Adventure\n3::\"Great\" Cats (1998)::Musical\n",
        "c1,c2,c3", "1/Toy Story (1995)/Animation|Children's")]
    [InlineData("a.txt", "spam\tfree money, now\nham\tsee you\nspam\tfree\n", "c1,c2", "spam/free money, now")]
    [InlineData("a.txt", "user,item\nu0,i1\nu0,i2\n", "user,item", "u0,i1")]
    [InlineData("u.data", "196 242  3   881250949\n186 302 3 891717742\n 22 377 1 878887116\n", "c1,c2,c3,c4", "196,242,3,881250949")]
    [InlineData("a.txt", "  196   242\t3 \n  186 302 3\n22 377 1\n", "c1,c2,c3", "196,242,3")]
    [InlineData("a.psv", "text|label\na, b and c|x\nd, e|y\nf|x\n", "text,label", "a, b and c/x")]
    [InlineData("a.csv", "user||item\nu0||i1\nu0||i2\n", "user,item", "u0,i1")]
    // No header.
    [InlineData("a.csv", "u0,i1,5\nu1,i1,4\nu1,i2,3\n", "c1,c2,c3", "u0,i1,5")]
    [InlineData("a.csv", "u0,i1\nu1,i3\nu1,i2\nu2,i7\n", "c1,c2", "u0,i1")]
    [InlineData("a.csv", "Paris,France\nRome,Italy\nLyon,France\nNice,France\n", "c1,c2", "Paris,France")]
    // Line ends.
    [InlineData("a.csv", "user,item\ru0,i1\ru0,i2\r", "user,item", "u0,i1")]
    [InlineData("a.csv", "user,item\r\nu0,i1\r\nu0,i2", "user,item", "u0,i1")]
    // Layouts of research data.
    [InlineData("train.txt", "0 5 3 9\n1 4\n2\n3 7 8\n", "user,item", "0,5")]
    [InlineData("stsa.train", "1 a stirring , funny film\n0 apparently reassembled from the floor\n0 they presume that we wo n't " +
        "sit\n1 a fine film to see\n0 no movement at all\n1 good fun for us\n0 dull and long\n1 warm and wise\n0 not so much of " +
        "anything\n1 a real treat\n", "label,text", "1/a stirring , funny film")]
    [InlineData("ft.txt", "__label__pos great film\n__label__neg poor plot\n", "label,text", "pos,great film")]
    [InlineData("ft.train", "__label__a __label__b great film\n__label__a poor plot\n", "label,text", "a|b,great film")]
    // Text.
    [InlineData("a.txt", "Well, it is late, and dark.\nSo, now, then.\nGood night\n", "text", "Well, it is late, and dark.")]
    [InlineData("a.txt", "text\nfoo bar\nbaz\n", "text", "text")]
    [InlineData("a.txt", "Good, I like it\nBad, sad film\nWell, all in all\n", "text", "Good, I like it")]
    // JSON by content.
    [InlineData("a.txt", "{\"user\":\"u0\",\"item\":7}\n{\"user\":\"u1\",\"item\":8}\n", "user,item", "u0,7")]
    [InlineData("a.csv", "[{\"user\":\"u0\",\"item\":7},{\"user\":\"u1\",\"item\":8}]", "user,item", "u0,7")]
    [InlineData("a.json", "[\n  {\n    \"user\": \"u]0\",\n    \"tags\": [\"a\", \"b\"]\n  },\n  {\"user\": \"u1\", \"tags\": []}\n]\n",
        "user,tags", "u]0,a|b")]
    [InlineData("a.json", "{\n \"user\": \"u0\",\n \"item\": 7\n}\n{\n \"user\": \"u1\", \"item\": 8}\n", "user,item", "u0,7")]
    public void AFileIsReadAsAPersonWould(string name, string text, string columns, string first)
    {
        File.WriteAllText(_folder[name], text, new UTF8Encoding(false));
        using DataSource source = DataSource.Of(_folder[name]);
        using RecordReader reader = source.Open();
        Assert.Equal(Cut(columns), reader.Columns);
        Assert.True(reader.Read());
        Assert.Equal(Cut(first), Enumerable.Range(0, reader.Columns.Count).Select(column => reader.Field(column).ToString()));
        while (reader.Read()) { }
        string[] Cut(string fields) => fields.Contains('/', StringComparison.Ordinal) ? fields.Split('/')
            : name.EndsWith(".txt", StringComparison.Ordinal) && columns == "text" ? [fields] : fields.Split(',');
    }

    [Theory]
    [InlineData("a,b,A\n1,2,3\n", "columns 1 and 3 are both named 'A'")]
    [InlineData("user,item,item\nu,1,2\nv,2,3\n", "columns 2 and 3 are both named 'item'")]
    [InlineData(",user,user\n0,a,b\n1,a,b\n", "columns 2 and 3 are both named 'user'")]
    public void DuplicateNamesAreNamed(string text, string says)
    {
        File.WriteAllText(_folder["a.csv"], text);
        using DataSource source = DataSource.Of(_folder["a.csv"], new ReadOptions { Header = true });
        Assert.Contains(says, Assert.Throws<InvalidDataException>(source.Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("::", "a::b\n1::2\n", "a,b")]
    [InlineData("||", "a||b|c\n1||2\n", "a,b|c")]
    [InlineData(" ||| ", "a ||| b\n1 ||| 2\n", "a,b")]
    [InlineData("\u00a7", "a\u00a7b\n1\u00a72\n", "a,b")]
    [InlineData("spaces", "a    b\n1  2\n", "a,b")]
    [InlineData(" ", "a b\n1 2\n", "a,b")]
    [InlineData("::", "\"a::x\"::b\n1::2\n", "a::x,b")]
    public void AnyStringCanSeparate(string separator, string text, string columns)
    {
        File.WriteAllText(_folder["a.csv"], text, new UTF8Encoding(false));
        using DataSource source = DataSource.Of(_folder["a.csv"], new ReadOptions { Separator = separator, Header = true });
        using RecordReader reader = source.Open();
        Assert.Equal(columns.Split(','), reader.Columns);
        Assert.True(reader.Read());
        Assert.Equal("1", reader.Field(0).ToString());
        Assert.Equal("2", reader.Field(1).ToString());
        Assert.False(reader.Read());
    }

    [Fact]
    public void EncodingsAreDetectedWithAndWithoutAMark()
    {
        const string Text = "user;item;rating\nиван;чай;4,5\n李;茶;3\nu2;i😀;5\n";
        foreach (Encoding encoding in new Encoding[]
        {
            new UTF8Encoding(true), new UTF8Encoding(false), new UnicodeEncoding(false, true), new UnicodeEncoding(true, true),
                new UnicodeEncoding(false, false), new UnicodeEncoding(true, false),
            new UTF32Encoding(false, true), new UTF32Encoding(true, true), new UTF32Encoding(false, false),
                new UTF32Encoding(true, false),
        })
        {
            File.WriteAllBytes(_folder["a.csv"], [.. encoding.GetPreamble(), .. encoding.GetBytes(Text)]);
            using DataSource source = DataSource.Of(_folder["a.csv"]);
            using RecordReader reader = source.Open();
            Assert.Equal(["user", "item", "rating"], reader.Columns);
            Assert.True(reader.Read() && reader.Read() && reader.Read());
            Assert.Equal("i😀", reader.Field(1).ToString());
            Assert.Equal(encoding.GetPreamble().Length == 0 && encoding is not UTF8Encoding,
                reader.Layout.Guesses.Any(guess => guess.Override == "`encoding` NAME"));
        }
    }

    [Fact]
    public void StandardInputIsReadByContent()
    {
        foreach ((string text, string columns, DataFormat format) in new[]
        {
            ("{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n", "a,b", DataFormat.JsonLines), ("[{\"a\":1,\"b\":2}]", "a,b", DataFormat.JsonArray),
                ("a,b\n1,2\n3,4\n", "a,b", DataFormat.Delimited),
            ("a\tb\n1\t2\n", "a,b", DataFormat.Delimited), ("Good\nvery bad film\nloved it\n", "text", DataFormat.Text),
                ("one line\n", "text", DataFormat.Text),
        })
            foreach (bool packed in new[] { false, true })
            {
                var bytes = new MemoryStream();
                if (packed) using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest,
                    leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(text));
                else bytes.Write(Encoding.UTF8.GetBytes(text));
                bytes.Position = 0;
                using DataSource source = DataSource.Of(["-"], null, bytes);
                using RecordReader reader = source.Open();
                Assert.Equal(columns.Split(','), reader.Columns);
                Assert.Equal(format, reader.Layout.Format);
                int records = 0;
                while (reader.Read()) records++;
                Assert.Equal(format == DataFormat.Text ? text.Count(c => c == '\n') : format == DataFormat.JsonLines ? 2
                    : Math.Max(1, text.Count(c => c == '\n') - 1), records);
            }
    }

    [Fact]
    public void AZipOfOneTableIsReadAndOfSeveralNamed()
    {
        Zip("one.zip", ("__MACOSX/._r.csv", "x"), ("README.txt", "read me"), ("data/", ""), ("data/r.csv", "user,item\nu0,i1\nu0,i2\n"));
        using (DataSource source = DataSource.Of(_folder["one.zip"]))
        using (RecordReader reader = source.Open())
        {
            Assert.Equal(["user", "item"], reader.Columns);
            Assert.True(reader.Read() && reader.Read() && !reader.Read());
        }
        Zip("two.zip", ("ratings.csv", "user,item\nu0,i1\n"), ("movies.csv", "item,title\ni1,x\n"));
        Assert.Contains("zip archive of 2 files (ratings.csv, movies.csv)", Refused("two.zip"), StringComparison.Ordinal);
        Zip("none.zip", ("a/", ""));
        Assert.Contains("zip archive without a table", Refused("none.zip"), StringComparison.Ordinal);
        Zip("book.xlsx", ("[Content_Types].xml", "<x/>"), ("xl/workbook.xml", "<x/>"));
        Assert.Contains("Excel workbook", Refused("book.xlsx"), StringComparison.Ordinal);
        byte[] whole = File.ReadAllBytes(_folder["one.zip"]);
        File.WriteAllBytes(_folder["cut.zip"], whole[..(whole.Length / 2)]);
        Assert.Contains("cut.zip' is a zip archive that cannot be read", Refused("cut.zip"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.csv.zst", new byte[] { 0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3 }, "zstd -d")]
    [InlineData("a.7z", new byte[] { 0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4 }, "7z archive")]
    [InlineData("a.csv", new byte[] { (byte)'%', (byte)'P', (byte)'D', (byte)'F', (byte)'-', (byte)'1' }, "PDF document")]
    [InlineData("a.pkl", new byte[] { 0x80, 4, 0x95, 1, 0 }, "Python pickle")]
    [InlineData("a.xls", new byte[] { 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0 }, "Excel or Word")]
    [InlineData("a.csv", new byte[] { 1, 0, 0, 7, 0, 0, 0, 9, 0 }, "zero bytes")]
    public void OtherKindsAreNamedWithWhatToDo(string name, byte[] bytes, string says)
    {
        File.WriteAllBytes(_folder[name], bytes);
        Assert.Contains(says, Refused(name), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "Git LFS pointer")]
    [InlineData("<!DOCTYPE html>\n<html><body>404</body></html>\n", "web page")]
    [InlineData("SQLite format 3\0 and so on", "SQLite database")]
    [InlineData("{\"count\": 2, \"data\": [{\"user\": 1}, {\"user\": 2}]}", "the list 'data'")]
    [InlineData("{\"user\": {\"0\": \"u0\"}, \"item\": {\"0\": \"i0\"}}", "one JSON object of columns")]
    [InlineData("(0,5)\t1\t2\t3\n(1,7)\t4\t5\t6\n", "`negatives-file`")]
    public void TextOfOtherKindsIsNamedWithWhatToDo(string text, string says)
    {
        File.WriteAllText(_folder["a.csv"], text);
        Assert.Contains(says, Refused("a.csv"), StringComparison.Ordinal);
    }

    [Fact]
    public void AGzipIsWholeOrAnErrorAtEveryLength()
    {
        byte[] text = Encoding.UTF8.GetBytes("user,item\n" + string.Concat(Enumerable.Range(0,
            300).Select(i => $"u{i * 7919 % 101},i{i * 104729 % 997}\n")));
        byte[] one = Gzip(text[..1000], CompressionLevel.Optimal), two = Gzip(text[1000..], CompressionLevel.NoCompression);
        byte[] both = [.. one, .. two];
        for (int length = 30; length <= both.Length; length++)
        {
            File.WriteAllBytes(_folder["a.csv.gz"], both[..length]);
            Exception? thrown = Record.Exception(() => Read(_folder["a.csv.gz"]));
            if (length == both.Length) Assert.Null(thrown);
            // Cut between two members, the first is a whole file.
            else if (length != one.Length) Assert.Contains("damaged or cut short", Assert.IsType<InvalidDataException>(thrown).Message,
                StringComparison.Ordinal);
        }
        Assert.Equal(300, Read(_folder["a.csv.gz"]));
    }

    [Fact]
    public void AnOpenQuotationMarkCostsOneRecord()
    {
        File.WriteAllText(_folder["a.csv"], "name,label\n\"a, b\",x\n" + string.Concat(Enumerable.Range(0,
            300).Select(i => $"\"n, {i}\",y\n")) + "\"open,x\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"m{i},z\n")));
        using DataSource strict = DataSource.Of(_folder["a.csv"]);
        Assert.Contains("line 303: a quotation mark is open", Assert.Throws<BadRecordException>(() => Read(strict)).Message,
            StringComparison.Ordinal);
        using DataSource lenient = DataSource.Of(_folder["a.csv"], new ReadOptions { SkipBad = 1 });
        Assert.Equal(351, Read(lenient));
    }

    [Fact]
    public void BackslashesEscapeMarksWhereThatIsStated()
    {
        File.WriteAllText(_folder["a.csv"], "name,label\n\"a \\\"b\\\", c\",x\n\"d\\\\\",y\n");
        using DataSource source = DataSource.Of(_folder["a.csv"], new ReadOptions { Escapes = true });
        using RecordReader reader = source.Open();
        Assert.True(reader.Read());
        Assert.Equal("a \"b\", c", reader.Field(0).ToString());
        Assert.True(reader.Read());
        Assert.Equal("d\\", reader.Field(0).ToString());
        using DataSource plain = DataSource.Of(_folder["a.csv"]);
        Assert.Contains("`escapes`", Assert.Throws<BadRecordException>(() => Read(plain)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AValueAfterATrailingSeparatorIsNotDropped()
    {
        File.WriteAllText(_folder["a.csv"], "user,item,\n" + string.Concat(Enumerable.Range(0,
            300).Select(i => $"u{i},i{i},\n")) + "u,i,note\n");
        using DataSource source = DataSource.Of(_folder["a.csv"]);
        Assert.Contains("line 302: 'note' follows the last separator", Assert.Throws<BadRecordException>(() => Read(source)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void LabelsThatAreSortedAreStillLabels()
    {
        File.WriteAllText(_folder["all.txt"], string.Concat(Enumerable.Range(0,
            3_000).Select(i => $"{i / 1_500} so it is number {i} , and no more .\n")));
        using DataSource source = DataSource.Of(_folder["all.txt"]);
        using RecordReader reader = source.Open();
        Assert.Equal(["label", "text"], reader.Columns);
    }

    [Fact]
    public void ATextMayBeginLikeAMark()
    {
        foreach (string name in new[] { "ORCID", "RDX2", "PAR1", "BZh", "GIF8" })
        {
            File.WriteAllText(_folder["a.csv"], $"{name},label\nx,1\ny,2\n");
            Assert.Equal(2, Read(_folder["a.csv"]));
        }
    }

    [Fact]
    public void RatingsOfALargeCatalogueWithoutTimesAreRatings()
    {
        File.WriteAllText(_folder["train.rating"], string.Concat(Enumerable.Range(0,
            2_000).Select(i => $"{i / 20}\t{i * 7919 % 1_500}\t{1 + (i * 31 % 5)}\n")));
        using DataSource source = DataSource.Of(_folder["train.rating"]);
        DataSchema schema = SchemaInference.Infer(source);
        Assert.Equal([ColumnRole.User, ColumnRole.Item, ColumnRole.Rating], schema.Columns.Select(column => column.Role));
    }

    [Fact]
    public void AUserAndItemsAreARecordEach()
    {
        File.WriteAllText(_folder["train.txt"], "0 5 3 9\n1 4\n2\n3 7 8\n");
        using DataSource source = DataSource.Of(_folder["train.txt"]);
        using RecordReader reader = source.Open();
        var pairs = new List<string>();
        while (reader.Read()) pairs.Add($"{reader.Field(0)}-{reader.Field(1)}@{reader.Place.Number}");
        Assert.Equal(["0-5@1", "0-3@1", "0-9@1", "1-4@2", "3-7@4", "3-8@4"], pairs);
    }

    [Fact]
    public void AWideFileCostsLinearMemory()
    {
        long Cost(int columns)
        {
            File.WriteAllText(_folder["wide.csv"], string.Join(',',
                Enumerable.Range(0, columns).Select(i => $"c{i}x")) + "\n" + string.Concat(Enumerable.Range(0,
                3).Select(r => string.Join(',', Enumerable.Range(0, columns).Select(i => $"{r + i}")) + "\n")));
            long before = GC.GetAllocatedBytesForCurrentThread();
            using DataSource source = DataSource.Of(_folder["wide.csv"]);
            using RecordReader reader = source.Open();
            Assert.Equal(columns, reader.Columns.Count);
            Assert.True(reader.Read() && reader.Read() && reader.Read() && !reader.Read());
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Cost(100);
        long some = Cost(8_000), many = Cost(64_000);
        Assert.True(many < 12 * some, $"8,000 columns allocate {some} bytes, 64,000 {many}");
    }

    [Fact]
    public void WhatIsDetectedIsListedWithTheOptionThatOverridesIt()
    {
        File.WriteAllText(_folder["a.csv"], "sep=;\n;user;item;\n0;u0;i1;\n1;u0;i2;\n");
        using DataSource source = DataSource.Of(_folder["a.csv"]);
        using RecordReader reader = source.Open();
        Assert.Equal(";", reader.Layout.Separator);
        Assert.True(reader.Layout.Header);
        Assert.All(["`separator`", "`no-header`", "`columns`"],
            option => Assert.Contains(reader.Layout.Guesses, guess => guess.Override.Contains(option, StringComparison.Ordinal)));
        using DataSource named = DataSource.Of(_folder["a.csv"], new ReadOptions { Header = true, Columns = ["n", "user", "item"] });
        using RecordReader all = named.Open();
        Assert.Equal(["n", "user", "item"], all.Columns);
        Assert.True(all.Read());
        Assert.Equal("0", all.Field(0).ToString());
    }

    [Fact]
    public void AnOptionThatTheFormatCannotUseIsAnError()
    {
        File.WriteAllText(_folder["a.jsonl"], "{\"a\":1}\n");
        foreach (ReadOptions options in new[] { new ReadOptions { Separator = ";" }, new ReadOptions { Columns = ["a"] },
            new ReadOptions { NoQuotes = true }, new ReadOptions { Escapes = true } })
        {
            using DataSource source = DataSource.Of(_folder["a.jsonl"], options);
            Assert.Contains("means nothing", Assert.Throws<InvalidDataException>(source.Open).Message, StringComparison.Ordinal);
        }
    }

    static byte[] Gzip(byte[] bytes, CompressionLevel level)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, level)) gzip.Write(bytes);
        return packed.ToArray();
    }

    void Zip(string name, params (string Entry, string Text)[] entries)
    {
        using ZipArchive zip = ZipFile.Open(_folder[name], ZipArchiveMode.Create);
        foreach ((string entry, string text) in entries)
        {
            using var writer = new StreamWriter(zip.CreateEntry(entry).Open());
            writer.Write(text);
        }
    }

    string Refused(string name) => Assert.Throws<InvalidDataException>(() => Read(_folder[name])).Message;

    static int Read(string path)
    {
        using DataSource source = DataSource.Of(path);
        return Read(source);
    }

    static int Read(DataSource source)
    {
        using RecordReader reader = source.Open();
        int records = 0;
        while (reader.Read()) records++;
        return records;
    }

    [Fact]
    public void ASeparatorThatPlainTextDoesNotUseIsAnError()
    {
        File.WriteAllText(_folder["prose.txt"], "hello world this is text\nmore text here to read\n");
        using DataSource source = DataSource.Of(_folder["prose.txt"], new ReadOptions { Separator = ";", Format = DataFormat.Text });
        Assert.Contains("`separator` ;", Assert.Throws<InvalidDataException>(() => source.Open()).Message, StringComparison.Ordinal);
    }
}
