using System.Collections.Concurrent;
using System.Diagnostics;
using Rowan.Retrieval;

namespace Rowan.TestSupport;

/// <summary>
/// Threads that add, replace and remove rows of one index, one that saves it, and threads that search it meanwhile. The values of a row
/// follow from its id and its version, so a search can tell whether each row that it found was there, with that score, at some moment
/// between its beginning and its end; and rows that nobody changed meanwhile must be found.
/// </summary>
sealed class IndexStress(IndexKind kind, IndexMetric metric, int ids, int dim, string file)
{
    const int Writers = 3, Readers = 4;

    readonly VectorIndex _index = new(dim, new IndexOptions { Kind = kind, Metric = metric, BuildCandidates = 48 });

    // The version of each id: odd while it is in the index. The first is set before a change, the second after it.
    readonly int[] _begun = new int[ids], _done = new int[ids];
    readonly ConcurrentQueue<string> _faults = new();
    long _changes, _searches, _saves, _sought, _missed;
    volatile bool _stop;

    // Threads hold it for reading while they work; a check in between has it alone.
    readonly ReaderWriterLockSlim _work = new(LockRecursionPolicy.NoRecursion);
    long _checks, _firstBytes;

    public long Changes => _changes;

    public long Searches => _searches;

    public long Saves => _saves;

    /// <summary>How often all rows, the saved file and the recall were compared with what they must be.</summary>
    public long Checks => _checks;

    /// <summary>The share of unchanged rows that a search for themselves found.</summary>
    public double Found => _sought == 0 ? 1 : 1 - _missed / (double)_sought;

    /// <summary>Runs for a time. What was wrong, at most ten lines.</summary>
    /// <param name="time">How long threads work.</param>
    /// <param name="between">Time between checks of everything, for which the threads wait; null for one at the end.</param>
    public IReadOnlyList<string> Run(TimeSpan time, TimeSpan? between = null)
    {
        for (int id = 0; id < ids; id += 2) _begun[id] = _done[id] = 1;
        long[] first = [.. Enumerable.Range(0, ids).Where(id => id % 2 == 0).Select(id => (long)id)];
        _index.Add(first, first.SelectMany(id => RowOf(id, 1)).ToArray());
        _index.Save(file);
        Thread[] threads = [.. Enumerable.Range(0, Writers).Select(i => Started($"writer {i}", Writer(i))),
            .. Enumerable.Range(0, Readers).Select(i => Started($"reader {i}", Reader(i))), Started("saver", Save)];
        var watch = Stopwatch.StartNew();
        TimeSpan next = between ?? TimeSpan.MaxValue;
        while (watch.Elapsed < time && _faults.IsEmpty)
        {
            Thread.Sleep(20);
            if (watch.Elapsed < next) continue;
            _work.EnterWriteLock();
            try { CheckAll(); }
            finally { _work.ExitWriteLock(); }
            next = watch.Elapsed + between!.Value;
        }
        _stop = true;
        foreach (Thread thread in threads) thread.Join();
        CheckAll();
        return [.. _faults.Take(10)];
    }

    /// <summary>A thread that repeats a step until the end.</summary>
    Thread Started(string name, Action step)
    {
        var thread = new Thread(() =>
        {
            try
            {
                while (!_stop)
                {
                    _work.EnterReadLock();
                    try { step(); }
                    finally { _work.ExitReadLock(); }
                }
            }
#pragma warning disable CA1031 // Any exception is a fault of the index.
            catch (Exception e) { _faults.Enqueue($"{name}: {e}"); }
#pragma warning restore CA1031
        });
        thread.Start();
        return thread;
    }

    /// <summary>Changes rows whose ids belong to this writer.</summary>
    Action Writer(int writer)
    {
        var random = new Random(writer);
        return () =>
        {
            long[] some = [.. Enumerable.Range(0, random.Next(1, 80)).Select(_ => (long)random.Next(ids / Writers) * Writers + writer)
                .Where(id => id < ids).Distinct()];
            bool removes = random.Next(3) == 0;
            long[] known = [.. some.Where(id => _done[id] % 2 == 1)], unknown = [.. some.Where(id => _done[id] % 2 == 0)];
            long[] changed = removes ? known : random.Next(2) == 0 ? unknown : some;
            foreach (long id in changed) Volatile.Write(ref _begun[id], _done[id] + (removes || _done[id] % 2 == 0 ? 1 : 2));
            float[] rows = [.. changed.SelectMany(id => RowOf(id, _begun[id]))];
            if (removes)
            {
                long count = _index.Remove(changed);
                if (count != changed.Length) _faults.Enqueue($"{count} of {changed.Length} rows were removed");
            }
            else if (ReferenceEquals(changed, unknown)) _index.Add(changed, rows);
            else _index.Upsert(changed, rows);
            foreach (long id in changed) Volatile.Write(ref _done[id], _begun[id]);
            Interlocked.Add(ref _changes, changed.Length);
        };
    }

    Action Reader(int reader)
    {
        var random = new Random(100 + reader);
        var before = new int[ids];
        return () =>
        {
            for (int id = 0; id < ids; id++) before[id] = Volatile.Read(ref _done[id]);
            int sought = random.Next(ids);
            float[] query = RowOf(sought, before[sought] | 1);
            var options = new SearchOptions
            {
                Exact = random.Next(4) == 0,
                Filter = random.Next(4) == 0 ? SearchFilter.Where(id => id % 4 == sought % 4) : null,
            };
            SearchResult found = random.Next(4) == 0 ? _index.SearchMany([.. query, .. query], 10, options)[1]
                : _index.Search(query, 10, options);
            Interlocked.Increment(ref _searches);
            Check(found, query, before, options, sought);
            // Without a rest, readers on few cores leave writers little time.
            Thread.Sleep(random.Next(2));
        };
    }

    void Check(SearchResult found, float[] query, int[] before, SearchOptions options, int sought)
    {
        foreach (Match match in found.Matches)
        {
            if (options.Filter is { } filter && !filter.Passes(match.Id)) _faults.Enqueue($"row {match.Id} does not pass the filter");
            int from = before[match.Id], to = Volatile.Read(ref _begun[match.Id]);
            bool wasThere = false;
            for (int version = from | 1; version <= to; version += 2)
                wasThere |= Math.Abs(ScoreOf(query, RowOf(match.Id, version)) - match.Score) <= 1e-4;
            if (!wasThere) _faults.Enqueue($"row {match.Id} with score {match.Score} was not there in versions {from} to {to}");
        }
        bool isStable = before[sought] % 2 == 1 && Volatile.Read(ref _begun[sought]) == before[sought];
        if (!isStable) return;
        Interlocked.Increment(ref _sought);
        if (found.Matches.Any(match => match.Id == sought)) return;
        Interlocked.Increment(ref _missed);
        if (found.IsExact) _faults.Enqueue($"row {sought}, which nobody changed, was not found by an exact search");
    }

    void Save()
    {
        _index.Save();
        _saves++;
        Thread.Sleep(200);
    }

    /// <summary>
    /// Compares every row, in memory and in the file, and answers with exact ones; memory must not grow with the number of changes.
    /// </summary>
    void CheckAll()
    {
        _checks++;
        var row = new float[dim];
        foreach (bool reopened in (bool[])[false, true])
        {
            if (reopened) _index.Save();
            using VectorIndex? opened = reopened ? VectorIndex.Open(file, verify: true) : null;
            VectorIndex index = opened ?? _index;
            for (int id = 0; id < ids; id++)
            {
                bool isThere = index.TryGet(id, row);
                if (isThere != (_done[id] % 2 == 1))
                    _faults.Enqueue($"reopened {reopened}: row {id} is there: {isThere}, version {_done[id]}");
                else if (isThere && !row.AsSpan().SequenceEqual(RowOf(id, _done[id]))) _faults.Enqueue($"row {id} has other values");
            }
            if (index.Count != _done.Count(version => version % 2 == 1)) _faults.Enqueue($"{index.Count} rows are counted");
            double recall = index.MeasureRecall([.. Enumerable.Range(0, 100).SelectMany(id => RowOf(id * 7 % ids, 1))]).Recall;
            if (recall < 0.95) _faults.Enqueue($"reopened {reopened}: the recall is {recall}");
        }
        if (_firstBytes == 0) _firstBytes = _index.MemoryBytes;
        if (_index.MemoryBytes > 3 * _firstBytes) _faults.Enqueue($"{_index.MemoryBytes} bytes of memory, {_firstBytes} at first");
        if (Found < 0.99) _faults.Enqueue($"{Found:0.0000} of the unchanged rows were found");
    }

    double ScoreOf(float[] q, float[] r)
    {
        double dot = 0, qq = 0, rr = 0, distance = 0;
        for (int i = 0; i < dim; i++)
        {
            dot += (double)q[i] * r[i];
            qq += (double)q[i] * q[i];
            rr += (double)r[i] * r[i];
            distance += Math.Pow((double)q[i] - r[i], 2);
        }
        return metric switch
        {
            IndexMetric.Cosine => dot / Math.Sqrt(qq * rr),
            IndexMetric.DotProduct => dot,
            _ => -Math.Sqrt(distance),
        };
    }

    /// <summary>A direction by the id, of a length near 1, turned a little by the version.</summary>
    float[] RowOf(long id, int version)
    {
        var row = new float[dim];
        ulong state = (ulong)id * 0x9E3779B97F4A7C15 + 1, turn = (ulong)version * 0xD1B54A32D192ED03 + state;
        double squares = 0;
        for (int i = 0; i < dim; i++)
        {
            double value = Next(ref state) + 0.2 * Next(ref turn);
            row[i] = (float)value;
            squares += value * value;
        }
        float scale = (float)(1 / Math.Sqrt(squares));
        for (int i = 0; i < dim; i++) row[i] *= scale;
        return row;
    }

    static double Next(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong hash = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return ((hash ^ (hash >> 31)) >> 11) / (double)(1L << 52) - 1;
    }
}
