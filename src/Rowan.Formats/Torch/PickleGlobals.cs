namespace Rowan.Formats;

/// <summary>The globals that a state dict may name; whatever else a pickle asks for is refused.</summary>
static class PickleGlobals
{
    /// <summary>A <see cref="PickleCall"/>, a <see cref="NumberKind"/> for a storage type, or null for what is not allowed.</summary>
    public static object? Find(string module, string name) => module switch
    {
        "collections" when name == "OrderedDict" => PickleCall.OrderedDict,
        "torch._utils" when name == "_rebuild_tensor_v2" => PickleCall.RebuildTensor,
        "torch._utils" when name == "_rebuild_parameter" => PickleCall.RebuildParameter,
        "torch" or "torch.storage" => Storage(name),
        _ => null,
    };

    static object? Storage(string name) => name switch
    {
        "FloatStorage" => NumberKind.Float32,
        "DoubleStorage" => NumberKind.Float64,
        "HalfStorage" => NumberKind.Float16,
        "BFloat16Storage" => NumberKind.BFloat16,
        "LongStorage" => NumberKind.Int64,
        "IntStorage" => NumberKind.Int32,
        "ShortStorage" => NumberKind.Int16,
        "CharStorage" => NumberKind.Int8,
        // Of an untyped storage, torch counts bytes.
        "ByteStorage" or "UntypedStorage" => NumberKind.UInt8,
        "BoolStorage" => NumberKind.Bool,
        _ => null,
    };
}
