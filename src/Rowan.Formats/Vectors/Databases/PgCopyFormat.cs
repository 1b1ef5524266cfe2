using System.Buffers.Binary;
using System.Text;

namespace Rowan.Formats;

/// <summary>
/// PostgreSQL's binary COPY stream: id and further columns as text, and the values as real[], or as pgvector's type vector. The names of
/// the columns are in the header's extension, which PostgreSQL skips.
/// </summary>
sealed class PgCopyFormat(bool isVector) : VectorFormat(isVector ? "copy-pgvector" : "copy",
    $"PostgreSQL's binary COPY stream for a column {(isVector ? "vector (pgvector)" : "real[]")}", isVector ? ".pgvector" : ".pgcopy")
{
    const int MostVectorValues = 16_000, MostArrayBytes = 1 << 30;

    public const int RealType = 700;

    public static readonly byte[] Signature = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n"u8, 0];

    public override bool KeepsFields => true;

    internal override VectorReader Open(string path, VectorReadOptions options) => new PgCopyVectors(path, options);

    public override IReadOnlyList<string> Loading(string path, VectorSurvey survey, IReadOnlyList<string> fields, string name) =>
    [
        $"CREATE TABLE {Sql.Name(name)} (id text PRIMARY KEY, "
            + $"{string.Concat(fields.Select(field => $"{Sql.Name(field)} text, "))}embedding "
            + $"{(isVector ? $"vector({survey.Dim})" : "real[]")} NOT NULL);",
        $"\\copy {Sql.Name(name)} FROM '{path}' WITH (FORMAT binary)",
    ];

    private protected override string? Refusal(VectorSurvey survey) => NoZeros(survey)
        ?? (isVector && survey.Dim > MostVectorValues
            ? $"{survey.Dim} values per row; pgvector stores up to {MostVectorValues}; write 'copy'"
            : 8L * survey.Dim > MostArrayBytes
                ? $"{survey.Dim} values per row take more than the {MostArrayBytes} bytes of a field" : null);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
        {
            var output = new VectorTextWriter(stream);
            byte[] names = Encoding.UTF8.GetBytes(string.Join('\0', rows.FieldNames.Prepend("rowan")) + '\0');
            output.Bytes(Signature);
            Int32(output, 0);
            Int32(output, names.Length);
            output.Bytes(names);
            byte[] values = new byte[isVector ? 4 + 4 * survey.Dim : 20 + 8 * survey.Dim];
            while (rows.Next())
            {
                Int16(output, rows.FieldNames.Count + 2);
                Int32(output, rows.NameBytes.Length);
                output.Bytes(rows.NameBytes);
                for (int field = 0; field < rows.FieldNames.Count; field++)
                {
                    byte[] text = Encoding.UTF8.GetBytes(rows.Field(field));
                    Int32(output, text.Length > 0 ? text.Length : -1);
                    output.Bytes(text);
                }
                Int32(output, values.Length);
                Fill(values, rows.Vector);
                output.Bytes(values);
            }
            Int16(output, -1);
            output.Flush();
        });

    /// <summary>vector: dim, zero, values. real[]: dimensions, nulls, element type, length, lower bound, then length and value of
    /// each.</summary>
    void Fill(Span<byte> into, ReadOnlySpan<float> values)
    {
        if (isVector)
        {
            BinaryPrimitives.WriteInt16BigEndian(into, (short)values.Length);
            for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleBigEndian(into[(4 + 4 * i)..], values[i]);
            return;
        }
        int[] head = [1, 0, RealType, values.Length, 1];
        for (int i = 0; i < head.Length; i++) BinaryPrimitives.WriteInt32BigEndian(into[(4 * i)..], head[i]);
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(into[(20 + 8 * i)..], sizeof(float));
            BinaryPrimitives.WriteSingleBigEndian(into[(24 + 8 * i)..], values[i]);
        }
    }

    static void Int16(VectorTextWriter output, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(short)];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)number);
        output.Bytes(bytes);
    }

    static void Int32(VectorTextWriter output, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        output.Bytes(bytes);
    }
}
