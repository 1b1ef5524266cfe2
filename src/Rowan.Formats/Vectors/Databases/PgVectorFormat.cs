using System.Globalization;

namespace Rowan.Formats;

/// <summary>
/// SQL for PostgreSQL with the extension pgvector: a table with a column of type vector, filled in one transaction. A row per line.
/// </summary>
sealed class PgVectorFormat() : VectorFormat("pgvector", "SQL for PostgreSQL with pgvector: a table and its rows", ".sql")
{
    // pgvector stores up to 16,000 values per row; its HNSW index takes up to 2,000.
    const int MostValues = 16_000, MostIndexed = 2_000, RowsPerStatement = 200;

    public const string FirstLine = "-- Rowan vectors for pgvector: ";

    public override bool KeepsFields => true;

    internal override VectorReader Open(string path, VectorReadOptions options) => new PgVectorSql(path, options);

    public override IReadOnlyList<string> Loading(string path, VectorSurvey survey, IReadOnlyList<string> fields, string name)
    {
        string index = survey.Dim <= MostIndexed
            ? $"CREATE INDEX ON {Sql.Name(name)} USING hnsw (embedding vector_cosine_ops);"
            : $"more than {MostIndexed} values: an HNSW index needs the type halfvec";
        return [$"psql -v ON_ERROR_STOP=1 -f {path}", $"index: {index}",
            $"neighbors: SELECT id FROM {Sql.Name(name)} ORDER BY embedding <=> '[…]' LIMIT 10;"];
    }

    private protected override string? Refusal(VectorSurvey survey) => NoZeros(survey) ?? (survey.Dim > MostValues
        ? $"{survey.Dim} values per row; pgvector stores up to {MostValues}; write the stream 'copy' for a column real[]" : null);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
        {
            string table = Sql.Name(options.Name!);
            string columns = $"(id, {string.Concat(rows.FieldNames.Select(name => $"{Sql.Name(name)}, "))}embedding)";
            string types = string.Concat(rows.FieldNames.Select(
                (name, field) => $"{Sql.Name(name)} {(survey.IntegerFields[field] ? "bigint" : "text")}, "));
            var text = new VectorTextWriter(stream);
            text.Text(string.Create(CultureInfo.InvariantCulture, $"{FirstLine}{survey.Count} rows of {survey.Dim} values\n")
                + "SET standard_conforming_strings = on;\nBEGIN;\nCREATE EXTENSION IF NOT EXISTS vector;\n"
                + string.Create(CultureInfo.InvariantCulture,
                    $"CREATE TABLE {table} (id text PRIMARY KEY, {types}embedding vector({survey.Dim}) NOT NULL);\n"));
            for (long row = 0; rows.Next(); row++)
            {
                if (row % RowsPerStatement == 0) text.Text($"{(row > 0 ? ";\n" : "")}INSERT INTO {table} {columns} VALUES\n(");
                else text.Text(",\n(");
                text.Text(Sql.Text(rows.Name));
                for (int field = 0; field < rows.FieldNames.Count; field++)
                    text.Text(survey.IntegerFields[field] ? $", {rows.Field(field)}"
                        : rows.Field(field) is { Length: > 0 } value ? $", {Sql.Text(value)}" : ", NULL");
                text.Text(", '[");
                text.Values(rows.Vector, ',');
                text.Text("]')");
            }
            text.Text(";\nCOMMIT;\n");
            text.Flush();
        });
}

/// <summary>Names and texts as SQL spells them.</summary>
static class Sql
{
    /// <summary>An identifier in quotes, so that its case and its characters are kept.</summary>
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A text in quotes; backslashes are themselves under standard_conforming_strings.</summary>
    public static string Text(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
