using Parquet;
using Parquet.Schema;
using Rowan.Formats;

namespace Rowan.Data;

/// <summary>Apache Parquet as a format of vectors: columns id, further columns, and vector, a list of floats.</summary>
sealed class ParquetVectorFormat() : VectorFormat("parquet", "columns id, further columns, vector (a list of floats)", ".parquet")
{
    const int ValuesPerGroup = 1 << 22;

    public override bool KeepsFields => true;

    internal override VectorReader Open(string path, VectorReadOptions options) => new ParquetVectors(path, options);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
        WriteAsync(stream, rows, survey).GetAwaiter().GetResult());

    static async Task WriteAsync(Stream stream, VectorReader rows, VectorSurvey survey)
    {
        var id = new DataField<string>("id");
        DataField<string>[] texts = [.. rows.FieldNames.Select(name => new DataField<string>(name))];
        var vector = new ListField("vector", new DataField<float>("element"));
        int most = (int)Math.Min(survey.Count, Math.Max(1, ValuesPerGroup / survey.Dim));
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema([id, .. texts, vector]), stream);
        var (names, fields) = (new List<string>(most), texts.Select(_ => new List<string>(most)).ToArray());
        var values = new float[checked(most * survey.Dim)];
        while (true)
        {
            bool more = rows.Next();
            if (more)
            {
                rows.Vector.CopyTo(values.AsSpan(names.Count * survey.Dim));
                names.Add(rows.Name);
                for (int field = 0; field < fields.Length; field++) fields[field].Add(rows.Field(field));
            }
            if (names.Count == 0) return;
            if (more && names.Count < most) continue;
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync(id, (IReadOnlyCollection<string>)names.ToArray());
            for (int field = 0; field < fields.Length; field++)
                await group.WriteAsync(texts[field], (IReadOnlyCollection<string>)fields[field].ToArray());
            int count = names.Count * survey.Dim;
            var item = (DataField)vector.Item;
            var (repetitions, definitions) = (new int[count], new int[count]);
            for (int i = 0; i < count; i++) repetitions[i] = i % survey.Dim == 0 ? 0 : 1;
            Array.Fill(definitions, item.MaxDefinitionLevel);
            await group.WriteAllPartsAsync<float>(item, values.AsMemory(0, count), definitions, repetitions, default);
            names.Clear();
            foreach (List<string> field in fields) field.Clear();
            if (!more) return;
        }
    }
}
