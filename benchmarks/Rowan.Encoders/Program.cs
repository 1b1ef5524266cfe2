using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Rowan;
using Rowan.Encoders;
using Rowan.Onnx;
using Rowan.Recipes;

// Rowan.Encoders ENCODER [--data DIR] [--cache DIR]: a text encoder, tables distilled from it, and fine-tuned ones, in one table.
string data = Environment.GetEnvironmentVariable("ROWAN_DATA") ?? Path.Combine("..", "shared", "data");
string cache = Path.Combine(Path.GetTempPath(), "rowan-encoders");
string? folder = null;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--data" when i + 1 < args.Length: data = args[++i]; break;
        case "--cache" when i + 1 < args.Length: cache = args[++i]; break;
        case not ['-', ..] when folder is null: folder = args[i]; break;
        default: return Usage();
    }
}
if (folder is null) return Usage();
Directory.CreateDirectory(cache);
ComputeThreads.Count = Environment.ProcessorCount;

var pairs = new SentencePairs(Path.Combine(data, "sts", "sts-dev.tsv"));
var scifact = new Retrieval(Path.Combine(data, "scifact"));
using var encoder = TextEncoder.Open(folder);
var table = new ResultTable();
Say($"{Path.GetFileName(folder)}: {encoder.Description}");
// The encoder takes minutes for the abstracts, so their vectors are kept.
double spearman = pairs.Spearman(texts => encoder.Encode(texts));
double ndcg = scifact.Ndcg(texts => texts.Count < 1_000 ? encoder.Encode(texts) : Kept("abstracts.f32", () => encoder.Encode(texts)));
table.Add($"{Path.GetFileName(folder)} (ONNX Runtime)", spearman, ndcg, encoder.Dim);

StaticEncoder plain = Distill("distilled", new DistillSettings());
StaticEncoder weighted = Distill("distilled, rarity from the abstracts", new DistillSettings { Texts = scifact.Documents });
var tuning = new FineTuning(scifact, cache, Say);
string start = Path.Combine(cache, "distilled");
weighted.Save(start);
Add("… fine-tuned on the abstracts alone", tuning.Run(start, null));
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
table.Write(Console.Out, slow, fast);
Console.WriteLine(scifact.Overlap());
return 0;

StaticEncoder Distill(string name, DistillSettings settings)
{
    Say(name);
    return Add(name, Distiller.Distill(encoder, settings).Encoder);
}

StaticEncoder Add(string name, StaticEncoder made)
{
    table.Add(name, pairs.Spearman(texts => made.Encode(texts)), scifact.Ndcg(texts => made.Encode(texts)), made.Dim);
    return made;
}

float[] Kept(string name, Func<float[]> make)
{
    string file = Path.Combine(cache, name);
    if (File.Exists(file)) return MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray();
    float[] vectors = make();
    File.WriteAllBytes(file, MemoryMarshal.AsBytes(vectors.AsSpan()).ToArray());
    return vectors;
}

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
    Console.Error.WriteLine("usage: benchmarks/encoders.sh [ENCODER] [--data DIR] [--cache DIR]");
    return 2;
}
