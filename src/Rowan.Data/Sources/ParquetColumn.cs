using System.Globalization;
using System.Text;
using Parquet;
using Parquet.Schema;

namespace Rowan.Data;

/// <summary>The values of a column in a row group, as text.</summary>
abstract class ParquetColumn
{
    /// <summary>The text of a row; empty where there is no value.</summary>
    public abstract ReadOnlySpan<char> Text(long row, ref char[] scratch);

    /// <summary>What is wrong with the value of a row; null if nothing is.</summary>
    public virtual string? Problem(long row) => null;

    public static bool Reads(Type type) => IsText(type) || type == typeof(bool) || type == typeof(sbyte) || type == typeof(byte)
        || type == typeof(short) || type == typeof(ushort)
        || type == typeof(int) || type == typeof(uint) || type == typeof(long) || type == typeof(ulong) || type == typeof(float)
            || type == typeof(double) || type == typeof(decimal) || type == typeof(DateTime);

    /// <summary>A type that is not read, in words.</summary>
    public static string InWords(Type type) => type == typeof(byte[])
        || type == typeof(ReadOnlyMemory<byte>) ? "bytes" : type == typeof(Guid) ? "UUIDs" : type == typeof(TimeSpan)
        || type == typeof(TimeOnly) ? "times of day"
        : $"values of type {type.Name}";

    /// <summary>Reads a column.</summary>
    /// <param name="group">The row group.</param>
    /// <param name="field">The column.</param>
    /// <param name="values">How many values the lists of a column of lists hold together, counted with empty ones; null for a column of
    /// single values.</param>
    /// <param name="between">The character between the values of a list.</param>
    public static ParquetColumn Read(ParquetRowGroupReader group, DataField field, int? values, char between)
    {
        Type type = field.ClrType;
        if (IsText(type)) return values is { } texts ? Lists.OfTexts(group, field, texts, between) : Texts.Of(group, field);
        return type == typeof(bool) ? Of<bool>() : type == typeof(sbyte) ? Of<sbyte>() : type == typeof(byte) ? Of<byte>()
            : type == typeof(short) ? Of<short>() : type == typeof(ushort) ? Of<ushort>()
            : type == typeof(int) ? Of<int>() : type == typeof(uint) ? Of<uint>() : type == typeof(long) ? Of<long>()
                : type == typeof(ulong) ? Of<ulong>() : type == typeof(float) ? Of<float>()
            : type == typeof(double) ? Of<double>() : type == typeof(decimal) ? Of<decimal>() : Of<DateTime>();

        ParquetColumn Of<T>() where T : struct => values is { } count ? Lists.OfValues<T>(group, field, count, between)
            : Values<T>.Of(group, field);
    }

    static bool IsText(Type type) => type == typeof(string) || type == typeof(ReadOnlyMemory<char>);

    static ReadOnlySpan<char> Format<T>(T value, ref char[] scratch) where T : struct
    {
        if (value is bool flag) return flag ? "true" : "false";
        string? format = value is DateTime ? "O" : null;
        int length;
        while (!((ISpanFormattable)value).TryFormat(scratch, out length, format,
            CultureInfo.InvariantCulture)) scratch = new char[2 * scratch.Length];
        return scratch.AsSpan(0, length);
    }

    sealed class Texts(string?[] values) : ParquetColumn
    {
        public static Texts Of(ParquetRowGroupReader group, DataField field)
        {
            var texts = new string?[group.RowCount];
            group.ReadAsync(field, texts.AsMemory()!).AsTask().GetAwaiter().GetResult();
            return new Texts(texts);
        }

        public override ReadOnlySpan<char> Text(long row, ref char[] scratch) => values[row];
    }

    sealed class Values<T>(T?[] values) : ParquetColumn where T : struct
    {
        public static Values<T> Of(ParquetRowGroupReader group, DataField field)
        {
            var some = new T?[group.RowCount];
            if (field.IsNullable)
            {
                group.ReadAsync(field, some.AsMemory()).AsTask().GetAwaiter().GetResult();
                return new Values<T>(some);
            }
            var all = new T[group.RowCount];
            group.ReadAsync(field, all.AsMemory()).AsTask().GetAwaiter().GetResult();
            for (int i = 0; i < all.Length; i++) some[i] = all[i];
            return new Values<T>(some);
        }

        public override ReadOnlySpan<char> Text(long row, ref char[] scratch) => values[row] is { } value ? Format(value, ref scratch)
            : default;
    }

    /// <summary>Lists, joined to texts.</summary>
    sealed class Lists(string[] rows, Dictionary<int, string> problems) : ParquetColumn
    {
        public static Lists OfTexts(ParquetRowGroupReader group, DataField field, int values, char between)
        {
            var all = new ReadOnlyMemory<char>[values];
            return Joined(group, field, all, between, static (ReadOnlyMemory<char> value, ref char[] _) => value.Span);
        }

        public static Lists OfValues<T>(ParquetRowGroupReader group, DataField field, int values, char between) where T : struct =>
            Joined(group, field, new T[values], between, static (T value, ref char[] scratch) => Format(value, ref scratch));

        public override ReadOnlySpan<char> Text(long row, ref char[] scratch) => rows[row];

        public override string? Problem(long row) => problems.GetValueOrDefault((int)row);

        delegate ReadOnlySpan<char> Formatter<T>(T value, ref char[] scratch);

        /// <summary>A repetition level of 0 begins the list of a row; a definition level below the largest is a missing value or an
        /// empty list.</summary>
        static Lists Joined<T>(ParquetRowGroupReader group, DataField field, T[] values, char between, Formatter<T> format) where T
            : struct
        {
            var (definitions, repetitions) = (new int[values.Length], new int[values.Length]);
            group.ReadRawAsync(field, values.AsMemory(), definitions.AsMemory(),
                repetitions.AsMemory()).AsTask().GetAwaiter().GetResult();
            var (rows, problems, text, scratch) = (new List<string>(), new Dictionary<int, string>(), new StringBuilder(), new char[64]);
            int next = 0;
            for (int i = 0; i < values.Length; i++)
            {
                if (repetitions[i] == 0 && i > 0) End();
                if (definitions[i] < field.MaxDefinitionLevel) continue;
                ReadOnlySpan<char> value = format(values[next++], ref scratch);
                if (value.Contains(between)) problems.TryAdd(rows.Count,
                    $"a value of the list, '{RecordReader.Shortened(value)}', holds '{between}', which separates the values of a list");
                if (text.Length > 0) text.Append(between);
                text.Append(value);
            }
            if (values.Length > 0) End();
            if (rows.Count != group.RowCount) throw new InvalidDataException($"column '{field.Name}' has {rows.Count} lists in a row " +
                $"group of {group.RowCount} rows.");
            return new Lists([.. rows], problems);

            void End()
            {
                rows.Add(text.ToString());
                text.Clear();
            }
        }
    }
}
