using System.Buffers.Binary;

namespace Rowan.Data;

/// <summary>
/// Checks what a Parquet file says of itself, before Parquet.Net reads it: that library trusts counts, sizes and types, and on a broken
/// file it can loop forever or allocate without bound. Whatever is
/// refused here throws <see cref="InvalidDataException"/> with what is wrong.
/// </summary>
sealed class ParquetCheck
{
    const int TailBytes = 8, LargestPageHeader = 1 << 20, DeepestSchema = 32, Snappy = 1;

    readonly List<(string Path, long Type)> _leaves = [];
    readonly List<ThriftStruct> _groups = [];
    readonly long _metadataStart;

    /// <summary>Reads and checks the footer: its types, the tree of the schema, and that all offsets and sizes are within the
    /// file.</summary>
    public ParquetCheck(Stream file)
    {
        long length = file.Length;
        Must(length >= 12, "it is too short.");
        Span<byte> tail = stackalloc byte[TailBytes];
        file.Position = 0;
        file.ReadExactly(tail[..4]);
        Must(tail[..4].SequenceEqual("PAR1"u8), "it does not begin with PAR1.");
        file.Position = length - TailBytes;
        file.ReadExactly(tail);
        Must(!tail[4..].SequenceEqual("PARE"u8), "its metadata is encrypted; write it without encryption.");
        Must(tail[4..].SequenceEqual("PAR1"u8), "it does not end with PAR1.");
        int footer = BinaryPrimitives.ReadInt32LittleEndian(tail);
        Must(footer > 0 && footer <= length - 12, $"its metadata of {footer} bytes does not fit.");
        _metadataStart = length - TailBytes - footer;
        var bytes = new byte[footer];
        file.Position = _metadataStart;
        file.ReadExactly(bytes);
        var reader = new ThriftReader(bytes);
        ThriftStruct metadata = reader.Struct("FileMetaData");
        Must(reader.Position == footer, $"its metadata ends at byte {reader.Position} of {footer}.");
        IReadOnlyList<object> schema = metadata.List(2, "schema");
        Must(schema.Count > 0, "it has no schema.");
        int next = 0;
        Tree(schema, ref next, "", 0);
        Must(next == schema.Count, $"its schema has {schema.Count - next} elements too many.");
        long rows = 0;
        foreach (object group in metadata.List(4, "row_groups"))
        {
            _groups.Add((ThriftStruct)group);
            rows = checked(rows + CheckGroup((ThriftStruct)group));
        }
        Must(rows == metadata.Number(3, "num_rows"), $"its row groups hold {rows} rows where {metadata.Number(3, "num_rows")} are " +
            "expected.");
        file.Position = 0;
    }

    /// <summary>Checks the pages of a column in a row group: each header, its sizes, and that the values are as many as the metadata
    /// says.</summary>
    /// <param name="file">The file; its position is restored.</param>
    /// <param name="group">The row group.</param>
    /// <param name="path">The path of the column, its parts separated by '/'.</param>
    /// <returns>The values of the column in the row group.</returns>
    public long CheckPages(Stream file, int group, string path)
    {
        long position = file.Position;
        int leaf = _leaves.FindIndex(known => known.Path == path);
        Must(leaf >= 0, $"it has no column '{path}'.");
        ThriftStruct column = Metadata(_groups[group], leaf);
        long values = column.Number(5, "num_values"), seen = 0, at = Start(column), end = at + column.Number(7, "total_compressed_size"),
            largest = column.Number(6, "total_uncompressed_size");
        var buffer = new byte[512];
        while (seen < values)
        {
            Must(at < end, $"the pages of column '{path}' hold {seen} values where {values} are expected.");
            ThriftStruct page = Header(file, ref at, end, ref buffer);
            long compressed = page.Number(3, "compressed_page_size"), uncompressed = page.Number(2, "uncompressed_page_size"),
                kind = page.Number(1, "type");
            Must(compressed >= 0 && compressed <= end - at && uncompressed >= 0 && uncompressed <= largest,
                $"a page of column '{path}' says it has {compressed} bytes, {uncompressed} unpacked, which does not fit.");
            long data = at;
            at += compressed;
            if (kind == 1) continue;
            Must(kind is 0 or 2 or 3, $"there is no page of kind {kind}.");
            ThriftStruct header = kind switch
            {
                0 => page.Get<ThriftStruct>(5, "data_page_header"),
                2 => page.Get<ThriftStruct>(7, "dictionary_page_header"),
                _ => page.Get<ThriftStruct>(8, "data_page_header_v2"),
            };
            long count = header.Number(1, "num_values"), levels = kind == 3
                ? Levels(header, count, Math.Min(compressed, uncompressed), path) : 0;
            Must(count >= 0, $"a page of column '{path}' says it holds {count} values.");
            if (column.Number(4, "codec") == Snappy && compressed > levels && !(kind == 3 && header.Is(7, false)))
                CheckSnappy(file, data + levels, uncompressed - levels, path);
            if (kind == 2) continue;
            seen += count;
        }
        Must(seen == values, $"the pages of column '{path}' hold {seen} values where {values} are expected.");
        file.Position = position;
        return values;
    }

    /// <summary>Bytes of the levels that precede the values of a page of version 2.</summary>
    static long Levels(ThriftStruct header, long count, long size, string path)
    {
        long nulls = header.Number(2, "num_nulls"), definitions = header.Number(5, "definition_levels_byte_length");
        long repetitions = header.Number(6, "repetition_levels_byte_length");
        Must(nulls >= 0 && nulls <= count, $"a page of column '{path}' has {nulls} missing values of {count}.");
        Must(definitions >= 0 && repetitions >= 0 && definitions + repetitions <= size,
            $"a page of column '{path}' has levels of {definitions} and {repetitions} bytes, which do not fit.");
        return definitions + repetitions;
    }

    /// <summary>Snappy's data begins with its length unpacked, which is allocated at once.</summary>
    static void CheckSnappy(Stream file, long at, long expected, string path)
    {
        Span<byte> start = stackalloc byte[5];
        file.Position = at;
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        ulong length = 0;
        for (int i = 0; i < read; i++)
        {
            length |= (ulong)(start[i] & 127) << (7 * i);
            if (start[i] < 128) break;
        }
        Must(length == (ulong)expected, $"a page of column '{path}' says it unpacks to {length} bytes where {expected} are expected.");
    }

    static ThriftStruct Header(Stream file, ref long at, long end, ref byte[] buffer)
    {
        while (true)
        {
            file.Position = at;
            int read = file.ReadAtLeast(buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), (int)Math.Min(buffer.Length, end - at),
                throwOnEndOfStream: false);
            try
            {
                var reader = new ThriftReader(buffer.AsSpan(0, read));
                ThriftStruct header = reader.Struct("PageHeader");
                at += reader.Position;
                return header;
            }
            // Statistics make some headers long.
            catch (InvalidDataException) when (read == buffer.Length
                && buffer.Length < LargestPageHeader) { buffer = new byte[8 * buffer.Length]; }
        }
    }

    void Tree(IReadOnlyList<object> schema, ref int next, string path, int depth)
    {
        Must(next < schema.Count && depth <= DeepestSchema, "its schema is cut short or nested too deeply.");
        var element = (ThriftStruct)schema[next++];
        bool root = depth == 0;
        string name = root ? "" : path.Length == 0 ? element.Text(4, "name") : $"{path}/{element.Text(4, "name")}";
        long children = element.NumberOr(5, 0);
        Must(root || element.NumberOr(3, -1) is >= 0 and <= 2, $"column '{name}' is neither required, optional nor repeated.");
        Must(element.NumberOr(6, 0) is >= 0 and <= 21, $"column '{name}' has an unknown converted type.");
        Must(element.NumberOr(7, 0) is >= 0 and <= 1_000 && element.NumberOr(8, 0) is >= 0 and <= 1_000,
            $"column '{name}' has an impossible scale or precision.");
        if (!root && element.Has(1))
        {
            long type = element.Number(1, "type");
            Must(type is >= 0 and <= 7 && children == 0, $"column '{name}' has the type {type} and {children} children.");
            Must(type != 7 || element.NumberOr(2, 0) is > 0 and <= 1 << 24,
                $"column '{name}' has values of {element.NumberOr(2, 0)} bytes.");
            _leaves.Add((name, type));
            return;
        }
        Must(children >= 0 && children <= schema.Count - next && (root || children > 0),
            $"'{name}' has {children} children, which does not fit.");
        for (long child = 0; child < children; child++) Tree(schema, ref next, name, depth + 1);
    }

    long CheckGroup(ThriftStruct group)
    {
        long rows = group.Number(3, "num_rows");
        Must(rows is >= 0 and <= int.MaxValue, $"a row group has {rows} rows; at most {int.MaxValue} are read.");
        Must(group.List(1, "columns").Count == _leaves.Count,
            $"a row group has {group.List(1, "columns").Count} columns where the schema has {_leaves.Count}.");
        for (int leaf = 0; leaf < _leaves.Count; leaf++)
        {
            ThriftStruct column = Metadata(group, leaf);
            string path = string.Join('/', column.List(3, "path_in_schema").Select(part =>
                System.Text.Encoding.UTF8.GetString((byte[])part)));
            Must(path == _leaves[leaf].Path, $"a row group has column '{path}' where the schema has '{_leaves[leaf].Path}'.");
            Must(column.Number(1, "type") == _leaves[leaf].Type,
                $"column '{path}' has the type {column.Number(1, "type")} where the schema says {_leaves[leaf].Type}.");
            Must(column.Number(4, "codec") is >= 0 and <= 7,
                $"column '{path}' is compressed in an unknown way ({column.Number(4, "codec")}).");
            Must(column.List(2, "encodings").All(encoding => (long)encoding is >= 0 and <= 9),
                $"column '{path}' has an unknown encoding.");
            long start = Start(column), size = column.Number(7, "total_compressed_size"), values = column.Number(5, "num_values"),
                unpacked = column.Number(6, "total_uncompressed_size");
            Must(start >= 4 && size >= 0 && size <= _metadataStart - start,
                $"the {size} bytes of column '{path}' from byte {start} on are not within the file.");
            Must(values is >= 0 and <= int.MaxValue && unpacked is >= 0 and <= int.MaxValue,
                $"column '{path}' says it has {values} values and {unpacked} bytes in a row group; at most {int.MaxValue} are read.");
            Must(column.Number(9, "data_page_offset") is var data && data >= start && data <= start + size,
                $"the pages of column '{path}' are not within its bytes.");
        }
        return rows;
    }

    static ThriftStruct Metadata(ThriftStruct group, int leaf)
    {
        var chunk = (ThriftStruct)group.List(1, "columns")[leaf];
        Must(!chunk.Has(1), "a column is in another file, which is not read.");
        Must(!chunk.Has(8) && !chunk.Has(9), "a column is encrypted; write it without encryption.");
        return chunk.Get<ThriftStruct>(3, "meta_data");
    }

    static long Start(ThriftStruct column)
    {
        long data = column.Number(9, "data_page_offset"), dictionary = column.NumberOr(11, 0);
        return dictionary > 0 ? Math.Min(dictionary, data) : data;
    }

    static void Must(bool holds, string problem)
    {
        if (!holds) throw new InvalidDataException(problem);
    }
}
