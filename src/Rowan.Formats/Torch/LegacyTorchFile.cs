using System.Buffers.Binary;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// The format of <c>torch.save</c> before 1.6, and with <c>_use_new_zipfile_serialization=False</c>: pickles of a magic number, a version,
/// the machine and the object, one of the keys of its storages, then for each storage its count (8 bytes) and its numbers, always
/// little-endian.
/// </summary>
static class LegacyTorchFile
{
    const int FirstWindow = 1 << 14, Version = 1001;

    /// <summary>The pickle of the magic number.</summary>
    static ReadOnlySpan<byte> Magic => [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E];

    /// <summary>Whether the first bytes of a file are those of this format.</summary>
    public static bool Is(ReadOnlySpan<byte> start) => start.StartsWith(Magic[..10]);

    /// <exception cref="InvalidDataException">The file is damaged, or asks for what a state dict may not contain.</exception>
    public static StateDict Read(FileBytes file)
    {
        long at = Magic.Length;
        object? version = Next(file, ref at, "version", None);
        Require.Data(version is long number && number == Version, $"{file.Path}: version {version} of the format before zip files; "
            + $"{Version} can be read; {ByteSource.Remedy}");
        Next(file, ref at, "machine", None);

        // What the storages are is only known when the object was read, so it is read twice.
        long start = at;
        var stated = new Dictionary<string, (NumberKind Kind, long Count)>(StringComparer.Ordinal);
        Next(file, ref at, "object", State);
        long pickleBytes = at - start;
        var found = new Dictionary<string, FileBytes>(StringComparer.Ordinal);
        if (Next(file, ref at, "storage keys", None) is not PickleList keys) throw Bad(file, at, "the keys of the storages are no list");
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (object? listed in keys.Items)
        {
            if (listed is not string key || !stated.TryGetValue(key, out var storage) || found.ContainsKey(key)) throw Bad(file, at,
                $"storage '{listed}' is listed twice, or nothing refers to it");
            long bytes = storage.Count * storage.Kind.Bytes();
            Require.Data(at <= file.Length - sizeof(long) && bytes <= file.Length - at - sizeof(long),
                $"{file.Path}: offset {at}: storage '{key}' takes {bytes} bytes, but {Math.Max(0, file.Length - at - sizeof(long))} are "
                    + $"there; {ByteSource.Remedy}");
            file.Read(at, count);
            Require.Data(BinaryPrimitives.ReadInt64LittleEndian(count) == storage.Count,
                $"{file.Path}: offset {at}: storage '{key}' has {BinaryPrimitives.ReadInt64LittleEndian(count)} numbers here, and "
                    + $"{storage.Count} where it is used; {ByteSource.Remedy}");
            found[key] = file.Slice($"storage '{key}'", at + sizeof(long), bytes);
            at += sizeof(long) + bytes;
        }
        object? tree = Next(file, ref start, "object", (key, kind, _) =>
            new(found.TryGetValue(key, out FileBytes? bytes) ? bytes : throw Bad(file, at, $"storage '{key}' is used and not listed"),
                kind, BigEndian: false));
        return TorchTree.Flatten(tree, Path.GetFileNameWithoutExtension(file.Path), file.Path, pickleBytes);

        TorchStorage State(string key, NumberKind kind, long count)
        {
            Require.Data(count >= 0 && count <= file.Length / kind.Bytes(), $"{file.Path}: {count} numbers of {kind.Bytes()} bytes are "
                + $"said to be in storage '{key}', in a file of {file.Length} bytes; {ByteSource.Remedy}");
            Require.Data(stated.TryAdd(key, (kind, count)) || stated[key] == (kind, count), $"{file.Path}: storage '{key}' is used as two "
                + $"kinds of numbers, or with two counts; {ByteSource.Remedy}");
            return new(new UnreadBytes(file.Path, key, count * kind.Bytes()), kind, BigEndian: false);
        }
    }

    /// <summary>The pickle at a place, however long it is: more of the file is read as long as its end is missing.</summary>
    static object? Next(FileBytes file, ref long at, string what, Func<string, NumberKind, long, TorchStorage> storage)
    {
        for (long window = FirstWindow; ; window *= 8)
        {
            int length = (int)Math.Min(Math.Min(window, TorchFile.MaxPickleBytes), Math.Max(0, file.Length - at));
            var bytes = new byte[length];
            file.Read(at, bytes);
            var reader = new PickleReader(bytes, $"{file.Path}: {what} at {at}", storage);
            try
            {
                object? value = reader.Read();
                at += reader.Position;
                return value;
            }
            catch (InvalidDataException) when (reader.NeedsMore && length < Math.Min(file.Length - at, TorchFile.MaxPickleBytes)) { }
        }
    }

    static TorchStorage None(string key, NumberKind kind, long count) => throw new InvalidDataException($"a storage '{key}' before the "
        + $"object that has it; {ByteSource.Remedy}");

    static InvalidDataException Bad(FileBytes file, long at, string what) => new($"{file.Path}: offset {at}: {what}; {ByteSource.Remedy}");
}
