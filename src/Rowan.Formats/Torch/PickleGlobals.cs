namespace Rowan.Formats;

/// <summary>
/// The globals that a pickle may name. They are recognized by name, never looked up or run; whatever else a pickle asks for is refused.
/// </summary>
static class PickleGlobals
{
    static readonly Dictionary<string, NumberKind> DataTypes = new(StringComparer.Ordinal)
    {
        ["float32"] = NumberKind.Float32, ["float"] = NumberKind.Float32, ["float64"] = NumberKind.Float64, ["double"] = NumberKind.Float64,
        ["float16"] = NumberKind.Float16, ["half"] = NumberKind.Float16, ["bfloat16"] = NumberKind.BFloat16,
        ["int64"] = NumberKind.Int64, ["long"] = NumberKind.Int64, ["int32"] = NumberKind.Int32, ["int"] = NumberKind.Int32,
        ["int16"] = NumberKind.Int16, ["short"] = NumberKind.Int16, ["int8"] = NumberKind.Int8, ["uint8"] = NumberKind.UInt8,
        ["uint16"] = NumberKind.UInt16, ["uint32"] = NumberKind.UInt32, ["bool"] = NumberKind.Bool,
    };

    // Data types that are named in checkpoints and that no tensor here can have.
    static readonly HashSet<string> OtherDataTypes = ["uint64", "complex32", "complex64", "complex128", "cfloat", "cdouble", "qint8",
        "quint8", "qint32",
        "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"];

    /// <summary>What checkpoints hold besides tensors and a reader of tensors may skip: values, and the functions that make
    /// them.</summary>
    static readonly HashSet<string> Others =
    [
        "torch.Size", "torch.device", "torch.strided", "torch.contiguous_format", "torch.preserve_format", "torch.channels_last",
            "torch.serialization._get_layout",
        "builtins.set", "builtins.frozenset", "builtins.complex", "builtins.slice", "builtins.range", "builtins.bytearray",
            "builtins.bytes",
        "__builtin__.set", "__builtin__.frozenset", "__builtin__.complex", "__builtin__.slice", "__builtin__.xrange",
            "__builtin__.bytearray", "__builtin__.bytes",
        "_codecs.encode", "collections.deque",
        "numpy.dtype", "numpy.ndarray", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
            "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct", "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
        "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone", "decimal.Decimal",
            "fractions.Fraction", "uuid.UUID",
        "pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath",
        "pathlib._local.PosixPath", "pathlib._local.WindowsPath", "pathlib._local.PurePosixPath", "pathlib._local.PureWindowsPath",
    ];

    /// <summary>Types that are named without being called: what a defaultdict makes, the data type of a setting.</summary>
    static readonly HashSet<string> Types =
    [
        "builtins.list", "builtins.dict", "builtins.tuple", "builtins.int", "builtins.float", "builtins.str", "builtins.bool",
            "builtins.object",
        "__builtin__.list", "__builtin__.dict", "__builtin__.tuple", "__builtin__.int", "__builtin__.long", "__builtin__.float",
            "__builtin__.str", "__builtin__.unicode",
        "__builtin__.bool", "__builtin__.object",
        "numpy.float64", "numpy.float32", "numpy.float16", "numpy.int64", "numpy.int32", "numpy.int16", "numpy.int8", "numpy.uint8",
            "numpy.bool", "numpy.bool_",
    ];

    /// <summary>A <see cref="PickleCall"/>, a <see cref="NumberKind"/> for a storage type, a <see cref="PickleName"/>, or null for what is
    /// not allowed.</summary>
    public static object? Find(string module, string name) => (module, name) switch
    {
        ("collections", "OrderedDict") => PickleCall.OrderedDict,
        ("collections", "defaultdict") => PickleCall.DefaultDict,
        ("collections", "Counter") => PickleCall.Counter,
        ("argparse", "Namespace") or ("types", "SimpleNamespace") => PickleCall.Namespace,
        ("copy_reg" or "copyreg", "_reconstructor") => PickleCall.Reconstructor,
        ("torch._utils", "_rebuild_tensor_v2") => PickleCall.RebuildTensor,
        ("torch._utils", "_rebuild_tensor_v3") => PickleCall.RebuildTypedTensor,
        ("torch._utils", "_rebuild_parameter") => PickleCall.RebuildParameter,
        ("torch._utils", "_rebuild_parameter_with_state") => PickleCall.RebuildParameterWithState,
        ("torch._tensor", "_rebuild_from_type_v2") => PickleCall.RebuildFromType,
        ("torch", "Tensor") or ("torch.nn.parameter", "Parameter" or "Buffer") => PickleCall.TensorType,
        ("torch", _) when DataTypes.TryGetValue(name, out NumberKind kind) => new PickleName($"torch.{name}", false) { Kind = kind },
        ("torch", _) when OtherDataTypes.Contains(name) => new PickleName($"torch.{name}", false),
        ("torch" or "torch.storage", _) when Storage(name) is { } kind => kind,
        _ when Others.Contains($"{module}.{name}") => new PickleName($"{module}.{name}", true),
        _ when Types.Contains($"{module}.{name}") => new PickleName($"{module}.{name}", false),
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
