using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Rowan;
using Rowan.Encoders;
using Rowan.Onnx;
using Rowan.Recipes;

// Rowan.Encoders ENCODER [--only models|fusion|recall] [--data DIR] [--cache DIR]: a text encoder, tables distilled from it, and
// fine-tuned ones; their fusion with BM25; the recall of the vector index on such vectors. Each is a table.
string[] parts = ["models", "fusion", "recall"];
string data = Environment.GetEnvironmentVariable("ROWAN_DATA") ?? Path.Combine("..", "shared", "data");
string cache = Path.Combine(Path.GetTempPath(), "rowan-encoders");
string? folder = null, sentences = null, only = null;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--data" when i + 1 < args.Length: data = args[++i]; break;
        case "--cache" when i + 1 < args.Length: cache = args[++i]; break;
        case "--only" when i + 1 < args.Length && parts.Contains(args[i + 1]): only = args[++i]; break;
        case "--sentences" when i + 1 < args.Length: sentences = args[++i]; break;
        case not ['-', ..] when folder is null: folder = args[i]; break;
        default: return Usage();
    }
}
if (folder is null) return Usage();
Directory.CreateDirectory(cache);
ComputeThreads.Count = Environment.ProcessorCount;

if (sentences is not null)
{
    using var ofSentences = TextEncoder.Open(folder, new TextEncoderOptions { MaxTokens = NewsSentences.MaxTokens });
    NewsSentences.Write(Path.Combine(data, "wikinews", "wikinews.jsonl.gz"), sentences, ofSentences, 52_000, Say);
    return 0;
}
var pairs = new SentencePairs(Path.Combine(data, "sts", "sts-dev.tsv"));
var scifact = new Retrieval(Path.Combine(data, "scifact"));
using var encoder = TextEncoder.Open(folder);
string encoderName = Path.GetFileName(folder);
string plainName = "distilled", weightedName = "distilled, rarity from the abstracts", tunedName = "… fine-tuned on the abstracts alone";
var plainSettings = new DistillSettings();
var weightedSettings = new DistillSettings { Texts = scifact.Documents };
var tuning = new FineTuning(scifact, cache, Say);
if (only is null or "models") CompareModels();
if (only is null or "fusion") CompareFusion();
if (only is null or "recall")
{
    StaticEncoder plain = Kept(plainName, () => Distilled(plainName, plainSettings));
    IndexRecall.Write(Console.Out, [.. IndexRecall.Newsgroups(Path.Combine(data, "20newsgroups"), plain), .. IndexRecall.Api(plain),
        .. IndexRecall.TrainedApi(cache, Say)]);
}
return 0;

void CompareModels()
{
    var table = new ResultTable();
    Say($"{encoderName}: {encoder.Description}");
    table.Add($"{encoderName} (ONNX Runtime)", pairs.Spearman(texts => encoder.Encode(texts)), scifact.Ndcg(Encoded), encoder.Dim);
    StaticEncoder plain = Add(plainName, Distilled(plainName, plainSettings));
    Add(weightedName, Distilled(weightedName, weightedSettings));
    string start = FolderOf(weightedName);
    Add(tunedName, Tuned());
    Add("… and on training claims about other abstracts than the test's", tuning.Run(start, scifact.TrainingJudgments(apart: true)));
    Add("… and on all training claims", tuning.Run(start, scifact.TrainingJudgments(apart: false)));

    Say("speed, one thread, the encoder and the table in turn");
    string[] some = [.. pairs.Texts.Take(200)], many = [.. Enumerable.Repeat(pairs.Texts, 10).SelectMany(texts => texts)];
    using var single = TextEncoder.Open(folder, new TextEncoderOptions { Threads = 1 });
    ComputeThreads.Count = 1;
    (double slow, double fast) = (0, 0);
    for (int round = 0; round < 3; round++)
    {
        slow = Math.Max(slow, PerSecond(some, texts => single.Encode(texts)));
        fast = Math.Max(fast, PerSecond(many, texts => plain.Encode(texts)));
    }
    ComputeThreads.Count = Environment.ProcessorCount;
    table.Write(Console.Out, slow, fast);
    Console.WriteLine(scifact.Overlap());

    StaticEncoder Add(string name, StaticEncoder made)
    {
        table.Add(name, pairs.Spearman(texts => made.Encode(texts)), scifact.Ndcg(texts => made.Encode(texts)), made.Dim);
        return made;
    }
}

void CompareFusion()
{
    Say("fusion with BM25");
    var fusion = new Fusion(scifact);
    StaticEncoder weighted = Kept(weightedName, () => Distilled(weightedName, weightedSettings)), tuned = Kept(tunedName, Tuned);
    fusion.Add("distilled table", texts => weighted.Encode(texts));
    fusion.Add("fine-tuned table", texts => tuned.Encode(texts));
    fusion.Add(encoderName, Encoded);
    fusion.Write(Console.Out);
    Console.WriteLine($"BM25: {fusion.Bm25}. The distilled table takes rarity from the abstracts; the fine-tuned one is trained on them "
        + "alone.");
}

// The encoder takes minutes for the abstracts and the claims, so their vectors are kept.
float[] Encoded(IReadOnlyList<string> texts)
{
    if (texts.Count < 500) return encoder.Encode(texts);
    string file = Path.Combine(cache, texts.Count == scifact.Documents.Count ? "abstracts.f32" : "claims.f32");
    if (File.Exists(file)) return MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray();
    Say($"encoding {texts.Count:#,0} texts");
    float[] vectors = encoder.Encode(texts);
    File.WriteAllBytes(file, MemoryMarshal.AsBytes(vectors.AsSpan()).ToArray());
    return vectors;
}

// A table that an earlier run left in the cache, or a new one.
StaticEncoder Kept(string name, Func<StaticEncoder> make) => Directory.Exists(FolderOf(name)) ? StaticEncoder.Open(FolderOf(name)) : make();

StaticEncoder Tuned()
{
    Kept(weightedName, () => Distilled(weightedName, weightedSettings));
    StaticEncoder tuned = tuning.Run(FolderOf(weightedName), null);
    tuned.Save(FolderOf(tunedName));
    return tuned;
}

StaticEncoder Distilled(string name, DistillSettings settings)
{
    Say(name);
    StaticEncoder made = Distiller.Distill(encoder, settings).Encoder;
    made.Save(FolderOf(name));
    return made;
}

string FolderOf(string name) =>
    Path.Combine(cache, name == plainName ? "distilled-plain" : name == weightedName ? "distilled" : "distilled-tuned");

static double PerSecond(string[] texts, Encode encode)
{
    encode(texts[..50]);
    var clock = Stopwatch.StartNew();
    encode(texts);
    return texts.Length / clock.Elapsed.TotalSeconds;
}

static void Say(string text) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:HH:mm:ss} {text}"));

static int Usage()
{
    Console.Error.WriteLine("usage: benchmarks/encoders.sh [ENCODER] [--only models|fusion|recall] [--data DIR] [--cache DIR]");
    return 2;
}
