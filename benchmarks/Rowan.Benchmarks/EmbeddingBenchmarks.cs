using BenchmarkDotNet.Attributes;
using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Benchmarks;

/// <summary>The first lesson: ids [2, 4] of a table of 10 × 3.</summary>
[MemoryDiagnoser]
public class FirstLesson
{
    readonly Embedding _embedding = new(10, 3, rng: new Rng(0));
    readonly Indices _ids = new[,] { { 1, 2, 4, 5 }, { 4, 3, 0, 9 } };
    readonly Sgd _optimizer;

    public FirstLesson() => _optimizer = new Sgd(_embedding.Parameters()) { LearningRate = 1e-6f };

    [Benchmark(Baseline = true)]
    public Tensor Forward()
    {
        using var off = Gradients.Off();
        return _embedding.Forward(_ids);
    }

    [Benchmark]
    public void TrainingStep()
    {
        _optimizer.ZeroGrad();
        _embedding.Forward(_ids).Sum().Backward();
        _optimizer.Step();
    }
}

/// <summary>8,192 bags of 26 ids of a table of 100,000 × 64: the table alone, without autograd.</summary>
public class BigTable
{
    const int Bags = 8_192, Length = 26, Rows = 100_000, Dim = 64;

    readonly Table _table = new(Rows, Dim);
    readonly long[] _ids = new long[Bags * Length], _starts = new long[Bags + 1];
    readonly float[] _rows = new float[Bags * Length * Dim], _sums = new float[Bags * Dim];
    Optimizer? _optimizer;

    [Params("sgd", "adam exact", "adam lazy")]
    public string Rule { get; set; } = "sgd";

    [GlobalSetup]
    public void Setup()
    {
        var rng = new Rng(0);
        rng.Randn(_table.Values);
        rng.RandInt(_ids, 0, Rows);
        for (int bag = 0; bag <= Bags; bag++) _starts[bag] = bag * Length;
        _optimizer = Rule == "sgd" ? new Sgd(_table) : new Adam(_table) { Rows = Rule == "adam lazy" ? RowUpdates.Lazy : RowUpdates.Exact };
    }

    [Benchmark]
    public void Gather() => _table.Gather(_ids, _rows);

    [Benchmark]
    public void SumBags() => _table.SumBags(_ids, _starts, default, mean: false, _sums);

    [Benchmark]
    public void Update()
    {
        _table.ZeroGrad();
        _table.Gradient.Add(_ids, _rows);
        _optimizer!.Step();
    }
}

/// <summary>Products of the shapes that training meets.</summary>
public class Products
{
    [Params("1152 1152 1152", "512 512 128", "512 128 512", "64 4 64")]
    public string Shape { get; set; } = "";

    float[] _a = [], _b = [], _c = [];
    int _m, _n, _k;

    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = [.. Shape.Split(' ').Select(int.Parse)];
        (_m, _n, _k) = (sizes[0], sizes[1], sizes[2]);
        (_a, _b, _c) = (new float[_m * _k], new float[_k * _n], new float[_m * _n]);
        new Rng(0).Randn(_a);
        new Rng(1).Randn(_b);
    }

    [Benchmark]
    public void MatMul() => Numerics.MatMul.Multiply(_a, false, _b, true, _c, _m, _n, _k);
}
