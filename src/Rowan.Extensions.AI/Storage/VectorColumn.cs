using System.Collections.Concurrent;
using Rowan.Numerics;
using Rowan.Retrieval;

namespace Rowan.Extensions.AI;

/// <summary>The vectors of one property, by row, and the best of them for a query.</summary>
/// <remarks>Reading is safe from any thread, also while rows come and go. One thread at a time changes it.</remarks>
abstract class VectorColumn(VectorColumnSchema schema)
{
    /// <summary>What the vectors are.</summary>
    public VectorColumnSchema Schema { get; } = schema;

    /// <summary>A column for vectors of a schema.</summary>
    public static VectorColumn Of(VectorColumnSchema schema) =>
        VectorSpace.Metric(schema.Distance) is { } metric ? new IndexedColumn(schema, metric) : new ScannedColumn(schema);

    /// <summary>Adds rows that are new.</summary>
    public abstract void Add(long[] rows, float[] values);

    /// <summary>
    /// Adds the rows of an empty column, when a collection is opened. A file that <see cref="Save"/> left is used as far as its vectors
    /// are those of the rows; it may be older, of other vectors, damaged or missing.
    /// </summary>
    /// <param name="rows">Rows, ascending.</param>
    /// <param name="vectorOf">Their vectors.</param>
    /// <param name="file">The file.</param>
    public abstract void Fill(long[] rows, Func<long, float[]> vectorOf, string file);

    /// <summary>Writes a file for <see cref="Fill"/>, if making the index of the vectors takes longer than reading it.</summary>
    public virtual void Save(string file) { }

    /// <summary>Lets go of the file. Nobody may use the column any more.</summary>
    public virtual void Close() { }

    /// <summary>Removes rows; unknown ones are skipped.</summary>
    public abstract void Remove(long[] rows);

    /// <summary>The vector of a row; null where it has none.</summary>
    public abstract float[]? Find(long row);

    /// <summary>The best rows, the best first; of equal ones the older first.</summary>
    /// <param name="query">The query.</param>
    /// <param name="count">How many.</param>
    /// <param name="passes">Which rows count; null for all.</param>
    public abstract IReadOnlyList<Match> Search(ReadOnlyMemory<float> query, int count, Func<long, bool>? passes);

    /// <summary>A column of <see cref="VectorIndex"/>.</summary>
    sealed class IndexedColumn(VectorColumnSchema schema, IndexMetric metric) : VectorColumn(schema)
    {
        const int AddedAtOnce = 65_536;

        VectorIndex _index = new(schema.Dim, new IndexOptions { Metric = metric, Kind = VectorSpace.Kind(schema.Index) });

        public override void Add(long[] rows, float[] values) => _index.Add(rows, values);

        public override void Fill(long[] rows, Func<long, float[]> vectorOf, string file)
        {
            _index = Saved(rows, vectorOf, file) ?? _index;
            foreach (long[] missing in rows.Where(row => !_index.Contains(row)).Chunk(AddedAtOnce))
                _index.Add(missing, [.. missing.SelectMany(vectorOf)]);
        }

        // Other kinds are made of the vectors as fast as they are read.
        public override void Save(string file)
        {
            if (_index.Kind != IndexKind.Graph) return;
            try
            {
                if (_index.FilePath == file) _index.Save();
                else _index.Save(file);
            }
            // Nothing is lost: the index is made of the records when the collection is opened.
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException) { }
        }

        public override void Close() => _index.Dispose();

        /// <summary>The index of a file without the rows that are gone; null where the file is of no use.</summary>
        VectorIndex? Saved(long[] rows, Func<long, float[]> vectorOf, string file)
        {
            if (!File.Exists(file)) return null;
            VectorIndex? index = null;
            try
            {
                index = VectorIndex.Open(file, verify: true);
                if (index.Dim == Schema.Dim && index.Options == _index.Options)
                {
                    long[] saved = index.Ids(), gone = [.. saved.Except(rows)];
                    var vector = new float[Schema.Dim];
                    if (saved.Except(gone).All(row => index.TryGet(row, vector) && vector.AsSpan().SequenceEqual(vectorOf(row))))
                    {
                        index.Remove(gone);
                        return index;
                    }
                }
            }
            catch (Exception damage) when (damage is InvalidDataException or IOException or UnauthorizedAccessException) { }
            index?.Dispose();
            return null;
        }

        public override void Remove(long[] rows) => _index.Remove(rows);

        public override float[]? Find(long row)
        {
            var vector = new float[Schema.Dim];
            return _index.TryGet(row, vector) ? vector : null;
        }

        public override IReadOnlyList<Match> Search(ReadOnlyMemory<float> query, int count, Func<long, bool>? passes) =>
            _index.Search(query.Span, (int)Math.Min(count, Math.Max(1, _index.Count)),
                passes is null ? null : new SearchOptions { Filter = SearchFilter.Where(passes) }).Matches;
    }

    /// <summary>A column for distances that no index knows: every row is compared.</summary>
    sealed class ScannedColumn(VectorColumnSchema schema) : VectorColumn(schema)
    {
        readonly ConcurrentDictionary<long, float[]> _vectors = new();

        public override void Add(long[] rows, float[] values)
        {
            for (int i = 0; i < rows.Length; i++)
                _vectors[rows[i]] = values.AsSpan(i * Schema.Dim, Schema.Dim).ToArray();
        }

        public override void Fill(long[] rows, Func<long, float[]> vectorOf, string file)
        {
            foreach (long row in rows) _vectors[row] = vectorOf(row);
        }

        public override void Remove(long[] rows)
        {
            foreach (long row in rows) _vectors.TryRemove(row, out _);
        }

        public override float[]? Find(long row) => _vectors.TryGetValue(row, out float[]? vector) ? (float[])vector.Clone() : null;

        public override IReadOnlyList<Match> Search(ReadOnlyMemory<float> query, int count, Func<long, bool>? passes)
        {
            var best = new TopK(Math.Min(count, Math.Max(1, _vectors.Count)));
            foreach ((long row, float[] vector) in _vectors)
                if (passes is null || passes(row)) best.Add(row, VectorSpace.Better(Schema.Distance, query.Span, vector));
            return best.Take();
        }
    }

    /// <summary>Refuses a vector that cannot be stored or searched for.</summary>
    public static void Check(string operation, ReadOnlySpan<float> vector, VectorColumnSchema schema)
    {
        Require.That(vector.Length == schema.Dim, $"{operation}: a vector of {vector.Length} values for '{schema.Name}', which has "
            + $"{schema.Dim}; give {schema.Dim}, or null in a nullable property for a record without a vector");
        for (int i = 0; i < vector.Length; i++)
            Require.That(float.IsFinite(vector[i]),
                $"{operation}: value {vector[i]} at {i} of '{schema.Name}'; vectors have finite values");
        Require.That(float.IsFinite(RowMath.Dot(vector, vector)),
            $"{operation}: the square of the vector '{schema.Name}' is larger than {float.MaxValue}; scale the vectors");
    }
}
