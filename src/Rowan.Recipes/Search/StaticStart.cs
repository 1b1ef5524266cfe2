using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A search run that begins with the rows of a static encoder, and leaves a folder of the fine-tuned one.</summary>
static class StaticStart
{
    /// <summary>The folder of the fine-tuned encoder in the run.</summary>
    public const string Folder = "static";

    const float LearningRate = 0.003f;

    static readonly string[] OfWords = ["min-count", "buckets", .. PretrainedStart.Names];

    /// <summary>The settings with the defaults of fine-tuning.</summary>
    /// <exception cref="ArgumentException">A setting that is given has no effect, or contradicts the encoder.</exception>
    public static SearchSettings Defaults(SearchSettings settings, TrainRequest request, StaticEncoder start)
    {
        foreach (string setting in OfWords)
            Require.That(!request.IsGiven(setting), $"`{setting}`: it has no effect with `from`, whose tokens are given; leave it out",
                setting);
        Require.That(!request.IsGiven("dim") || settings.Dim == start.Dim,
            $"`dim` {settings.Dim}: '{settings.From}' has {start.Dim} values per row; leave `dim` out", "dim");
        return settings with
        {
            Dim = start.Dim, LearningRate = request.IsGiven("learning-rate") ? settings.LearningRate : LearningRate,
            // Without rows of their own, documents are what the static encoder makes of their texts.
            ItemRate = request.IsGiven("item-rate") ? settings.ItemRate : 0,
        };
    }

    /// <summary>Writes the fine-tuned encoder into the run.</summary>
    public static void Write(RunFolder run, StaticEncoder encoder)
    {
        string folder = Path.GetDirectoryName(run.File($"{Folder}/{StaticFolder.Model}"))!;
        encoder.Save(folder);
        foreach (string file in Directory.GetFiles(folder).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal))
            if (file != StaticFolder.Model) run.File($"{Folder}/{file}");
    }

    /// <summary>The encoder of a run over the run's own table; null if the run was trained on words.</summary>
    public static StaticEncoder? Read(string run, Table rows)
    {
        string folder = Path.Combine(run, Folder);
        return StaticFolder.Find(folder) is null ? null : StaticFolder.ReadOver(folder, rows);
    }
}
