using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>A query: its values, its norm, and its codes where the index has some. Read by any number of threads.</summary>
sealed unsafe class PreparedQuery
{
    readonly float[] _values;
    readonly short[] _codes;

    public PreparedQuery(ReadOnlySpan<float> query, SlotStore store)
    {
        Dim = query.Length;
        Metric = store.Options.Metric;
        _values = GC.AllocateUninitializedArray<float>(query.Length, pinned: true);
        query.CopyTo(_values);
        Norm = RowMath.Norm(query, 2);
        Inverse = Norm > 0 ? 1 / Norm : 0;
        _codes = [];
        if (store.Width(Column.Codes) == 0) return;
        _codes = GC.AllocateUninitializedArray<short>(store.CodeLength, pinned: true);
        CodeScale = Int8Dots.EncodeQuery(query, _codes);
        double error = 0;
        for (int i = 0; i < query.Length; i++)
        {
            double difference = query[i] - (double)CodeScale * _codes[i];
            error += difference * difference;
        }
        CodeError = (float)Math.Sqrt(error);
    }

    public int Dim { get; }

    public IndexMetric Metric { get; }

    /// <summary>|q|.</summary>
    public float Norm { get; }

    /// <summary>1 / |q|; 0 for a query of zeros.</summary>
    public float Inverse { get; }

    /// <summary>Query ≈ CodeScale·codes.</summary>
    public float CodeScale { get; }

    /// <summary>|q − q̂|.</summary>
    public float CodeError { get; }

    public ReadOnlySpan<float> Values => _values;

    public float* Address => (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(
        ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_values));

    public short* Codes => (short*)System.Runtime.CompilerServices.Unsafe.AsPointer(
        ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_codes));

    /// <summary>The score of a row as it is returned: the same bits whatever path found the row.</summary>
    public float Score(ReadOnlySpan<float> row)
    {
        switch (Metric)
        {
            case IndexMetric.DotProduct:
                return RowMath.Dot(_values, row);
            case IndexMetric.Cosine:
                float norm = RowMath.Norm(row, 2);
                return RowMath.Dot(_values, row) * (norm > 0 ? 1 / norm : 0) * Inverse;
            default:
                float sum = 0;
                fixed (float* r = row) FloatDots.Rows<SquareSum, Float32Code>(Address, (byte*)r, Dim, 1, &sum);
                return -MathF.Sqrt(sum);
        }
    }
}
