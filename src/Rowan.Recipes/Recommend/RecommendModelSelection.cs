using System.Globalization;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// <see cref="RecommendModelKind.Select"/>: matrix factorization by alternating least squares, and by gradients of a softmax over cosines
/// at several temperatures. The one that ranks validation records best is trained. Least squares is often better on few
/// records; the softmax is clearly better on data such as Gowalla's check-ins (docs/presets.md).
/// </summary>
static class RecommendModelSelection
{
    const int Negatives = 1_000, Epochs = 60, Patience = 4, MostTrialEpochs = 40, LeastTrialEpochs = 4, TrialPatience = 2;
    const float LearningRate = 0.003f, NegativePower = 0.5f, FirstTemperature = 0.2f;
    const long LargeBatchFrom = 200_000;

    // Dimensions, unless they are given: more of them help the softmax, and least squares not (docs/presets.md). Trials are for the
    // temperature, which depends little on them.
    public const int LeastSquaresDim = 64;
    const int TrialDim = 128, Dim = 256;

    // Multiplications that a trial may take: two or three minutes of two cores.
    const double TrialWork = 6e12;

    // From the first to the better neighbour, and on while it gets better.
    static readonly float[] Temperatures = [0.07f, 0.1f, 0.14f, 0.2f, 0.3f, 0.4f];

    /// <summary>The settings of the better model, with nothing left open.</summary>
    /// <param name="settings">The user's settings.</param>
    /// <param name="request">Tells which of them were given.</param>
    /// <param name="leastSquares">Alternating least squares with its settings chosen, and how it does on validation data; no metric where
    /// nothing could be measured.</param>
    /// <param name="data">The data, with validation records to compare on.</param>
    /// <param name="session">Receives the notes.</param>
    /// <param name="stop">Ends the comparison early.</param>
    public static RecommendSettings Choose(RecommendSettings settings, TrainRequest request,
        (RecommendSettings Settings, Metric? Metric) leastSquares,
        RecommendData data, RunSession session, CancellationToken stop)
    {
        bool Given(string name) => request.Settings.ContainsKey(name);
        if (leastSquares.Metric is not { } least) return leastSquares.Settings;
        bool ownDim = request.IsGiven("dim");
        double epoch = 6.0 * data.Train.Count * Math.Min(Negatives, data.Items.Rows) * (ownDim ? settings.Dim : TrialDim);
        if (TrialWork / epoch < LeastTrialEpochs)
        {
            session.Note(string.Create(CultureInfo.InvariantCulture, $"model: als; with {data.Train.Count:#,0} records a comparison with "
                + $"the softmax takes long (`loss` softmax `temperature` 0.1 trains it)"));
            return leastSquares.Settings;
        }
        int epochs = (int)Math.Min(Given("epochs") ? settings.Training.Epochs : MostTrialEpochs, TrialWork / epoch);
        var known = new Dictionary<int, Metric?>();
        session.Begin("choosing", Temperatures.Length);
        int best = Array.IndexOf(Temperatures, FirstTemperature);
        foreach (int direction in (int[])[-1, 1])
            for (int next = best + direction; next >= 0 && next < Temperatures.Length && !stop.IsCancellationRequested; next += direction)
            {
                if (Value(best) is { } top && Value(next) is { } value && !value.Improves(top.Value)) break;
                best = next;
            }
        session.At(Temperatures.Length);
        string Line(string model, Metric? metric) =>
            string.Create(CultureInfo.InvariantCulture, $"{model} {metric?.Value:0.0000}");
        Metric? cosine = Value(best);
        bool wins = cosine is { } found && found.Improves(least.Value);
        session.Note($"{least.Name} on validation data: {Line("als", least)}, {Line("softmax over cosines", cosine)} after {epochs} "
            + $"epochs at most; model: {(wins ? "factors with the softmax" : "als")} (`model` names another)"
            + (ownDim ? "" : $"; {(wins ? Dim : LeastSquaresDim)} dimensions (`dim` names others)"));
        if (!wins) return leastSquares.Settings;
        return Of(Temperatures[best], Given("epochs") ? settings.Training.Epochs : Epochs, Patience, Dim);

        Metric? Value(int temperature)
        {
            if (known.TryGetValue(temperature, out Metric? measured)) return measured;
            RecommendSettings trial = Of(Temperatures[temperature], epochs, TrialPatience, TrialDim);
            RecommendTraining job = RecommendRecipe.Job(data, trial, null);
            Metric? metric = null;
            try
            {
                metric = new Trainer(job, trial.Training).Run(stop).Metrics.Cast<Metric?>().FirstOrDefault();
            }
            catch (NonFiniteLossException)
            {
                // No candidate.
            }
            session.At(known.Count + 1);
            return known[temperature] = metric;
        }

        RecommendSettings Of(float temperature, int most, int patience, int dim) => settings with
        {
            Dim = ownDim ? settings.Dim : dim,
            Model = RecommendModelKind.Factors, Loss = RecommendLoss.Softmax, Temperature = temperature, Negatives = Negatives,
            NegativePower = NegativePower, LearningRate = LearningRate, Regularization = null, UnobservedWeight = null,
            Training = settings.Training with
            {
                BatchSize = data.Train.Count >= LargeBatchFrom ? 1_024 : 512,
                Epochs = most,
                Patience = Given("patience") ? settings.Training.Patience : patience,
            },
        };
    }
}
