using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cloud.Unum.USearch;

namespace Rowan.Search;

/// <summary>USearch through its NuGet package; its C# interface has no setting per search, so the native one is called for it.</summary>
sealed partial class Usearch : IDisposable
{
    readonly USearchIndex _index;
    readonly int _dim;

    public Usearch(int dim, ScalarKind kind, float[] rows, int m, int construction)
    {
        _dim = dim;
        _index = new USearchIndex(MetricKind.Cos, kind, (ulong)dim, (ulong)m, (ulong)construction, 64, false);
        for (int i = 0; i < rows.Length / dim; i++) _index.Add((ulong)i, rows[(i * dim)..((i + 1) * dim)]);
    }

    public static string Version => USearchCapabilities.Version();

    public string Hardware => _index.HardwareAcceleration();

    public long[] Search(float[] queries, int count, int k, int candidates)
    {
        ChangeExpansion(HandleOf(_index), (nuint)candidates, out nint error);
        if (error != 0) throw new InvalidOperationException(Marshal.PtrToStringUTF8(error));
        var ids = new long[count * k];
        var query = new float[_dim];
        for (int q = 0; q < count; q++)
        {
            queries.AsSpan(q * _dim, _dim).CopyTo(query);
            int found = _index.Search(query, k, out ulong[] keys, out float[] _);
            for (int i = 0; i < k; i++) ids[q * k + i] = i < found ? (long)keys[i] : -1;
        }
        return ids;
    }

    public void Dispose() => _index.Dispose();

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_index")]
    static extern ref nint HandleOf(USearchIndex index);

    [LibraryImport("libusearch_c", EntryPoint = "usearch_change_expansion_search")]
    private static partial void ChangeExpansion(nint index, nuint expansion, out nint error);
}
