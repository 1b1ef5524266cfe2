using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Rowan.Extensions.AI;

/// <summary>How many values a property has.</summary>
enum DataShape : byte
{
    /// <summary>One, or null.</summary>
    Single,

    /// <summary>An array.</summary>
    Array,

    /// <summary>A <see cref="List{T}"/>.</summary>
    List,
}

/// <summary>A type that a property of a record may have: how its values are copied, written and read.</summary>
abstract class DataType
{
    static readonly DataType[] All =
    [
        .. Of<bool>(1, "bool", static (w, v) => w.Write(v), static r => r.ReadBoolean()),
        .. Of<byte>(2, "byte", static (w, v) => w.Write(v), static r => r.ReadByte()),
        .. Of<short>(3, "short", static (w, v) => w.Write(v), static r => r.ReadInt16()),
        .. Of<int>(4, "int", static (w, v) => w.Write(v), static r => r.ReadInt32()),
        .. Of<long>(5, "long", static (w, v) => w.Write(v), static r => r.ReadInt64()),
        .. Of<float>(6, "float", static (w, v) => w.Write(v), static r => r.ReadSingle()),
        .. Of<double>(7, "double", static (w, v) => w.Write(v), static r => r.ReadDouble()),
        .. Of<decimal>(8, "decimal", static (w, v) => w.Write(v), static r => r.ReadDecimal()),
        .. Of<Guid>(9, "Guid", static (w, v) => w.Write(v.ToByteArray()), static r => new Guid(r.ReadBytes(16))),
        .. Of<DateTime>(10, "DateTime", static (w, v) => { w.Write(v.Ticks); w.Write((byte)v.Kind); },
            static r => new DateTime(r.ReadInt64(), (DateTimeKind)r.ReadByte())),
        .. Of<DateTimeOffset>(11, "DateTimeOffset", static (w, v) => { w.Write(v.Ticks); w.Write((short)v.TotalOffsetMinutes); },
            static r => new DateTimeOffset(r.ReadInt64(), TimeSpan.FromMinutes(r.ReadInt16()))),
        .. Of<DateOnly>(12, "DateOnly", static (w, v) => w.Write(v.DayNumber), static r => DateOnly.FromDayNumber(r.ReadInt32())),
        .. Of<TimeOnly>(13, "TimeOnly", static (w, v) => w.Write(v.Ticks), static r => new TimeOnly(r.ReadInt64())),
        .. Of<uint>(15, "uint", static (w, v) => w.Write(v), static r => r.ReadUInt32()),
        .. Of<ulong>(16, "ulong", static (w, v) => w.Write(v), static r => r.ReadUInt64()),
        .. OfText(),
    ];

    static readonly FrozenDictionary<Type, DataType> ByType = All.ToFrozenDictionary(type => type.Type);
    static readonly FrozenDictionary<(byte, DataShape), DataType> ByCode = All.ToFrozenDictionary(type => (type.Code, type.Shape));
    static readonly Type[] KeyTypes = [typeof(string), typeof(Guid), typeof(int), typeof(long), typeof(uint), typeof(ulong)];

    DataType(byte code, string name, DataShape shape, Type type) => (Code, Name, Shape, Type) = (code, name, shape, type);

    /// <summary>The number of the element type in files.</summary>
    public byte Code { get; }

    /// <summary>Its name in C#.</summary>
    public string Name { get; }

    /// <summary>One value or several.</summary>
    public DataShape Shape { get; }

    /// <summary>The type without its nullable form.</summary>
    public Type Type { get; }

    /// <summary>What data properties may be, in words.</summary>
    public static string Supported { get; } = string.Join(", ", All.Where(type => type.Shape == DataShape.Single).Select(type => type.Name))
        + ", their nullable forms, and arrays and List<T> of them";

    /// <summary>What keys may be, in words.</summary>
    public static string SupportedKeys { get; } = string.Join(", ", KeyTypes.Select(type => ByType[type].Name));

    /// <summary>The type of a property; null where it is none that can be stored.</summary>
    public static DataType? Find(Type type) => ByType.GetValueOrDefault(Nullable.GetUnderlyingType(type) ?? type);

    /// <summary>The type of a key; null where it is none.</summary>
    public static DataType? FindKey(Type type) => KeyTypes.Contains(type) ? ByType[type] : null;

    /// <summary>The type with a number in a file; null for an unknown one.</summary>
    public static DataType? Find(byte code, DataShape shape) => ByCode.GetValueOrDefault((code, shape));

    /// <summary>The default of the type without its nullable form; null for texts, arrays and lists.</summary>
    public virtual object? Default => null;

    /// <summary>A copy that later changes of the original do not reach.</summary>
    public abstract object Copy(object value);

    /// <summary>Writes a value.</summary>
    public abstract void Write(BinaryWriter writer, object value);

    /// <summary>Reads a value.</summary>
    public abstract object Read(BinaryReader reader);

    static DataType[] Of<T>(byte code, string name, Action<BinaryWriter, T> write, Func<BinaryReader, T> read) where T : struct =>
    [
        new SingleType<T>(code, name, write, read), new ArrayType<T>(code, name + "[]", write, read),
        new ListType<T>(code, $"List<{name}>", write, read),
        // Elements that may be null have a code of their own.
        new ArrayType<T?>((byte)(code + 32), name + "?[]", OrNull(write), OrNull(read)),
        new ListType<T?>((byte)(code + 32), $"List<{name}?>", OrNull(write), OrNull(read)),
    ];

    static DataType[] OfText()
    {
        Action<BinaryWriter, string> write = static (w, v) => w.Write(v);
        Func<BinaryReader, string> read = static r => r.ReadString();
        Action<BinaryWriter, string?> writeNull = (w, v) =>
        {
            w.Write(v is not null);
            if (v is not null) w.Write(v);
        };
        Func<BinaryReader, string?> readNull = static r => r.ReadBoolean() ? r.ReadString() : null;
        return [new SingleType<string>(14, "string", write, read), new ArrayType<string?>(14, "string[]", writeNull, readNull),
            new ListType<string?>(14, "List<string>", writeNull, readNull)];
    }

    static Action<BinaryWriter, T?> OrNull<T>(Action<BinaryWriter, T> write) where T : struct => (w, v) =>
    {
        w.Write(v.HasValue);
        if (v.HasValue) write(w, v.Value);
    };

    static Func<BinaryReader, T?> OrNull<T>(Func<BinaryReader, T> read) where T : struct => r => r.ReadBoolean() ? read(r) : null;

    sealed class SingleType<T>(byte code, string name, Action<BinaryWriter, T> write, Func<BinaryReader, T> read)
        : DataType(code, name, DataShape.Single, typeof(T)) where T : notnull
    {
        public override object? Default => default(T);

        public override object Copy(object value) => value;

        public override void Write(BinaryWriter writer, object value) => write(writer, (T)value);

        public override object Read(BinaryReader reader) => read(reader);
    }

    sealed class ArrayType<T>(byte code, string name, Action<BinaryWriter, T> write, Func<BinaryReader, T> read)
        : DataType(code, name, DataShape.Array, typeof(T[]))
    {
        public override object Copy(object value) => ((T[])value).Clone();

        public override void Write(BinaryWriter writer, object value) => WriteAll(writer, (T[])value, write);

        public override object Read(BinaryReader reader) => ReadAll(reader, read);
    }

    sealed class ListType<T>(byte code, string name, Action<BinaryWriter, T> write, Func<BinaryReader, T> read)
        : DataType(code, name, DataShape.List, typeof(List<T>))
    {
        public override object Copy(object value) => new List<T>((List<T>)value);

        public override void Write(BinaryWriter writer, object value) => WriteAll(writer, (List<T>)value, write);

        public override object Read(BinaryReader reader) => new List<T>(ReadAll(reader, read));
    }

    static void WriteAll<T>(BinaryWriter writer, IReadOnlyCollection<T> values, Action<BinaryWriter, T> write)
    {
        writer.Write(values.Count);
        foreach (T value in values) write(writer, value);
    }

    [SuppressMessage("Performance", "CA1859", Justification = "Both shapes take it.")]
    static T[] ReadAll<T>(BinaryReader reader, Func<BinaryReader, T> read)
    {
        // The checksum of the file was compared before, so the count is what was written.
        var values = new T[reader.ReadInt32()];
        for (int i = 0; i < values.Length; i++) values[i] = read(reader);
        return values;
    }
}
