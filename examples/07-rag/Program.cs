// The retrieval half of RAG (retrieval-augmented generation): passages → vectors → store → hybrid search → prompt. Nothing is downloaded:
// the text encoder is trained here, on the passages themselves.
using Microsoft.Extensions.VectorData;
using Rowan.Data;
using Rowan.Extensions.AI;
using Rowan.Recipes;

namespace Rag;

public sealed class Passage
{
    [VectorStoreKey]
    public int Id { get; set; }

    [VectorStoreData]
    public string Chapter { get; set; } = "";

    [VectorStoreData(IsFullTextIndexed = true)]
    public string Text { get; set; } = "";

    /// <summary>The text that the store's generator turns into a vector.</summary>
    [VectorStoreVector(Program.Dim)]
    public string? Embedded => Text.Length > 0 ? Text : null;
}

public static class Program
{
    public const int Dim = 32;

    static readonly (string Chapter, string Text)[] Manual =
    [
        ("brewing", "Use 60 grams of coffee for a litre of water. Grind the beans just before brewing."),
        ("brewing", "Water between 92 and 96 degrees extracts best. Boiling water makes the coffee bitter."),
        ("brewing", "For espresso the grind is fine as powdered sugar, and the shot takes 25 to 30 seconds."),
        ("brewing", "A sour shot was too fast: grind finer. A bitter shot was too slow: grind coarser."),
        ("cleaning", "Descale the machine every two months with citric acid. Hard water needs it more often."),
        ("cleaning", "Rinse the milk frother at once after use. Dried milk blocks the nozzle."),
        ("cleaning", "Empty the drip tray daily and wash it with warm water and a soft brush."),
        ("repair", "If the pump is loud and no water comes, there is air in the tube. Open the steam valve to let it out."),
        ("repair", "Error E4 means that the water tank is empty or not pushed in fully."),
        ("repair", "When the machine leaks under the group head, replace the rubber gasket."),
        ("warranty", "The warranty lasts two years from the day of purchase. Keep the receipt."),
        ("warranty", "Damage by limescale is not covered by the warranty."),
    ];

    static readonly (string Question, int Passage)[] Questions =
    [
        ("why is the shot sour?", 3), ("how often must I descale the machine?", 4), ("the display shows E4", 8),
        ("which degrees extract best?", 1), ("loud pump without water", 7), ("how many years does the warranty last?", 10),
    ];

    static int _claims;

    public static int Main() => Run().GetAwaiter().GetResult();

    static async Task<int> Run()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("rag");
        try
        {
            using TextEmbeddingGenerator generator = TextEmbeddingGenerator.Open(TrainEncoder(folder.FullName));
            var options = new RowanVectorStoreOptions { Folder = Path.Combine(folder.FullName, "store"), EmbeddingGenerator = generator };

            Claim("The passages are stored in one folder; the store makes their vectors");
            using (var store = new RowanVectorStore(options))
            {
                VectorStoreCollection<int, Passage> manual = store.GetCollection<int, Passage>("manual");
                await manual.EnsureCollectionExistsAsync();
                await manual.UpsertAsync(Manual.Select((one, id) => new Passage { Id = id, Chapter = one.Chapter, Text = one.Text }));
                Check((await Count(manual)) == Manual.Length);
            }

            using var again = new RowanVectorStore(options);
            RowanCollection<int, Passage> passages = (RowanCollection<int, Passage>)again.GetCollection<int, Passage>("manual");
            Claim("Opened again, hybrid search (BM25 and vectors) finds the passage that answers a question");
            foreach ((string question, int wanted) in Questions)
            {
                List<Passage> found = await Search(passages, question, top: 2);
                Console.WriteLine($"{question} -> {found[0].Text}");
                Check(found[0].Id == wanted);
            }

            Claim("A filter keeps to one chapter");
            List<Passage> repairs = await Search(passages, "water", top: 3, chapter: "repair");
            Check(repairs.Count == 3 && repairs.All(passage => passage.Chapter == "repair"));

            Claim("What was found becomes the prompt of a language model, through any IChatClient");
            string prompt = Prompt("the display shows E4", await Search(passages, "the display shows E4", top: 2));
            Console.WriteLine(prompt);
            Check(prompt.Contains("water tank", StringComparison.Ordinal));
        }
        finally { folder.Delete(recursive: true); }
        Console.WriteLine($"\n{_claims} claims hold.");
        return 0;
    }

    static string TrainEncoder(string folder)
    {
        string file = Path.Combine(folder, "manual.tsv");
        File.WriteAllLines(file, Manual.Select((one, id) => $"{one.Chapter} {id}\t{one.Text}").Prepend("title\ttext"));
        using DataSource data = DataSource.Of(file, null);
        return new SearchRecipe().Train(new TrainRequest
        {
            Data = data, Schema = SchemaInference.Infer(data, null), RunsDirectory = Path.Combine(folder, "runs"), Preset = Preset.None,
            Settings = new Dictionary<string, string> { ["dim"] = $"{Dim}", ["epochs"] = "20" },
        }).Run;
    }

    static async Task<List<Passage>> Search(RowanCollection<int, Passage> passages, string question, int top, string? chapter = null)
    {
        var found = new List<Passage>();
        HybridSearchOptions<Passage>? options = chapter is null ? null : new() { Filter = passage => passage.Chapter == chapter };
        await foreach (VectorSearchResult<Passage> hit in passages.HybridSearchAsync(question, [question], top, options))
            found.Add(hit.Record);
        return found;
    }

    static string Prompt(string question, List<Passage> found) =>
        $"Answer from these passages alone.\n{string.Join('\n', found.Select(passage => $"- {passage.Text}"))}\nQuestion: {question}";

    static async Task<int> Count(VectorStoreCollection<int, Passage> passages)
    {
        int count = 0;
        await foreach (Passage _ in passages.GetAsync(passage => true, top: 1_000)) count++;
        return count;
    }

    static void Claim(string text) => Console.WriteLine($"\n{++_claims}. {text}.");

    static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException($"claim {_claims} does not hold");
    }
}
