namespace Rowan.Formats;

/// <summary>A dict or one of its kin, in the order of its items. Numbers, text, true, false and None are themselves.</summary>
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

/// <summary>A function or a type that is known and not needed: its result is skipped.</summary>
/// <param name="Name">"torch.Size".</param>
/// <param name="MayBeCalled">Whether it makes values, or is only named.</param>
sealed record PickleName(string Name, bool MayBeCalled)
{
    /// <summary>The numbers of a data type; null of anything else.</summary>
    public NumberKind? Kind { get; init; }
}

/// <summary>A value that is not read: a set, a path, a numpy scalar.</summary>
/// <param name="Name">What made it.</param>
sealed record PickleOther(string Name);

/// <summary>What a pickle may call and is understood: it is recognized by name, never looked up or run.</summary>
enum PickleCall
{
    OrderedDict,
    DefaultDict,
    Counter,
    Namespace,
    Reconstructor,
    RebuildTensor,
    RebuildTypedTensor,
    RebuildParameter,
    RebuildParameterWithState,
    RebuildFromType,
    TensorType,
}

/// <summary>The numbers of a storage, as a tensor refers to them.</summary>
sealed record TorchStorage(ByteSource Bytes, NumberKind Kind, bool BigEndian);

/// <summary>A tensor, its sizes and strides checked against its storage.</summary>
sealed record TorchTensor(StoredArray Array);
