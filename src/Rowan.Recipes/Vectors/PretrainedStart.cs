using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>
/// The settings <c>vectors</c>, <c>freeze-vectors</c> and <c>vectors-rate</c> of a recipe: a file of word vectors that rows begin with.
/// </summary>
/// <param name="File">The file; empty for none.</param>
/// <param name="Freeze">Whether the rows that are found stay as they are.</param>
/// <param name="Rate">What the learning rate of the rows that are found is multiplied by.</param>
readonly record struct PretrainedStart(string File, bool Freeze, float Rate)
{
    const string Vectors = "vectors", FreezeVectors = "freeze-vectors", VectorsRate = "vectors-rate";

    /// <summary>The names of the settings.</summary>
    public static IReadOnlyList<string> Names { get; } = [Vectors, FreezeVectors, VectorsRate];

    /// <summary>The settings as those of a recipe.</summary>
    /// <param name="effect">What else the description of the file says: "Sets `dim`."</param>
    /// <param name="get">The start within the recipe's settings.</param>
    /// <param name="set">The recipe's settings with another start.</param>
    public static SettingOf<T>[] Settings<T>(string effect, Func<T, PretrainedStart> get, Func<T, PretrainedStart, T> set) =>
    [
        SettingOf<T>.Text(Vectors, "File of word vectors (GloVe, word2vec, fastText and others) that words begin with" + effect,
            "a path", x => get(x).File, (x, v) => set(x, get(x) with { File = v })),
        SettingOf<T>.Flag(FreezeVectors, "Keep the vectors of `vectors` as they are; other words still learn.",
            x => get(x).Freeze, (x, v) => set(x, get(x) with { Freeze = v })),
        SettingOf<T>.Number(VectorsRate,
            "Learning rate of the words found in `vectors`, as a factor of `learning-rate`. Other words learn at the whole rate.",
            x => get(x).Rate, (x, v) => set(x, get(x) with { Rate = v }), float.Epsilon, 1),
    ];

    /// <summary>Throws if settings contradict each other.</summary>
    /// <exception cref="ArgumentException">Something is said of vectors, and there is no file.</exception>
    public void Check()
    {
        Require.That(!Freeze || File.Length > 0, $"`freeze-vectors`: it needs `vectors` FILE; name one, or leave it out", FreezeVectors);
        Require.That(Rate == 1 || File.Length > 0, $"`vectors-rate` {Rate}: it needs `vectors` FILE; name one, or leave it out",
            VectorsRate);
        Require.That(Rate == 1 || !Freeze, $"`vectors-rate` {Rate}: vectors that are frozen (`freeze-vectors`) do not learn; leave one of "
            + $"them out", VectorsRate);
    }

    /// <summary>Throws where the file is missing, before anything else is read. A run that grows needs none.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public void RequireFile(TrainRequest request)
    {
        if (File.Length > 0 && request.GrownFrom is null && !Path.Exists(File))
            throw new FileNotFoundException($"`vectors`: there is no file '{File}'; check the spelling and the folder", File);
    }

    /// <summary>Reads the vectors of a vocabulary and notes what was found; null without a file, or where a run grows.</summary>
    /// <param name="words">The words, in the order of the rows.</param>
    /// <param name="dim">The setting <c>dim</c>, which is an error if it is given and not that of the file.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="session">Takes the note.</param>
    /// <param name="stop">Ends the work.</param>
    /// <param name="dimSetting">The name of the setting, if it is not <c>dim</c>.</param>
    /// <param name="column">The column of the words, for the note; null where there is one only.</param>
    /// <exception cref="ArgumentException">A setting contradicts the file, or the run that is grown from.</exception>
    public PretrainedRows? Read(Vocabulary words, int dim, TrainRequest request, RunSession session, CancellationToken stop,
        string dimSetting = "dim", string? column = null)
    {
        if (File.Length == 0) return null;
        if (request.GrownFrom is { } earlier)
        {
            foreach (string name in Names)
                Require.That(!request.IsGiven(name), $"`{name}`: a grown run begins with the vectors of '{earlier}'; leave it out", name);
            return null;
        }
        var rows = PretrainedRows.Read(File, words, null, stop);
        Require.That(!request.IsGiven(dimSetting) || dim == rows.Dim,
            $"`{dimSetting}` {dim}: '{File}' has {rows.Dim} values per row; leave `{dimSetting}` out", dimSetting);
        session.Note($"vectors{(column is null ? "" : $" of '{column}'")}: {rows.Dialect}; {rows.Coverage}{Learning}");
        return rows;
    }

    string Learning => Freeze ? "; those found are frozen"
        : Rate == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"; those found learn at {Rate} times the learning rate");
}
