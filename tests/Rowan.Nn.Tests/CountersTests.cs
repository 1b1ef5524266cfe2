using System.Diagnostics.Metrics;
using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>Alone, because the meter is the process's.</summary>
[CollectionDefinition(nameof(CountersTests), DisableParallelization = true)]
[Collection(nameof(CountersTests))]
public class CountersTests
{
    sealed class Heard : IDisposable
    {
        readonly MeterListener _listener = new();
        readonly Dictionary<string, long> _sums = [];

        public Heard()
        {
            _listener.InstrumentPublished = (instrument, own) =>
                { if (instrument.Meter.Name == "Rowan") own.EnableMeasurementEvents(instrument); };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, tags, value));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            {
                Assert.InRange(value, 0, 10);
                Add(instrument.Name, tags, 1);
            });
            _listener.Start();
        }

        public long this[string name, params string[] tags] => _sums.GetValueOrDefault(string.Join(' ', [name, .. tags]));

        public void Dispose() => _listener.Dispose();

        void Add(string name, ReadOnlySpan<KeyValuePair<string, object?>> tags, long value)
        {
            lock (_sums)
            {
                string key = string.Join(' ', [name, .. tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")]);
                _sums[key] = _sums.GetValueOrDefault(key) + value;
            }
        }
    }

    [Fact]
    public void AStepCountsRowsEntriesBytesAndPhases()
    {
        var layer = new Embedding(new Table(20, 3, "lessons"));
        var sgd = new Sgd(layer.Weight) { LearningRate = 0.1f };
        using var heard = new Heard();
        layer.Forward(new[,] { { 1, 2, 1, 5 }, { 1, 2, 0, 9 } }).Sum().Backward();
        Assert.Equal((8, 8 * 12), (heard["rowan.rows.read", "table=lessons"], heard["rowan.bytes.read", "table=lessons"]));
        sgd.Step();
        Assert.Equal((8, 5, 5 * 12),
            (heard["rowan.entries.updated", "table=lessons"], heard["rowan.rows.updated", "table=lessons"],
            heard["rowan.bytes.written", "table=lessons"]));
        foreach (string phase in (string[])["lookup", "sort", "update"])
            Assert.Equal(1, heard["rowan.phase.duration", $"phase={phase}", "table=lessons"]);
        Assert.Equal(0, heard["rowan.catch_up.rows", "table=lessons"]);

        new EmbeddingBag(layer.Weight).Forward(new[] { 1, 1, 3 }, new[] { 0, 2 });
        Assert.Equal((11, 1), (heard["rowan.rows.read", "table=lessons"], heard["rowan.phase.duration", "phase=bag", "table=lessons"]));
        new EmbeddingBagCollection([new("a", 4, 2), new("b", 4, 5)])
            .Forward(new Dictionary<string, JaggedIndices> { ["a"] = new[] { new[] { 1, 2, 3 } }, ["b"] = new[] { new[] { 0 } } });
        Assert.Equal((3, 20, 1),
            (heard["rowan.rows.read", "table=a"], heard["rowan.bytes.read", "table=b"],
            heard["rowan.phase.duration", "phase=bag", "table=*"]));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void CatchingUpCountsRowsAndTheStepsTheyMissed(bool adafactor)
    {
        var layer = new Embedding(new Table(6, 2, "owing"));
        Optimizer optimizer = adafactor ? new Adafactor(layer.Weight) : new Adam(layer.Weight);
        void Step(params int[] ids)
        {
            optimizer.ZeroGrad();
            layer.Forward(ids).Sum().Backward();
            optimizer.Step();
        }
        Step(0, 1);
        Step(0);
        Step(0);
        using var heard = new Heard();
        // Row 1 missed steps 2 and 3, row 2 all three; both are brought up to date when read.
        Step(1, 2, 1);
        Assert.Equal((2, 5), (heard["rowan.catch_up.rows", "table=owing"], heard["rowan.catch_up.steps", "table=owing"]));
        _ = layer.Weight.Values;
        // Rows 3, 4 and 5 missed four steps, row 0 the last.
        Assert.Equal((6, 18), (heard["rowan.catch_up.rows", "table=owing"], heard["rowan.catch_up.steps", "table=owing"]));
        Assert.Equal((4 - 1, 2), (heard["rowan.entries.updated", "table=owing"], heard["rowan.rows.updated", "table=owing"]));
    }

    [Fact]
    public void BuffersAreFreshOnceAndThenRecycled()
    {
        var layer = new Embedding(new Table(50, 64, "buffers"));
        var ids = new int[333];
        using var heard = new Heard();
        void Step()
        {
            layer.Weight.ZeroGrad();
            layer.Forward(ids).Sum().Backward();
        }
        for (int i = 0; i < 3; i++) Step();
        (long fresh, long recycled) = (heard["rowan.buffers.fresh"], heard["rowan.buffers.recycled"]);
        Step();
        Assert.Equal(fresh, heard["rowan.buffers.fresh"]);
        Assert.Equal(2, heard["rowan.buffers.recycled"] - recycled);
    }
}
