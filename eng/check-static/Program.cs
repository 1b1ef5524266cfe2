using System.Text.Json;
using Rowan;
using Rowan.Onnx;
using Rowan.Recipes;
using Nn = Rowan.Nn;

// What check-static.py asks of Rowan:  encoder DIR  makes a small text encoder with random weights;  encode FOLDER TEXTS OUT  writes the
// vectors of texts, a JSON array each, as StaticEncoder gives them.
switch (args)
{
    case ["encoder", var folder]:
        Directory.CreateDirectory(folder);
        string[] letters = [.. Enumerable.Range('a', 26).Select(letter => $"{(char)letter}")];
        string[] pieces = [.. letters.Where(letter => letter != "s").Select(letter => $"##{letter}")];
        string[] tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "red", "blue", "car", "boat", "##s", "##ing", "東", "京", "!", ".", ",",
            "-", .. letters, .. pieces, .. Enumerable.Range(0, 10).Select(i => $"{i}")];
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), tokens);
        var rng = new Rng(5);
        var model = new Nn.Sequential(new Nn.Embedding(tokens.Length, 16, rng: rng), new Nn.Linear(16, 16, rng: rng), new Nn.Tanh());
        model.ExportOnnx(Path.Combine(folder, "model.onnx"), new[,] { { 2, 4, 3 } },
            new OnnxExportOptions { Inputs = [new OnnxInput("input_ids", "batch", "length")] });
        return 0;
    case ["encode", var folder, var texts, var into]:
        StaticEncoder encoder = StaticEncoder.Open(folder);
        using (JsonDocument read = JsonDocument.Parse(File.ReadAllBytes(texts)))
        using (FileStream file = File.Create(into))
        using (var json = new Utf8JsonWriter(file))
        {
            string[] all = [.. read.RootElement.EnumerateArray().Select(text => text.GetString()!)];
            float[] vectors = encoder.Encode(all);
            json.WriteStartArray();
            for (int i = 0; i < all.Length; i++)
            {
                json.WriteStartArray();
                foreach (float value in vectors.AsSpan(i * encoder.Dim, encoder.Dim)) json.WriteNumberValue(value);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        return 0;
    default:
        Console.Error.WriteLine("usage: encoder DIR | encode FOLDER TEXTS OUT");
        return 2;
}
