using System.Runtime.InteropServices;

namespace Rowan.Search;

/// <summary>Rows and queries, of length one.</summary>
sealed record SearchData(string Name, int Dim, float[] Rows, float[] Queries)
{
    public int Count => Rows.Length / Dim;

    public int QueryCount => Queries.Length / Dim;

    /// <summary>Gaussian clusters: centres of N(0, 1), rows around them with the given deviation; queries are further such rows.</summary>
    public static SearchData Clustered(int rows, int dim, int clusters, int queries, float deviation = 0.5f, int seed = 1)
    {
        var random = new Random(seed);
        float[] centres = Normal(random, clusters * dim);
        float[] Draw(int count)
        {
            float[] values = Normal(random, count * dim);
            for (int i = 0; i < count; i++)
            {
                Span<float> row = values.AsSpan(i * dim, dim);
                int cluster = random.Next(clusters);
                for (int c = 0; c < dim; c++) row[c] = centres[cluster * dim + c] + deviation * row[c];
                Normalise(row);
            }
            return values;
        }
        return new SearchData($"{rows / 1000}k x {dim} clustered", dim, Draw(rows), Draw(queries));
    }

    /// <summary>Rows of a file of floats, of which every n-th is a query and no row.</summary>
    public static SearchData OfFile(string name, string path, int dim, int queries)
    {
        float[] all = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
        int count = all.Length / dim, step = count / queries;
        var (rows, asked) = (new List<float>(all.Length), new List<float>());
        for (int i = 0; i < count; i++)
        {
            Span<float> row = all.AsSpan(i * dim, dim);
            Normalise(row);
            (i % step == 0 && asked.Count < queries * dim ? asked : rows).AddRange(row);
        }
        return new SearchData(name, dim, [.. rows], [.. asked]);
    }

    static float[] Normal(Random random, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = 2 * Math.PI * random.NextDouble();
            values[i] = (float)(radius * Math.Cos(angle));
            if (i + 1 < count) values[i + 1] = (float)(radius * Math.Sin(angle));
        }
        return values;
    }

    static void Normalise(Span<float> row)
    {
        double sum = 0;
        foreach (float value in row) sum += (double)value * value;
        float inverse = sum > 0 ? (float)(1 / Math.Sqrt(sum)) : 0;
        foreach (ref float value in row) value *= inverse;
    }
}
