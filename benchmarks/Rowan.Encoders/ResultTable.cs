using System.Globalization;

namespace Rowan.Encoders;

/// <summary>The results: each model beside the first.</summary>
sealed class ResultTable
{
    readonly List<(string Name, double Spearman, double Ndcg, int Dim)> _rows = [];

    public void Add(string name, double spearman, double ndcg, int dim) => _rows.Add((name, spearman, ndcg, dim));

    /// <summary>Writes a Markdown table.</summary>
    /// <param name="into">Where it goes.</param>
    /// <param name="first">Sentences per second of the first model.</param>
    /// <param name="others">Sentences per second of the tables.</param>
    public void Write(TextWriter into, double first, double others)
    {
        (string Name, double Spearman, double Ndcg, int Dim) best = _rows[0];
        into.WriteLine("| model | dim | STS dev, Spearman | kept | SciFact test, nDCG@10 | kept | sentences/s, one core | times |");
        into.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach ((string name, double spearman, double ndcg, int dim) in _rows)
        {
            double speed = name == best.Name ? first : others;
            into.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {dim} | {spearman:0.0000} | {spearman / best.Spearman:0 %} | "
                + $"{ndcg:0.0000} | {ndcg / best.Ndcg:0 %} | {speed:#,0} | {speed / first:#,0} |"));
        }
    }
}
