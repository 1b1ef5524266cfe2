using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>An encoded record.</summary>
sealed class TabularRow(TabularEncoder encoder)
{
    /// <summary>Rows of the categorical columns, then of the components of dates.</summary>
    public int[] Ids { get; } = new int[encoder.IdCount];

    /// <summary>Rows of the multi-valued columns, then of the words of texts.</summary>
    public List<int>[] Lists { get; } = [.. Enumerable.Range(0, encoder.BagCount).Select(_ => new List<int>())];

    /// <summary>Quantities, then the days of dates; NaN where one is missing.</summary>
    public float[] Numbers { get; } = new float[encoder.NumberCount];

    public float Label { get; set; }
}

/// <summary>Encoded records: in memory, or in mapped temporary files.</summary>
sealed class TabularRecords(TabularEncoder encoder, long memoryLimit) : IDisposable
{
    readonly int _idCount = encoder.IdCount, _numberCount = encoder.NumberCount;
    readonly ValueStore<int> _ids = new(memoryLimit / 3);
    readonly ValueStore<float> _numbers = new(memoryLimit / 3), _labels = new(memoryLimit / 12);
    readonly ListStore<int>[] _lists =
        [.. Enumerable.Range(0, encoder.BagCount).Select(_ => new ListStore<int>(memoryLimit / 6 / Math.Max(1, encoder.BagCount)))];

    public long Count => _labels.Count;

    public void Add(TabularRow row)
    {
        _ids.Add(row.Ids);
        _numbers.Add(row.Numbers);
        for (int i = 0; i < _lists.Length; i++) _lists[i].Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(row.Lists[i]));
        _labels.Add(row.Label);
    }

    public void Complete()
    {
        _ids.Complete();
        _numbers.Complete();
        _labels.Complete();
        foreach (ListStore<int> list in _lists) list.Complete();
    }

    public void Ids(long record, Span<int> into) => _ids.Read(record * _idCount, into);

    public void Numbers(long record, Span<float> into) => _numbers.Read(record * _numberCount, into);

    public float Label(long record) => _labels[record];

    public int[] List(int column, long record)
    {
        var list = new int[_lists[column].Length(record)];
        _lists[column].Read(record, list);
        return list;
    }

    public void Dispose()
    {
        _ids.Dispose();
        _numbers.Dispose();
        _labels.Dispose();
        foreach (ListStore<int> list in _lists) list.Dispose();
    }
}
