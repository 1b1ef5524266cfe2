namespace Rowan.Formats;

/// <summary>A dict or an OrderedDict, in the order of its items. Numbers, text, true, false and None are themselves.</summary>
sealed class PickleDict
{
    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>A list.</summary>
sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A tuple.</summary>
sealed record PickleTuple(object?[] Items);

/// <summary>What a pickle may call: it is recognized by name, never looked up or run.</summary>
enum PickleCall
{
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
}

/// <summary>The numbers of an entry data/‹key›, as a tensor refers to them.</summary>
sealed record TorchStorage(ByteSource Bytes, NumberKind Kind, bool BigEndian);

/// <summary>A tensor, its sizes and strides checked against its storage.</summary>
sealed record TorchTensor(StoredArray Array);
