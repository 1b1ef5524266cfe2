using System.Buffers.Binary;
using System.Text;

namespace Rowan.Training;

/// <summary>
/// TensorBoard's event file: records of length, CRC of the length, an Event message, CRC of the message. CRCs are CRC-32C, rotated right
/// by 15 bits plus 0xa282ead8 (TFRecord); messages are protocol buffers, of which a scalar takes few fields.
/// </summary>
sealed class TensorBoardEvents
{
    // Field numbers and wire types: Event.wall_time = 1 (double), step = 2 (varint), file_version = 3, summary = 5; Summary.value = 1;
    // Value.tag = 1, simple_value = 2 (float).
    const byte WallTime = 0x09, Step = 0x10, FileVersion = 0x1a, Summary = 0x2a, Value = 0x0a, Tag = 0x0a, SimpleValue = 0x15;

    readonly Stream _into;

    public TensorBoardEvents(Stream into)
    {
        _into = into;
        using var message = new MemoryStream();
        Double(message, WallTime, 0);
        Bytes(message, FileVersion, "brain.Event:2"u8);
        Record(message.ToArray());
    }

    public void Scalar(string tag, long step, double seconds, float value)
    {
        using MemoryStream figure = new(), summary = new(), message = new();
        Bytes(figure, Tag, Encoding.UTF8.GetBytes(tag));
        figure.WriteByte(SimpleValue);
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(four, value);
        figure.Write(four);
        Bytes(summary, Value, figure.ToArray());
        Double(message, WallTime, seconds);
        message.WriteByte(Step);
        Varint(message, (ulong)step);
        Bytes(message, Summary, summary.ToArray());
        Record(message.ToArray());
    }

    void Record(byte[] message)
    {
        Span<byte> header = stackalloc byte[12], footer = stackalloc byte[4];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Masked(header[..8]));
        BinaryPrimitives.WriteUInt32LittleEndian(footer, Masked(message));
        _into.Write(header);
        _into.Write(message);
        _into.Write(footer);
    }

    static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte b in bytes) crc = System.Numerics.BitOperations.Crc32C(crc, b);
        crc = ~crc;
        return (crc >> 15 | crc << 17) + 0xa282_ead8;
    }

    static void Double(Stream into, byte field, double value)
    {
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(eight, value);
        into.WriteByte(field);
        into.Write(eight);
    }

    static void Bytes(Stream into, byte field, ReadOnlySpan<byte> bytes)
    {
        into.WriteByte(field);
        Varint(into, (ulong)bytes.Length);
        into.Write(bytes);
    }

    static void Varint(Stream into, ulong value)
    {
        for (; value >= 0x80; value >>= 7) into.WriteByte((byte)(value | 0x80));
        into.WriteByte((byte)value);
    }
}
