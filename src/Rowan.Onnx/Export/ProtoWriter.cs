using System.Buffers.Binary;
using System.Text;

namespace Rowan.Onnx;

/// <summary>One protobuf message under construction: fields in the wire format, a nested message as the bytes of another writer.</summary>
sealed class ProtoWriter
{
    const int Varints = 0, Delimited = 2, Fixed32 = 5;

    readonly MemoryStream _bytes = new();

    /// <summary>Bytes so far.</summary>
    public long Length => _bytes.Length;

    /// <summary>The message.</summary>
    public ReadOnlySpan<byte> Written => _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);

    /// <summary>An integer, an enumeration or a boolean.</summary>
    public ProtoWriter Int(int field, long value)
    {
        Tag(field, Varints);
        Varint((ulong)value);
        return this;
    }

    /// <summary>Integers in one field, packed.</summary>
    public ProtoWriter Ints(int field, ReadOnlySpan<long> values)
    {
        var packed = new ProtoWriter();
        foreach (long value in values) packed.Varint((ulong)value);
        return Message(field, packed);
    }

    /// <summary>A float of 32 bits.</summary>
    public ProtoWriter Float(int field, float value)
    {
        Tag(field, Fixed32);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Text in UTF-8.</summary>
    public ProtoWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Bytes, or a message that is written already.</summary>
    public ProtoWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        Header(field, value.Length);
        _bytes.Write(value);
        return this;
    }

    /// <summary>A nested message.</summary>
    public ProtoWriter Message(int field, ProtoWriter value) => Bytes(field, value.Written);

    /// <summary>The start of a field of a length; its bytes follow from elsewhere.</summary>
    public ProtoWriter Header(int field, long length)
    {
        Tag(field, Delimited);
        Varint((ulong)length);
        return this;
    }

    /// <summary>Fields that another writer has written.</summary>
    public ProtoWriter Append(ProtoWriter fields)
    {
        _bytes.Write(fields.Written);
        return this;
    }

    void Tag(int field, int wire) => Varint((ulong)((field << 3) | wire));

    void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }
        _bytes.WriteByte((byte)value);
    }
}
