using System.Runtime.InteropServices;
using Rowan.Numerics;
using Rowan.Tables;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>Lookups, bags and steps give the same bits whether rows are in managed arrays or in a mapped file, in one chunk or
/// many.</summary>
public sealed class RowBackEndTests : IDisposable
{
    const int Rows = 40;

    readonly TemporaryFolder _folder = new();
    int _files;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Rules => [.. RowUpdatesTests.Rules.Keys];

    [Theory, MemberData(nameof(Rules))]
    public void StepsAreThoseOfManagedArrays(string rule)
    {
        foreach (RowUpdates mode in Enum.GetValues<RowUpdates>())
            foreach (int dim in new[] { 1, 3, 8, 17 })
            {
                uint[] managed = Trained(RowBackEnd.Managed, rule, mode, dim, RowStorage.Float32);
                // One row per chunk, four, and all in one.
                foreach (long chunk in new[] { 1, 4L * dim * sizeof(float), 1 << 20 })
                    Assert.Equal(managed, OverFiles(chunk, rows => Trained(rows, rule, mode, dim, RowStorage.Float32)));
            }
    }

    [Theory]
    [InlineData(RowStorage.BFloat16), InlineData(RowStorage.Float16), InlineData(RowStorage.SplitBFloat16)]
    public void StorageFormatsAreThoseOfManagedArrays(RowStorage storage)
    {
        foreach (int dim in new[] { 1, 7, 16, 33, 128 })
            foreach (string rule in new[] { "sgd", "adam" })
            {
                string name = RowUpdatesTests.Rules.Keys.First(key => key.StartsWith(rule, StringComparison.Ordinal));
                uint[] managed = Trained(RowBackEnd.Managed, name, RowUpdates.Exact, dim, storage);
                Assert.Equal(managed, OverFiles(5L * dim * sizeof(float), rows => Trained(rows, name, RowUpdates.Exact, dim, storage)));
            }
    }

    [Fact]
    public void TablesLargerThanTheCacheAreThoseOfManagedArrays()
    {
        const int Many = 20_000, Dim = 64;
        uint[] Looked(RowBackEnd backEnd)
        {
            var rng = new Rng(4);
            var table = new Table(Many, Dim, "T", RowStorage.Float32, backEnd);
            foreach (Memory<float> piece in table.Values) rng.Uniform(piece.Span, -1, 1);
            long[] ids = [.. Enumerable.Range(0, 5_000).Select(i => (long)(rng.NextUInt32() % Many))];
            string adam = RowUpdatesTests.Rules.Keys.First(key => key.StartsWith("adam", StringComparison.Ordinal));
            Optimizer optimizer = RowUpdatesTests.Rules[adam](table, RowUpdates.Lazy);
            for (int step = 0; step < 3; step++)
            {
                table.ZeroGrad();
                table.Gradient.Add(ids, Tensor.Randn(rng, ids.Length, Dim).Memory);
                optimizer.Step();
            }
            float[] rows = new float[ids.Length * Dim], sums = new float[500 * Dim];
            table.Gather(ids, rows);
            table.SumBags(ids, Enumerable.Range(0, 501).Select(bag => bag * 10L).ToArray(), default, true, sums);
            return [.. Bits(rows), .. Bits(sums)];
        }
        uint[] managed = Looked(RowBackEnd.Managed);
        Assert.Equal(managed, OverFiles(1 << 20, Looked));
        Assert.Equal(managed, OverFiles(1 << 30, Looked));
    }

    [Fact]
    public void MappedRowsAreNoArray()
    {
        using var files = new MappedRows(_folder["rows"], 1 << 20);
        var table = new Table(3, 2, "Users", RowStorage.Float32, files);
        Assert.Contains("not in a managed array", Assert.Throws<InvalidOperationException>(() => table.AsArray()).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RowMemory<float>(3, 2, backEnd: files)[3].Clear());
    }

    uint[] OverFiles(long chunkBytes, Func<RowBackEnd, uint[]> run)
    {
        using var files = new MappedRows(_folder[$"{_files++}.rows"], chunkBytes, 32 << 20);
        uint[] bits = run(files);
        Assert.True(files.Chunks > 0);
        return bits;
    }

    /// <summary>All bits that a training leaves, with lookups, bags, frozen rows and growth between its steps.</summary>
    static uint[] Trained(RowBackEnd backEnd, string rule, RowUpdates mode, int dim, RowStorage storage)
    {
        var rng = new Rng(5);
        var table = new Table(Rows, dim, "T", storage, backEnd) { RoundingSeed = 3 };
        var first = new float[Rows * dim];
        rng.Uniform(first, -1, 1);
        table.CopyFrom(first);
        Optimizer optimizer = RowUpdatesTests.Rules[rule](table, mode);
        var seen = new List<uint>();
        for (int step = 0; step < 8; step++)
        {
            long[] ids = [.. Enumerable.Range(0, 12).Select(i => (long)(rng.NextUInt32() % table.Count)), step, step];
            if (step == 3) table.FreezeRows(5, 9);
            if (step == 4) table.Grow(Rows + 11, (row, values) => values.Fill(row / 64f));
            if (step == 5) table.ThawRows(5, 9);
            if (step == 6)
            {
                // What is saved goes on in another table over the same back end.
                var again = new Table(table.Count, dim, "T", storage, backEnd) { RoundingSeed = 3 };
                StateDict saved = optimizer.StateDict();
                var values = new float[table.Count * dim];
                table.ReadValues(0, values);
                again.CopyFrom(values);
                Optimizer resumed = RowUpdatesTests.Rules[rule](again, mode);
                resumed.LoadStateDict(saved);
                (table, optimizer) = (again, resumed);
            }
            long[] starts = [0, 3, 3, 8, ids.Length];
            float[] rows = new float[ids.Length * dim], sums = new float[4 * dim], most = new float[4 * dim], scale = new float[ids.Length];
            rng.Uniform(scale, 0, 1);
            table.Gather(ids, rows, store: step % 2 == 0);
            table.SumBags(ids, starts, scale, step % 2 == 1, sums);
            table.MaxBags(ids, starts, most);
            table.DotBags(ids, starts, sums, dim, scale);
            table.Renormalize(ids[..2], 0.5f, 2);
            foreach (float[] looked in (float[][])[rows, sums, most, scale, table.ReadRow(step, new float[dim]).ToArray()])
                seen.AddRange(Bits(looked));
            table.ZeroGrad();
            table.Gradient.Add(ids, Tensor.Randn(rng, ids.Length, dim).Memory);
            optimizer.Step();
        }
        foreach (StateEntry entry in optimizer.StateDict())
        {
            var state = new float[entry.Count];
            entry.Read(0, state.AsSpan());
            seen.AddRange(Bits(state));
        }
        var all = new float[table.Count * dim];
        table.ReadValues(0, all);
        seen.AddRange(Bits(all));
        return [.. seen];
    }

    static uint[] Bits(float[] values) => MemoryMarshal.Cast<float, uint>(values).ToArray();
}
