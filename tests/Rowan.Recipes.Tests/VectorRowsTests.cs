using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>Rows in several pieces are read, searched, examined, written and compared as rows in one.</summary>
public sealed class VectorRowsTests : RecipeTestBase
{
    const int Dim = 5;

    static VectorRows Pieces(VectorRows rows, long rowsPerPiece)
    {
        VectorRows pieces = VectorRows.Zeros(rows.Rows, rows.Dim, rowsPerPiece);
        for (long row = 0; row < rows.Rows; row++) rows[row].CopyTo(pieces.Of(row));
        return pieces;
    }

    static VectorRows Random(int rows)
    {
        var values = new float[rows * Dim];
        new Rng(9).Randn(values);
        return VectorRows.Over(values, Dim);
    }

    static LearnedTable Table(VectorRows rows) => new()
    {
        Name = "items", Ids = new Vocabulary(Enumerable.Range(0, (int)rows.Rows - 2).Select(i => $"id{i}")), Vectors = rows,
        Counts = [.. Enumerable.Range(0, (int)rows.Rows).Select(i => (long)i)],
    };

    [Theory]
    [InlineData(1), InlineData(4), InlineData(7), InlineData(30), InlineData(100)]
    public void PiecesAreAsOne(long rowsPerPiece)
    {
        VectorRows one = Random(31), many = Pieces(one, rowsPerPiece);
        Assert.Equal((31, Dim), (many.Rows, many.Dim));
        Assert.Equal((31 + rowsPerPiece - 1) / rowsPerPiece, many.Pieces.Count);
        for (long row = 0; row < 31; row++) Assert.Equal(one[row].Span, many[row].Span);
        float[] some = new float[9 * Dim], same = new float[some.Length];
        for (long from = 0; from <= 22; from++)
        {
            one.CopyTo(from, some);
            many.CopyTo(from, same);
            Assert.Equal(some, same);
        }

        var (index, pieces) = (new PiecewiseIndex(one, 29), new PiecewiseIndex(many, 29));
        float[] scores = new float[29], own = new float[29];
        for (long row = 0; row < 31; row++)
        {
            Assert.Equal<Match>(index.Search(one[row], 6), pieces.Search(one[row], 6));
            index.Score(one[row], scores);
            pieces.Score(one[row], own);
            Assert.Equal(scores, own);
        }
        Assert.Equal(TableHealth.Of(Table(one)).Select(check => check.Said), TableHealth.Of(Table(many)).Select(check => check.Said));
        Assert.Equal(1, TableComparison.Of(Table(one), Table(many), 5).Overlap);
        Assert.All(VectorRows.Moved(one, many), moved => Assert.Equal(0, moved));
    }

    [Fact]
    public void ScoresOverPiecesAreThoseOverOne()
    {
        VectorRows users = Random(6), items = Random(31);
        float[] bias = new float[31];
        new Rng(2).Randn(bias);
        float[] expected = new float[3 * 31], actual = new float[expected.Length];
        new Snapshot(Dim, 0, users, new float[6], items, bias).Scores(new long[] { 4, -1, 0 }, expected);
        var pieces = new Snapshot(Dim, 0, Pieces(users, 2), new float[6], Pieces(items, 8), bias);
        pieces.Scores(new long[] { 4, -1, 0 }, actual);
        Assert.Equal(expected, actual, (x, y) => Math.Abs(x - y) < 1e-5);
        Assert.Equal(bias, actual[31..62]);
        Assert.Equal(actual[^1], pieces.Rating(0, 30), 5);
    }

    [Fact]
    public void RowsOutsideAreRefused()
    {
        VectorRows rows = Pieces(Random(10), 3);
        Assert.Contains("there are 10 rows", Assert.Throws<ArgumentOutOfRangeException>(() => rows[10]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.CopyTo(9, new float[2 * Dim]));
        Assert.Throws<ArgumentException>(() => VectorRows.Over(new float[7], Dim));
    }

    [Fact]
    public void ATableInPiecesIsWrittenAsOne()
    {
        VectorRows rows = Random(31);
        byte[] Written(string name, VectorRows of)
        {
            using RunFolder run = RunFolder.Create(_folder["runs"], name, "test");
            TableFiles.Write(run, Table(of));
            run.Complete("test", _ => { });
            return File.ReadAllBytes(Path.Combine(run.Path, "tables.safetensors"));
        }
        Assert.Equal(Written("one", rows), Written("many", Pieces(rows, 4)));
        LearnedTable read = LearnedTable.Read(Path.Combine(_folder["runs"], "many")).Single();
        for (long row = 0; row < 31; row++) Assert.Equal(rows[row].Span, read.Row(row).Span);
    }

    [Theory]
    [InlineData("recommend", "users items")]
    [InlineData("classify", "words")]
    [InlineData("tabular", "color thing")]
    public void RowsOfAWeightAreStoredAndLoadedOnce(string task, string tables)
    {
        string path = Trained(task);
        using (SafetensorsFile stored = Safetensors.Open(Path.Combine(path, "tables.safetensors")))
        using (SafetensorsFile model = Safetensors.Open(Path.Combine(path, "model.safetensors")))
            foreach (LearnedTable table in LearnedTable.Read(path))
            {
                Assert.Contains(table.Name, tables.Split(' '));
                Assert.False(stored.Contains(table.Name));
                string weight = stored.Metadata[$"{table.Name}.tensor"];
                int first = int.Parse(stored.Metadata[$"{table.Name}.first_row"], System.Globalization.CultureInfo.InvariantCulture);
                float[] values = model.Read(weight);
                for (int row = 0; row < table.Rows; row++)
                    Assert.Equal(values.AsSpan((first + row) * table.Dim, table.Dim), table.Row(row).Span);
            }
        if (task != "tabular") return;
        // The model and the tables of an open run share their memory.
        var run = (TabularRun)Run.Open(path);
        Assert.All(run.Tables, table => Assert.Contains(run.ModelTables.Values,
            weight => weight.Values[0].Span.Overlaps(table.Row(0).Span)));
    }

    [Fact]
    public void RowsThatNoWeightHasAreStored()
    {
        VectorRows rows = Random(8);
        float[] weight = [.. rows.Pieces[0].ToArray().Prepend(0).Skip(1)];
        weight[^1] = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(weight[^1]) ^ 1);
        using RunFolder run = RunFolder.Create(_folder["runs"], "other", "test");
        TableFiles.Write(run, "model.safetensors", new StateDict(StateEntry.Over("w", [8, Dim], weight)),
            Table(rows) with { Weight = ("w", 0) });
        run.Complete("test", _ => { });
        using SafetensorsFile stored = Safetensors.Open(Path.Combine(run.Path, "tables.safetensors"));
        Assert.Equal(rows.Pieces[0].ToArray(), stored.Read("items"));
    }
}
