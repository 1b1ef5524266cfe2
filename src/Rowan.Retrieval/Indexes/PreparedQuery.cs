using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>A query: its values, its norm, and its codes where the index has some. Read by any number of threads.</summary>
sealed unsafe class PreparedQuery
{
    readonly QueryMemory _memory;
    readonly int _values;
    readonly nint _codes;

    /// <param name="query">The query.</param>
    /// <param name="store">The rows that it is compared with.</param>
    /// <param name="memory">Memory for its values and codes.</param>
    /// <param name="place">Its place there.</param>
    public PreparedQuery(ReadOnlySpan<float> query, SlotStore store, QueryMemory memory, int place)
    {
        Dim = query.Length;
        Metric = store.Options.Metric;
        _memory = memory;
        _values = place * Dim;
        query.CopyTo(memory.Values.AsSpan(_values, Dim));
        Norm = RowMath.Norm(query, 2);
        Inverse = Norm > 0 ? 1 / Norm : 0;
        if (store.Width(Column.Codes) == 0) return;
        _codes = (nint)place * store.CodeLength;
        Span<short> codes = memory.Codes.AsSpan((int)_codes, store.CodeLength);
        CodeScale = Int8Dots.EncodeQuery(query, codes);
        double error = 0;
        for (int i = 0; i < query.Length; i++)
        {
            double difference = query[i] - (double)CodeScale * codes[i];
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

    public ReadOnlySpan<float> Values => _memory.Values.AsSpan(_values, Dim);

    public float* Address => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory.Values)) + _values;

    public short* Codes => (short*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory.Codes)) + _codes;

    /// <summary>The score of a row as it is returned: the same bits whatever path found the row.</summary>
    public float Score(ReadOnlySpan<float> row)
    {
        switch (Metric)
        {
            case IndexMetric.DotProduct:
                return RowMath.Dot(Values, row);
            case IndexMetric.Cosine:
                float norm = RowMath.Norm(row, 2);
                return RowMath.Dot(Values, row) * (norm > 0 ? 1 / norm : 0) * Inverse;
            default:
                float sum = 0;
                fixed (float* r = row) FloatDots.Rows<SquareSum, Float32Code>(Address, (byte*)r, Dim, 1, &sum);
                return -MathF.Sqrt(sum);
        }
    }
}

/// <summary>Pinned memory for the queries of a call. A thread keeps that of its last call for the next.</summary>
sealed class QueryMemory
{
    // A thread keeps no more than this many values.
    const int MostKept = 1 << 18;

    [ThreadStatic] static QueryMemory? _ofThread;

    public float[] Values { get; private set; } = [];

    public short[] Codes { get; private set; } = [];

    /// <summary>Takes the thread's memory. A search within a search, by a filter, gets its own.</summary>
    public static QueryMemory Rent(SlotStore store, int queries)
    {
        QueryMemory memory = _ofThread ?? new QueryMemory();
        _ofThread = null;
        int values = checked(queries * store.Dim), codes = store.Width(Column.Codes) == 0 ? 0 : checked(queries * store.CodeLength);
        if (memory.Values.Length < values) memory.Values = GC.AllocateUninitializedArray<float>(values, pinned: true);
        if (memory.Codes.Length < codes) memory.Codes = GC.AllocateUninitializedArray<short>(codes, pinned: true);
        return memory;
    }

    public void Return()
    {
        if (Values.Length <= MostKept && Codes.Length <= MostKept) _ofThread = this;
    }
}
