using System.Runtime.InteropServices;
using System.Text;

namespace Rowan.Onnx.Tests;

/// <summary>Writes small ONNX files by hand, so that no test needs a download or the exporter.</summary>
static class OnnxWriter
{
    public const int Float = 1, Int64 = 7;

    /// <summary>A model file of one graph.</summary>
    public static byte[] Model(byte[][] nodes, byte[][] initializers, byte[][] inputs, byte[][] outputs)
    {
        byte[] graph =
        [
            .. nodes.SelectMany(node => Bytes(1, node)), .. Text(2, "test"), .. initializers.SelectMany(tensor => Bytes(5, tensor)),
            .. inputs.SelectMany(input => Bytes(11, input)), .. outputs.SelectMany(output => Bytes(12, output)),
        ];
        byte[] opset = [.. Text(1, ""), .. Number(2, 17)];
        return [.. Number(1, 8), .. Bytes(7, graph), .. Bytes(8, opset)];
    }

    /// <summary>An operation.</summary>
    public static byte[] Node(string operation, string[] inputs, string output, params byte[][] attributes) =>
    [
        .. inputs.SelectMany(input => Text(1, input)), .. Text(2, output), .. Text(4, operation),
        .. attributes.SelectMany(attribute => Bytes(5, attribute)),
    ];

    /// <summary>An integer attribute.</summary>
    public static byte[] Attribute(string name, long value) => [.. Text(1, name), .. Number(3, (ulong)value), .. Number(20, 2)];

    /// <summary>An attribute of several integers.</summary>
    public static byte[] Attribute(string name, long[] values) =>
        [.. Text(1, name), .. values.SelectMany(value => Number(8, (ulong)value)), .. Number(20, 7)];

    /// <summary>A constant of integers.</summary>
    public static byte[] Tensor(string name, long[] shape, long[] values) =>
    [
        .. shape.SelectMany(size => Number(1, (ulong)size)), .. Number(2, Int64), .. Text(8, name),
        .. Bytes(9, MemoryMarshal.AsBytes(values.AsSpan()).ToArray()),
    ];

    /// <summary>A constant of floats.</summary>
    public static byte[] Tensor(string name, long[] shape, float[] values) =>
    [
        .. shape.SelectMany(size => Number(1, (ulong)size)), .. Number(2, Float), .. Text(8, name),
        .. Bytes(9, MemoryMarshal.AsBytes(values.AsSpan()).ToArray()),
    ];

    /// <summary>An input or output; a size that is text is a dynamic one.</summary>
    public static byte[] Value(string name, int type, params object[] shape)
    {
        byte[] sizes =
        [
            .. shape.SelectMany(size => Bytes(1, size is string dynamic ? Text(2, dynamic) : Number(1, (ulong)(int)size))),
        ];
        byte[] tensor = [.. Number(1, (ulong)type), .. Bytes(2, sizes)];
        return [.. Text(1, name), .. Bytes(2, Bytes(1, tensor))];
    }

    static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    static byte[] Bytes(int field, byte[] bytes) => [.. Varint((ulong)field << 3 | 2), .. Varint((ulong)bytes.Length), .. bytes];

    static byte[] Number(int field, ulong value) => [.. Varint((ulong)field << 3), .. Varint(value)];

    static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
