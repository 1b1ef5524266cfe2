using System.Globalization;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// The alternative to alternating least squares for interactions: a user is the mean of the items chosen so far, a score is a cosine,
/// and the loss is a softmax over sampled items. A short training decides between the two on validation data.
/// </summary>
/// <remarks>
/// On 720,000 check-ins (Gowalla) it is better by a tenth. On three sets of up to 81,000 records least squares is as good or better.
/// </remarks>
static class HistoryTrial
{
    // With fewer records there are too few steps to learn in, and least squares is the better choice.
    const int FewestRecords = 20_000;
    const int Epochs = 3;

    // Multiplications that the trial may take: about half a minute of two cores.
    const double Work = 1e12;

    /// <summary>The settings of this model, except those that were given.</summary>
    public static RecommendSettings Settings(RecommendSettings given, TrainRequest request) => given with
    {
        Model = RecommendModelKind.Factors, Loss = RecommendLoss.Softmax, Temperature = 0.1f, Negatives = 1_024, History = 50,
        UserVectors = false, LearningRate = 0.005f, Training = given.Training with
        {
            BatchSize = 2_048, Epochs = request.IsGiven("epochs") ? given.Training.Epochs : 12,
            Patience = request.IsGiven("patience") ? given.Training.Patience : 2,
        },
    };

    /// <summary>The settings of this model if it is better than least squares; null if not, or if it was not tried.</summary>
    /// <param name="given">The settings that the user gave.</param>
    /// <param name="als">The validation metric of least squares.</param>
    /// <param name="data">The records.</param>
    /// <param name="sample">The validation records of that metric.</param>
    /// <param name="candidates">The items that each of them is ranked among; null for all.</param>
    /// <param name="request">What was given.</param>
    /// <param name="session">Receives progress and notes.</param>
    /// <param name="stop">Stops the trial.</param>
    public static RecommendSettings? Run(
        RecommendSettings given, Metric als, RecommendData data, Interactions sample, long[][]? candidates, TrainRequest request,
        RunSession session, CancellationToken stop)
    {
        RecommendSettings settings = Settings(given, request);
        double epoch = 3.0 * data.Train.Count * Math.Min(settings.Negatives, data.Items.Rows) * settings.Dim;
        int epochs = Math.Min(Math.Min(Epochs, settings.Training.Epochs), (int)(Work / epoch));
        if (epochs < 1 || data.Train.Count < FewestRecords)
        {
            session.Note("model: als (--model factors trains with gradient descent)");
            return null;
        }
        RecommendTraining job = RecommendRecipe.Job(data, settings, null);
        long steps = (data.Train.Count + settings.Training.BatchSize - 1) / settings.Training.BatchSize * epochs;
        session.Begin("comparing models", steps);
        TrainerSettings loop = settings.Training with { Epochs = epochs, Patience = null, CheckpointEvery = null };
        new Trainer(job, loop, new Steps(session, data.Train.Count, steps)).Run(stop);
        Metric? value = job.Figures(sample, candidates).Metrics.FirstOrDefault();
        session.At(steps);
        bool better = value is not null && value.Improves(als.Value);
        string model = better ? "factors with --history, --temperature and no user vectors" : "als";
        session.Note(string.Create(CultureInfo.InvariantCulture,
            $"model: {model}, chosen on validation data ({als.Name} {als.Value:0.0000} with als, {value?.Value:0.0000} with factors ")
            + $"after {epochs} epochs; --model chooses)");
        return better ? settings : null;
    }

    sealed class Steps(RunSession session, long examples, long steps) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) =>
            session.At(Math.Min(steps, (long)(value.Done / (double)Math.Max(1, examples) * steps)));
    }
}
