using System.Runtime.InteropServices;

namespace Rowan.Search;

/// <summary>hnswlib through the C shim that search.sh compiles.</summary>
sealed unsafe partial class Hnswlib(int dim, long capacity, int m, int construction) : IDisposable
{
    readonly nint _handle = New(dim, capacity, m, construction, 0);

    public long BytesPerRow => BytesPerRowOf(_handle);

    public void Add(float[] rows, int threads)
    {
        fixed (float* values = rows) Add(_handle, values, rows.Length / dim, threads);
    }

    public long[] Search(float[] queries, int count, int k, int candidates, int threads)
    {
        var ids = new long[count * k];
        fixed (float* values = queries)
        fixed (long* into = ids) Search(_handle, values, count, k, candidates, threads, into);
        return ids;
    }

    public void Dispose() => Free(_handle);

    [LibraryImport("hnsw_shim", EntryPoint = "hnsw_new")]
    private static partial nint New(int dim, long capacity, int m, int construction, int metric);

    [LibraryImport("hnsw_shim", EntryPoint = "hnsw_add")]
    private static partial void Add(nint handle, float* rows, long count, int threads);

    [LibraryImport("hnsw_shim", EntryPoint = "hnsw_search")]
    private static partial void Search(nint handle, float* queries, long count, int k, int candidates, int threads, long* ids);

    [LibraryImport("hnsw_shim", EntryPoint = "hnsw_bytes_per_row")]
    private static partial long BytesPerRowOf(nint handle);

    [LibraryImport("hnsw_shim", EntryPoint = "hnsw_free")]
    private static partial void Free(nint handle);
}
