using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Rowan.Formats;

/// <summary>Writes the pickle, protocol 2, of an OrderedDict of tensors, in the instructions that PyTorch writes.</summary>
sealed class PickleWriter
{
    static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>Entry i refers to the storage data/i.</summary>
    /// <exception cref="ArgumentException">A name is no Unicode.</exception>
    public static byte[] Write(StateDict state)
    {
        var writer = new PickleWriter();
        writer.Put([0x80, 2]).Global("collections", "OrderedDict").Put(")R("u8);
        long key = 0;
        foreach (StateEntry entry in state) writer.Text(entry.Name).Tensor(entry, key++);
        writer.Put("u."u8);
        return writer._bytes.WrittenSpan.ToArray();
    }

    // _rebuild_tensor_v2(storage, 0, sizes, strides, requires_grad False, no hooks)
    void Tensor(StateEntry entry, long key)
    {
        long[] sizes = [.. entry.Sizes];
        Global("torch._utils", "_rebuild_tensor_v2").Put("(("u8)
            .Text("storage").Global("torch", entry.IsInteger ? "LongStorage" : "FloatStorage").Text($"{key}").Text("cpu")
                .Number(entry.Count).Put("tQ"u8)
            .Number(0).Numbers(sizes).Numbers(StoredArray.RowMajor(sizes)).Put([0x89])
            .Global("collections", "OrderedDict").Put(")RtR"u8);
    }

    PickleWriter Put(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    PickleWriter Global(string module, string name) => Put("c"u8).Put(Utf8.GetBytes($"{module}\n{name}\n"));

    PickleWriter Text(string text)
    {
        byte[] bytes = Utf8.GetBytes(text);
        BinaryPrimitives.WriteInt32LittleEndian(Put("X"u8)._bytes.GetSpan(4), bytes.Length);
        _bytes.Advance(4);
        return Put(bytes);
    }

    PickleWriter Number(long value)
    {
        if (value is >= 0 and <= byte.MaxValue) return Put([(byte)'K', (byte)value]);
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(eight, value);
        return value is >= int.MinValue and <= int.MaxValue ? Put("J"u8).Put(eight[..4]) : Put([0x8A, 8]).Put(eight);
    }

    PickleWriter Numbers(long[] values)
    {
        Put("("u8);
        foreach (long value in values) Number(value);
        return Put("t"u8);
    }
}
