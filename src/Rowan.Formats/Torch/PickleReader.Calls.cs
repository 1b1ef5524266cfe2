using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>What the functions that a pickle calls would make.</summary>
sealed partial class PickleReader
{
    // Bounds the search for tensors in skipped objects, since a container may be referenced, and searched, many times. A pickle that
    // exceeds it is refused.
    long _looks = 32L * pickle.Length + 4096;

    object Global(string module, string name, int place) => PickleGlobals.Find(module, name) ?? throw new InvalidDataException(
        $"{where}: offset {place}: asks for {Short($"{module}.{name}")}, which is not on the list of what a state dict may contain; "
            + $"nothing was run");

    object Call(object? callee, object? arguments, int place)
    {
        object?[]? given = (arguments as PickleTuple)?.Items;
        switch (callee, given)
        {
            case (PickleCall.OrderedDict, []): return new PickleDict();
            case (PickleCall.OrderedDict, [PickleList pairs]): return Pairs(pairs, place);
            // The argument is what a key that is not there gets.
            case (PickleCall.DefaultDict, { Length: <= 1 }): return new PickleDict();
            case (PickleCall.Counter, []): return new PickleDict();
            case (PickleCall.Counter, [PickleDict counts]): return counts;
            // Its attributes come after.
            case (PickleCall.Namespace, []): return new PickleDict();
            case (PickleCall.Reconstructor, [PickleCall.Namespace, ..]): return new PickleDict();
            case (PickleCall.Reconstructor, [PickleName { MayBeCalled: true } type, .. var rest]):
                RefuseTensors(rest, type.Name, place);
                return new PickleOther(type.Name);
            // storage, offset, sizes, strides, requires_grad, hooks and, later, metadata
            case (PickleCall.RebuildTensor, [TorchStorage held, long offset, PickleTuple sizes, PickleTuple strides, bool,
                PickleDict or null, .. { Length: <= 1 } metadata]):
                RefuseMetadata(metadata, place);
                return Tensor(held, offset, Numbers(sizes, place), Numbers(strides, place), place);
            // The same with the type of the numbers, which the storage does not tell.
            case (PickleCall.RebuildTypedTensor, [TorchStorage held, long offset, PickleTuple sizes, PickleTuple strides, bool,
                PickleDict or null, PickleName type, .. { Length: <= 1 } metadata]):
                RefuseMetadata(metadata, place);
                NumberKind kind = type.Kind ?? throw new NotSupportedException($"{where}: offset {place}: a tensor of type {type.Name}, "
                    + $"which cannot be read here; save it as another type");
                return Tensor(held with { Kind = kind }, offset, Numbers(sizes, place), Numbers(strides, place), place);
            case (PickleCall.RebuildParameter, [TorchTensor tensor, bool, _]): return tensor;
            // The last are attributes that somebody set on the parameter.
            case (PickleCall.RebuildParameterWithState, [TorchTensor tensor, bool, _, _]): return tensor;
            case (PickleCall.RebuildFromType, [PickleCall rebuild, PickleCall.TensorType, PickleTuple inner, _])
                when rebuild != PickleCall.RebuildFromType: return Call(rebuild, inner, place);
            case (PickleName { MayBeCalled: true } other, not null):
                RefuseTensors(given, other.Name, place);
                return new PickleOther(other.Name);
            case (PickleCall known, _): throw Bad(place, $"{known} is called with other arguments than PyTorch gives it");
            case (PickleName named, _): throw Bad(place, $"{named.Name} is called, which is only known as a name");
            default: throw Bad(place, "something that is no function is called");
        }
    }

    PickleDict Pairs(PickleList pairs, int place)
    {
        var dict = new PickleDict();
        foreach (object? pair in pairs.Items)
            dict.Items.Add(pair switch
            {
                PickleTuple { Items: [var key, var value] } => (key, value),
                PickleList { Items: [var key, var value] } => (key, value),
                _ => throw Bad(place, "an OrderedDict of something that is no pair"),
            });
        return dict;
    }

    /// <summary>Bits that change what a tensor's numbers mean.</summary>
    void RefuseMetadata(object?[] metadata, int place)
    {
        if (metadata is [] or [null]) return;
        if (metadata is not [PickleDict bits]) throw Bad(place, "a tensor with metadata that is no dict");
        foreach ((object? key, object? set) in bits.Items)
        {
            if (set is false) continue;
            string remedy = key switch
            {
                "neg" => "PyTorch's negative bit is set: its values are the negatives of those stored; save tensor.resolve_neg()",
                "conj" => "PyTorch's conjugate bit is set; save tensor.resolve_conj()",
                _ => $"'{Short(key as string ?? "?")}' is set, which is not known here; save tensor.clone()",
            };
            throw new NotSupportedException($"{where}: offset {place}: a tensor whose {remedy}");
        }
    }

    /// <summary>BUILD: what an object carries beside its items. Of an OrderedDict (_metadata: versions of modules) that is no
    /// array.</summary>
    void Build(object target, object? state, int place)
    {
        switch (target)
        {
            case PickleDict dict:
                // Attributes of a Namespace; an OrderedDict that has items has none that matter.
                if (dict.Items.Count == 0 && state is PickleDict attributes) dict.Items.AddRange(attributes.Items);
                else RefuseTensors([state], "attribute of a dict", place);
                break;
            case PickleOther other: RefuseTensors([state], other.Name, place); break;
            default: throw Bad(place, "attributes of something that has none");
        }
    }

    /// <summary>Refuses skipped objects that hold a tensor.</summary>
    void RefuseTensors(object?[] values, string within, int place)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var rest = new Stack<object?>(values);
        while (rest.TryPop(out object? value))
        {
            Require.Data(--_looks >= 0, $"{where}: offset {place}: more values than a state dict of {pickle.Length} bytes holds");
            if (value is TorchTensor or TorchStorage) throw new NotSupportedException($"{where}: offset {place}: a tensor within "
                + $"{Short(within)}, where it is not read; save it in a dict, a list or a tuple");
            if (value is not (PickleDict or PickleList or PickleTuple) || !seen.Add(value)) continue;
            switch (value)
            {
                case PickleList list: foreach (object? item in list.Items) rest.Push(item); break;
                case PickleTuple tuple: foreach (object? item in tuple.Items) rest.Push(item); break;
                case PickleDict dict:
                    foreach ((object? key, object? item) in dict.Items)
                    {
                        rest.Push(key);
                        rest.Push(item);
                    }
                    break;
            }
        }
    }

    TorchTensor Tensor(TorchStorage from, long offset, long[] sizes, long[] strides, int place)
    {
        Require.Data(sizes.Length == strides.Length, $"{where}: offset {place}: a tensor of {sizes.Length} sizes and {strides.Length} "
            + $"strides; {ByteSource.Remedy}");
        return new(new StoredArray(from.Bytes, 0, from.Kind, from.BigEndian, sizes, strides, offset));
    }

    /// <summary>('storage', type, key, location, count) and, in files before the zip format, the part of it that a view is: (key, offset,
    /// count) or None.</summary>
    TorchStorage Storage(object? id, int place)
    {
        if (id is not PickleTuple { Items: ["storage", NumberKind kind, string key, string, long count, .. { Length: <= 1 } view] })
            throw Bad(place, "a persistent id that is not ('storage', type, key, location, count)");
        TorchStorage whole = storage(key, kind, count);
        if (view is [] or [null]) return whole;
        if (view is not [PickleTuple { Items: [string, long offset, long length] }]) throw Bad(place, "a storage that is a view without "
            + "key, offset and count");
        Require.Data(offset >= 0 && length >= 0 && offset <= count - length,
            $"{where}: offset {place}: numbers {offset} to {offset + length} of a storage of {count}; {ByteSource.Remedy}");
        return whole with { Bytes = whole.Bytes.Range(offset * kind.Bytes(), length * kind.Bytes()) };
    }

    long[] Numbers(PickleTuple tuple, int place)
    {
        var numbers = new long[tuple.Items.Length];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = tuple.Items[i] is long number ? number : throw Bad(place, "a size or stride that is no whole number");
        return numbers;
    }
}
