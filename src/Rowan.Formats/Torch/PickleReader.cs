using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// Reads a pickle of containers, numbers, text and tensors. A pickle is a program for a stack machine that may call anything; this
/// machine knows the instructions that checkpoints consist of and the globals of <see cref="PickleGlobals"/>, and runs nothing. See
/// <see href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">pickletools</see> for the instructions, protocols 2 to 5.
/// </summary>
/// <param name="pickle">All of it. Nothing that is made exceeds a small multiple of its length: every instruction makes at most one
/// object.</param>
/// <param name="where">File and entry, as messages begin.</param>
/// <param name="storage">The storage of a key, a number type and a count of numbers; it checks all three.</param>
sealed partial class PickleReader(byte[] pickle, string where, Func<string, NumberKind, long, TorchStorage> storage)
{
    readonly List<object?> _stack = [];
    readonly List<int> _marks = [];
    readonly Dictionary<long, object?> _memo = [];
    int _at;

    /// <summary>Bytes read so far: where the next pickle of a file begins.</summary>
    public int Position => _at;

    /// <summary>Whether reading failed because the bytes ended, so that it may succeed with more of them.</summary>
    public bool NeedsMore { get; private set; }

    /// <summary>The object that the pickle describes.</summary>
    /// <exception cref="InvalidDataException">The pickle is damaged, or holds or asks for what a state dict does not consist
    /// of.</exception>
    public object? Read()
    {
        while (true)
        {
            int place = _at;
            byte code = Next();
            if (code == (byte)'.') return _stack.Count == 1 && _marks.Count == 0
                ? _stack[0] : throw Bad(place, "the end comes with an unfinished object");
            Run(code, place);
        }
    }

    void Run(byte code, int place)
    {
        switch (code)
        {
            case 0x80: Require.Data(Next() is >= 2 and <= 5,
                $"{where}: offset {place}: pickle protocol {pickle[_at - 1]}; 2 to 5 can be read"); break;
            case 0x95: Bytes(8); break;                                         // FRAME: its length only helps to read ahead
            case (byte)'(': _marks.Add(_stack.Count); break;
            case (byte)'N': _stack.Add(null); break;
            case 0x88: _stack.Add(true); break;
            case 0x89: _stack.Add(false); break;
            case (byte)'K': _stack.Add((long)Next()); break;
            case (byte)'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
            case (byte)'J': _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
            case 0x8A: _stack.Add(Long(Bytes(Next()))); break;
            case 0x8B: _stack.Add(Long(Bytes(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))))); break;
            case (byte)'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case (byte)'U' or 0x8C: _stack.Add(Text(Next(), place)); break;
            case (byte)'X' or (byte)'T': _stack.Add(Text(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)), place)); break;
            case 0x8D: _stack.Add(Text(BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8)), place)); break;
            case (byte)'C': Skip(Next()); break;                                // bytes: no array of a state dict
            case (byte)'B': Skip(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))); break;
            case 0x8E or 0x96: Skip(BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8))); break;
            case 0x8F: _stack.Add(new PickleOther("set")); break;
            case 0x90: RefuseTensors(PopToMark(place), "set", place); Top<PickleOther>(place); break;
            case 0x91:
                RefuseTensors(PopToMark(place), "frozenset", place);
                _stack.Add(new PickleOther("frozenset"));
                break;
            case (byte)')': _stack.Add(new PickleTuple([])); break;
            case 0x85 or 0x86 or 0x87: _stack.Add(new PickleTuple(Pop(code - 0x84, place))); break;
            case (byte)'t': _stack.Add(new PickleTuple(PopToMark(place))); break;
            case (byte)']': _stack.Add(new PickleList()); break;
            case (byte)'a': Append(Pop(1, place), place); break;
            case (byte)'e': Append(PopToMark(place), place); break;
            case (byte)'}': _stack.Add(new PickleDict()); break;
            case (byte)'s': SetItems(Pop(2, place), place); break;
            case (byte)'u': SetItems(PopToMark(place), place); break;
            case (byte)'q': _memo[Next()] = Top<object>(place); break;
            case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))] = Top<object>(place); break;
            case 0x94: _memo[_memo.Count] = Top<object>(place); break;
            case (byte)'h': _stack.Add(Recall(Next(), place)); break;
            case (byte)'j': _stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)), place)); break;
            case (byte)'c': _stack.Add(Global(Line(place), Line(place), place)); break;
            case 0x93:
                object?[] names = Pop(2, place);
                _stack.Add(Global(names[0] as string ?? "", names[1] as string ?? "", place));
                break;
            case (byte)'Q': _stack.Add(Storage(Pop(1, place)[0], place)); break;
            case (byte)'R' or 0x81:                                             // REDUCE, NEWOBJ: either makes an object of arguments
                object?[] call = Pop(2, place);
                _stack.Add(Call(call[0], call[1], place));
                break;
            case (byte)'b':
                object? state = Pop(1, place)[0];
                Build(Top<object>(place), state, place);
                break;
            default: throw Bad(place, $"instruction 0x{code:x2}, which state dicts do not contain");
        }
    }

    void Append(object?[] items, int place)
    {
        if (Top<object>(place) is PickleOther other) RefuseTensors(items, other.Name, place);
        else Top<PickleList>(place).Items.AddRange(items);
    }

    void SetItems(object?[] pairs, int place)
    {
        Require.Data(pairs.Length % 2 == 0, $"{where}: offset {place}: a key without a value; {ByteSource.Remedy}");
        if (Top<object>(place) is PickleOther other)
        {
            RefuseTensors(pairs, other.Name, place);
            return;
        }
        List<(object?, object?)> items = Top<PickleDict>(place).Items;
        for (int i = 0; i < pairs.Length; i += 2) items.Add((pairs[i], pairs[i + 1]));
    }

    object? Recall(long index, int place) => _memo.TryGetValue(index, out object? value)
        ? value : throw Bad(place, $"memo {index} was never set");

    // Objects below the last mark belong to an unfinished container: an instruction may not reach for them.
    object?[] Pop(int count, int place)
    {
        Require.Data(_stack.Count - count >= (_marks.Count > 0 ? _marks[^1] : 0),
            $"{where}: offset {place}: an instruction lacks operands; {ByteSource.Remedy}");
        return Take(_stack.Count - count);
    }

    object?[] PopToMark(int place)
    {
        Require.Data(_marks.Count > 0, $"{where}: offset {place}: an instruction lacks its mark; {ByteSource.Remedy}");
        int from = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return Take(from);
    }

    object?[] Take(int from)
    {
        object?[] taken = [.. _stack[from..]];
        _stack.RemoveRange(from, taken.Length);
        return taken;
    }

    T Top<T>(int place) where T : class
    {
        Require.Data(_stack.Count > (_marks.Count > 0 ? _marks[^1] : 0),
            $"{where}: offset {place}: an instruction lacks operands; {ByteSource.Remedy}");
        return _stack[^1] as T ?? throw Bad(place, $"an instruction finds no {typeof(T).Name} to work on");
    }

    /// <summary>A whole number; one of more than 64 bits, such as a seed, is skipped.</summary>
    static object Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long)) return new PickleOther($"whole number of {bytes.Length} bytes");
        long value = bytes.Length > 0 && (sbyte)bytes[^1] < 0 ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }

    void Skip(ulong count)
    {
        Bytes(count);
        _stack.Add(new PickleOther("bytes"));
    }

    string Text(ulong length, int place)
    {
        var bytes = Bytes(length);
        Require.Data(Utf8.IsValid(bytes), $"{where}: offset {place}: text that is not UTF-8; {ByteSource.Remedy}");
        return Encoding.UTF8.GetString(bytes);
    }

    string Line(int place)
    {
        int length = pickle.AsSpan(_at).IndexOf((byte)'\n');
        NeedsMore |= length < 0;
        Require.Data(length >= 0, $"{where}: offset {place}: a name without its end; {ByteSource.Remedy}");
        string line = Text((ulong)length, place);
        _at++;
        return line;
    }

    byte Next() => Bytes(1)[0];

    ReadOnlySpan<byte> Bytes(ulong count)
    {
        NeedsMore |= count > (ulong)(pickle.Length - _at);
        Require.Data(count <= (ulong)(pickle.Length - _at),
            $"{where}: offset {_at}: {count} bytes are needed, {pickle.Length - _at} are left; {ByteSource.Remedy}");
        _at += (int)count;
        return pickle.AsSpan(_at - (int)count, (int)count);
    }

    static string Short(string name) => name.Length <= 100 ? name : name[..100] + "…";

    InvalidDataException Bad(int place, string what) => new($"{where}: offset {place}: {what}; {ByteSource.Remedy}");
}
