using System.Text.Json;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A trained run: verified, loaded, and asked through the interfaces that it implements.</summary>
/// <remarks>
/// <see cref="Open"/> reads any run. A program that needs a capability asks for it with <see cref="As"/>, and need not know the task:
/// <c>Run.Open("runs/shop").As&lt;IRecommender&gt;()</c>. An open run does not change; any number of threads may ask it.
/// </remarks>
public abstract class Run : INeighbors, IVectors
{
    static readonly (Type Interface, string Name)[] All =
    [
        (typeof(IRecommender), "recommendations"), (typeof(IPredictor), "predictions"), (typeof(ITextClassifier), "predictions for a text"),
        (typeof(ITextSearch), "text search"), (typeof(IAnalogies), "analogies"), (typeof(INeighbors), "neighbors"),
        (typeof(IVectors), "vectors"), (typeof(IEvaluator), "metrics on new records"),
    ];

    readonly TableNeighbors _neighbors;

    private protected Run(string path, string task, IReadOnlyList<LearnedTable> tables) =>
        (Path, Task, Tables, _neighbors) = (path, task, tables, new TableNeighbors(tables));

    /// <summary>The run folder.</summary>
    public string Path { get; }

    /// <summary>The task that was trained: "recommend".</summary>
    public string Task { get; }

    /// <inheritdoc/>
    public IReadOnlyList<LearnedTable> Tables { get; }

    /// <summary>What the run can be asked for, in words: "recommendations", "neighbors".</summary>
    public IReadOnlyList<string> Capabilities => [.. All.Where(one => one.Interface.IsInstanceOfType(this)).Select(one => one.Name)];

    /// <summary>Opens a run of any task.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of an unknown task, or from a newer version.</exception>
    public static Run Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        JsonElement info = RunFolder.Open(path);
        return KindOf(path, info).Open(path, info);
    }

    /// <summary>The newest complete run in a folder of runs that has a capability; null for none. No run is opened.</summary>
    /// <typeparam name="T">The interface of the capability.</typeparam>
    /// <param name="runsDirectory">The folder of all runs.</param>
    public static string? Newest<T>(string runsDirectory = "runs") where T : class =>
        RunSummary.All(runsDirectory).FirstOrDefault(run => run.Complete && Has(run.Path, typeof(T)))?.Path;

    /// <summary>A capability in words, by its interface: "recommendations".</summary>
    public static string NameOf<T>() where T : class => All.FirstOrDefault(one => one.Interface == typeof(T)).Name ?? typeof(T).Name;

    /// <summary>The run as one of its capabilities.</summary>
    /// <typeparam name="T">The interface of the capability.</typeparam>
    /// <exception cref="RunCapabilityException">The run lacks it; the message names the run's task and what it can do.</exception>
    public T As<T>() where T : class => this as T ?? throw new RunCapabilityException(this, NameOf<T>());

    /// <inheritdoc/>
    public virtual NearestIds Neighbors(string id, int count = 10, string? table = null) => _neighbors.Of(id, count, table);

    /// <summary>The neighbours of a row of a table among its ids, itself left out.</summary>
    private protected IReadOnlyList<Neighbor> Near(LearnedTable table, long row, int count) => _neighbors.Of(table, row, count);

    /// <summary>The neighbours of a vector among the ids of a table.</summary>
    private protected IReadOnlyList<Neighbor> Near(LearnedTable table, ReadOnlyMemory<float> vector, int count) =>
        _neighbors.Of(table, vector, count);

    /// <summary>A table of the run.</summary>
    /// <exception cref="InvalidDataException">The run has no such table.</exception>
    private protected static LearnedTable Table(string path, IReadOnlyList<LearnedTable> tables, string name) =>
        tables.FirstOrDefault(table => table.Name == name)
        ?? throw new InvalidDataException($"the run '{path}' has no table '{name}'; train again with 'rowan train'");

    static bool Has(string path, Type capability)
    {
        try
        {
            using JsonDocument info = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(path, "run.json")));
            return KindOf(path, info.RootElement).Type.IsAssignableTo(capability);
        }
        // Such a run says what is wrong with it when it is opened by its name.
        catch (Exception failure) when (failure is IOException or JsonException or InvalidDataException or KeyNotFoundException
            or InvalidOperationException or UnauthorizedAccessException) { return false; }
    }

    /// <summary>The class of a run, and how it is opened: by its recipe, or imported vectors.</summary>
    static (Type Type, Func<string, JsonElement, Run> Open) KindOf(string path, JsonElement info)
    {
        string task = info.GetProperty("kind").GetString()!;
        if (task == VectorsRun.TaskName) return (typeof(VectorsRun), VectorsRun.Load);
        Recipe recipe = RecipeCatalog.All.FirstOrDefault(recipe => recipe.Kind == task) ?? throw new InvalidDataException(
            $"the run '{path}' is of an unknown task '{task}'; the tasks are "
            + $"{string.Join(", ", RecipeCatalog.All.Select(recipe => recipe.Kind))}");
        return (recipe.RunType(info), recipe.Open);
    }
}
