using Microsoft.Extensions.VectorData;
using Rowan.Retrieval;

namespace Rowan.Extensions.AI;

/// <summary>
/// The records of a collection, in memory, with their vectors and words; changes are written to a log first where there is one.
/// </summary>
/// <remarks>
/// Any number of threads may read; changes wait for each other. A batch becomes visible at once: its vectors are added under new row
/// numbers that readers skip, then the records are swapped, then the vectors of replaced records are removed. Only the swap makes
/// readers wait.
/// </remarks>
sealed class CollectionData(string name, RecordSchema schema, RecordLog? log) : IDisposable
{
    readonly ReaderWriterLockSlim _gate = new(LockRecursionPolicy.NoRecursion);
    readonly Lock _writer = new();
    readonly Dictionary<object, StoredRecord> _byKey = [];
    readonly Dictionary<long, StoredRecord> _byRow = [];

    // Rows that columns have and readers must not see: not yet, or no longer.
    readonly HashSet<long> _hidden = [];
    VectorColumn[] _vectors = [.. schema.Vectors.Select(VectorColumn.Of)];
    TextColumn?[] _texts = [.. schema.Data.Select(column => column.IsFullText ? new TextColumn() : null)];
    long _nextRow;
    bool _isGone;

    // Vectors of a log that is being replayed: indexes are made at its end, of the records that are left.
    Dictionary<long, float[]?[]>? _replayed;

    /// <summary>The name of the collection.</summary>
    public string Name { get; } = name;

    /// <summary>What the records consist of.</summary>
    public RecordSchema Schema { get; private set; } = schema;

    /// <summary>Records.</summary>
    public int Count => Read(() => _byKey.Count);

    /// <summary>The record with a key; null for none.</summary>
    public FoundRecord? Find(object key, bool withVectors) =>
        Read(() => _byKey.TryGetValue(key, out StoredRecord? record) ? Found(record, withVectors) : null);

    /// <summary>Records that pass, the oldest first.</summary>
    /// <param name="passes">Which records.</param>
    /// <param name="page">Sorts them and chooses from them.</param>
    /// <param name="withVectors">Whether their vectors are read.</param>
    public List<FoundRecord> Where(Func<StoredRecord, bool> passes, Func<IEnumerable<StoredRecord>, IEnumerable<StoredRecord>> page,
        bool withVectors) =>
        Read(() => page(_byRow.Values.Where(passes).OrderBy(record => record.Row)).Select(record => Found(record, withVectors)).ToList());

    /// <summary>The records whose vectors match a query best, the best first.</summary>
    public List<FoundRecord> Search(int column, ReadOnlyMemory<float> query, int count, Func<StoredRecord, bool>? passes,
        bool withVectors) => Read(() => Best(column, query, count, passes)
            .Select(match => Found(_byRow[match.Id], withVectors) with { Better = match.Score }).ToList());

    /// <summary>
    /// The candidates of a hybrid search: the records that match best by vector and those that match best by words, each with both
    /// scores.
    /// </summary>
    public List<FoundRecord> SearchBoth(int vector, ReadOnlyMemory<float> query, int text, IEnumerable<string> words, int candidates,
        Func<StoredRecord, bool>? passes, bool withVectors) => Read(() =>
    {
        VectorColumn column = _vectors[vector];
        Dictionary<long, float> bm25 = _texts[text]!.Score(words, passes is null ? null : row => passes(_byRow[row]));
        Dictionary<long, float> better = Best(vector, query, candidates, passes).ToDictionary(match => match.Id, match => match.Score);
        foreach (long row in bm25.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(candidates).Select(pair => pair.Key))
            if (!better.ContainsKey(row) && column.Find(row) is { } values)
                better.Add(row, VectorSpace.Better(column.Schema.Distance, query.Span, values));
        return better.OrderBy(pair => pair.Key).Select(pair => Found(_byRow[pair.Key], withVectors) with
        {
            Better = pair.Value, Bm25 = bm25.GetValueOrDefault(pair.Key),
        }).ToList();
    });

    /// <summary>Adds records, and replaces those whose key is known: all at once, or none. Of equal keys the last counts.</summary>
    /// <param name="records">Records with vectors that <see cref="VectorColumn.Check"/> accepts.</param>
    /// <param name="schema">The schema that they are in.</param>
    public void Upsert(IReadOnlyList<NewRecord> records, RecordSchema schema)
    {
        NewRecord[] last = records.Count < 2 ? [.. records] : [.. records.Reverse().DistinctBy(record => record.Key).Reverse()];
        if (last.Length == 0) return;
        Dictionary<string, int>?[][] words = [.. last.Select(record => Words(record.Data, schema))];
        lock (_writer)
        {
            CheckGone();
            // Text columns may have come since the records were made.
            if (!ReferenceEquals(schema, Schema)) words = [.. last.Select(record => Words(record.Data, Schema))];
            StoredRecord[] stored = [.. last.Select((record, i) => new StoredRecord(_nextRow + i, record.Key, record.Data))];
            log?.AppendUpserts(stored, [.. last.Select(record => record.Vectors)], Schema);
            _nextRow += stored.Length;
            Put(stored, last, words);
            CompactIfWorthwhile();
        }
    }

    /// <summary>Removes the records with these keys; unknown keys are skipped.</summary>
    public void Delete(IReadOnlyCollection<object> keys)
    {
        lock (_writer)
        {
            CheckGone();
            StoredRecord[] found = [.. keys.Distinct().Where(_byKey.ContainsKey).Select(key => _byKey[key])];
            if (found.Length == 0) return;
            log?.AppendDeletes([.. found.Select(record => record.Row)]);
            Write(() =>
            {
                foreach (StoredRecord record in found) Hide(record);
            });
            Forget(found);
            CompactIfWorthwhile();
        }
    }

    /// <summary>Takes over a schema with more columns, or text columns that are indexed from now on.</summary>
    public void Extend(RecordSchema schema)
    {
        lock (_writer)
        {
            CheckGone();
            if (schema.Same(Schema)) return;
            log?.AppendSchema(schema);
            Take(schema);
        }
    }

    /// <summary>Takes over what a log says, when it is opened.</summary>
    public void Replay(RecordSchema schema) => Take(schema);

    /// <inheritdoc cref="Replay(RecordSchema)"/>
    public void Replay(StoredRecord[] records, float[]?[][] vectors)
    {
        _nextRow = Math.Max(_nextRow, records.Max(record => record.Row) + 1);
        _replayed ??= [];
        for (int i = 0; i < records.Length; i++) _replayed.Add(records[i].Row, vectors[i]);
        GiveUp(Swap(records, [.. records.Select(record => Words(record.Data, Schema))]));
    }

    /// <inheritdoc cref="Replay(RecordSchema)"/>
    public void Replay(long[] removedRows)
    {
        StoredRecord[] found = [.. removedRows.Where(_byRow.ContainsKey).Select(row => _byRow[row])];
        foreach (StoredRecord record in found) Hide(record);
        GiveUp(found);
    }

    /// <summary>Makes the indexes of the records that a log has left, of saved ones where these fit.</summary>
    public void EndReplay()
    {
        if (_replayed is not { } vectors) return;
        for (int c = 0; c < _vectors.Length; c++)
            _vectors[c].Fill([.. vectors.Where(one => c < one.Value.Length && one.Value[c] is not null).Select(one => one.Key).Order()],
                row => vectors[row][c]!, log!.IndexPath(c));
        _replayed = null;
    }

    void GiveUp(IReadOnlyList<StoredRecord> records)
    {
        foreach (StoredRecord record in records)
        {
            _replayed!.Remove(record.Row);
            _hidden.Remove(record.Row);
        }
    }

    /// <summary>Closes the log; what comes later is refused. Indexes that take long to make are saved next to the log.</summary>
    public void Dispose() => Close(saves: true);

    /// <summary>Closes the log before its files are deleted.</summary>
    public void Discard() => Close(saves: false);

    void Close(bool saves)
    {
        lock (_writer)
        {
            if (_isGone) return;
            _isGone = true;
            if (log is null) return;
            log.Dispose();
            for (int c = 0; saves && c < _vectors.Length; c++) _vectors[c].Save(log.IndexPath(c));
            // After the readers that are at it; later ones are refused.
            Write(() => Array.ForEach(_vectors, column => column.Close()));
        }
    }

    FoundRecord Found(StoredRecord record, bool withVectors) =>
        new(record, withVectors ? Array.ConvertAll(_vectors, column => column.Find(record.Row)) : null);

    IReadOnlyList<Match> Best(int column, ReadOnlyMemory<float> query, int count, Func<StoredRecord, bool>? passes) =>
        _vectors[column].Search(query, count, passes is null
            ? _hidden.Count == 0 ? null : row => !_hidden.Contains(row)
            : row => _byRow.TryGetValue(row, out StoredRecord? record) && passes(record));

    void Put(StoredRecord[] stored, NewRecord[] records, Dictionary<string, int>?[][] words)
    {
        Write(() => _hidden.UnionWith(stored.Select(record => record.Row)));
        for (int c = 0; c < _vectors.Length; c++)
        {
            int[] with = [.. Enumerable.Range(0, records.Length)
                .Where(i => c < records[i].Vectors.Length && records[i].Vectors[c] is not null)];
            if (with.Length > 0)
                _vectors[c].Add([.. with.Select(i => stored[i].Row)], [.. with.SelectMany(i => records[i].Vectors[c]!)]);
        }
        Forget(Swap(stored, words));
    }

    /// <summary>Makes records visible in the place of those with their keys, which are returned.</summary>
    List<StoredRecord> Swap(StoredRecord[] stored, Dictionary<string, int>?[][] words)
    {
        var replaced = new List<StoredRecord>();
        Write(() =>
        {
            for (int i = 0; i < stored.Length; i++)
            {
                if (_byKey.TryGetValue(stored[i].Key, out StoredRecord? old))
                {
                    replaced.Add(old);
                    Hide(old);
                }
                _byKey[stored[i].Key] = stored[i];
                _byRow[stored[i].Row] = stored[i];
                _hidden.Remove(stored[i].Row);
                for (int t = 0; t < words[i].Length; t++)
                    if (words[i][t] is { } own) _texts[t]?.Add(stored[i].Row, own);
            }
        });
        return replaced;
    }

    /// <summary>Makes a record invisible. Only under the write lock.</summary>
    void Hide(StoredRecord record)
    {
        _byKey.Remove(record.Key);
        _byRow.Remove(record.Row);
        _hidden.Add(record.Row);
        foreach (TextColumn? text in _texts) text?.Remove(record.Row);
    }

    /// <summary>Removes the vectors of records that are hidden.</summary>
    void Forget(IReadOnlyList<StoredRecord> records)
    {
        if (records.Count == 0) return;
        long[] rows = [.. records.Select(record => record.Row)];
        foreach (VectorColumn column in _vectors) column.Remove(rows);
        Write(() => _hidden.ExceptWith(rows));
    }

    void Take(RecordSchema schema) => Write(() =>
    {
        _vectors = [.. schema.Vectors.Select((column, c) => c < _vectors.Length ? _vectors[c] : VectorColumn.Of(column))];
        _texts = [.. schema.Data.Select((column, c) =>
        {
            if (!column.IsFullText) return null;
            if (c < _texts.Length && _texts[c] is { } known) return known;
            var text = new TextColumn();
            foreach (StoredRecord record in _byRow.Values.OrderBy(record => record.Row))
                if (record.Value(c) is string value) text.Add(record.Row, TextColumn.WordsOf(value));
            return text;
        })];
        Schema = schema;
    });

    static Dictionary<string, int>?[] Words(object?[] data, RecordSchema schema) =>
        [.. data.Select((value, c) => schema.Data[c].IsFullText && value is string text ? TextColumn.WordsOf(text) : null)];

    void CompactIfWorthwhile()
    {
        if (log is null || !log.IsMostlyDead(_byKey.Count)) return;
        StoredRecord[] live = [.. _byRow.Values.OrderBy(record => record.Row)];
        try { log.Rewrite(Schema, live, record => Array.ConvertAll(_vectors, column => column.Find(record.Row))); }
        // The change itself is stored; the file stays longer than it needs to be, and is tried again with the next change.
        catch (IOException) { }
    }

    void CheckGone()
    {
        if (_isGone) throw new VectorStoreException($"Collection '{Name}' was deleted, or its store was disposed.");
    }

    T Read<T>(Func<T> read)
    {
        _gate.EnterReadLock();
        try { return read(); }
        finally { _gate.ExitReadLock(); }
    }

    void Write(Action write)
    {
        _gate.EnterWriteLock();
        try { write(); }
        finally { _gate.ExitWriteLock(); }
    }
}
