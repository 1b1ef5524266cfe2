using System.Text.Json;
using System.Text.Json.Nodes;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Reads and writes the folders of static encoders.</summary>
static class StaticFolder
{
    /// <summary>The file of the rows.</summary>
    public const string Model = "model.safetensors";

    const string TokenizerName = "tokenizer.json", Config = "config.json", Modules = "modules.json",
        Model2VecRows = "embeddings", SentenceRows = "embedding.weight", Weights = "weights", Mapping = "mapping",
        Inner = "0_StaticEmbedding";

    /// <summary>Where the model file lies: in the folder or in 0_StaticEmbedding; null if it is in neither.</summary>
    public static string? Find(string folder) =>
        ((string[])[folder, Path.Combine(folder, Inner)]).FirstOrDefault(path => File.Exists(Path.Combine(path, Model))
            && File.Exists(Path.Combine(path, TokenizerName)));

    /// <summary>Reads a folder.</summary>
    public static StaticEncoder Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"StaticEncoder.Open: there is no folder '{folder}'");
        string path = Find(folder)
            ?? throw new FileNotFoundException($"StaticEncoder.Open: '{folder}' has no {Model} with {TokenizerName}, "
            + $"neither in the folder nor in {Inner}; expected a folder of Model2Vec or of sentence-transformers' StaticEmbedding");
        string file = Path.Combine(path, Model);
        using SafetensorsFile model = Safetensors.Open(file);
        bool ofModel2Vec = model.Contains(Model2VecRows);
        string name = ofModel2Vec ? Model2VecRows : SentenceRows;
        SafetensorsInfo info = model[name];
        Require.Data(info.Shape.Count == 2 && info.Shape[0] > 0 && info.Shape[1] is > 0 and <= int.MaxValue,
            $"'{file}': '{name}' is [{string.Join(", ", info.Shape)}]; expected [rows, dim]");
        Table rows = RowsOf(model, name, info);
        try
        {
            return new StaticEncoder(Tokenizer.Open(path), rows, Optional(model, Weights), Integers(model, Mapping))
            {
                Normalizes = Normalizes(folder, ofModel2Vec), DropsUnknown = ofModel2Vec,
            };
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"'{folder}': {error.Message}", error);
        }
    }

    /// <summary>Reads a folder without its rows, which are in memory.</summary>
    public static StaticEncoder ReadOver(string folder, Table rows)
    {
        using SafetensorsFile model = Safetensors.Open(Path.Combine(folder, Model));
        bool ofModel2Vec = model.Contains(Model2VecRows);
        return new StaticEncoder(Tokenizer.Open(folder), rows) { Normalizes = Normalizes(folder, ofModel2Vec), DropsUnknown = ofModel2Vec };
    }

    static Table RowsOf(SafetensorsFile model, string name, SafetensorsInfo info)
    {
        var rows = new Table(info.Shape[0], (int)info.Shape[1], name);
        StateEntry entry = model.Entry(name);
        var piece = new float[(int)Math.Min(entry.Count, Math.Max(1, (1 << 20) / rows.Dim) * rows.Dim)];
        for (long at = 0; at < entry.Count; at += piece.Length)
        {
            Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, entry.Count - at));
            entry.Read(at, values);
            int wrong = values.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
            Require.Data(wrong < 0, $"'{model.Path}': row {(at + wrong) / rows.Dim} of '{name}' has {values[Math.Max(0, wrong)]}; "
                + $"values must "
                + $"be finite");
            rows.WriteValues(at, values);
        }
        return rows;
    }

    static float[]? Optional(SafetensorsFile model, string name)
    {
        return model.Contains(name) ? model.Entry(name).Floats() : null;
    }

    static int[]? Integers(SafetensorsFile model, string name)
    {
        if (!model.Contains(name)) return null;
        StateEntry entry = model.Entry(name);
        Require.Data(entry.IsInteger, $"'{model.Path}': '{name}' holds floats; expected integers");
        return [.. entry.Integers().Select(value => (int)Math.Clamp(value, int.MinValue, int.MaxValue))];
    }

    static bool Normalizes(string folder, bool ofModel2Vec)
    {
        if (Json(folder, Config)?["normalize"] is JsonValue said && said.TryGetValue(out bool normalize)) return normalize;
        return Json(folder, Modules) is JsonArray modules
            ? modules.Any(module => module?["type"]?.ToString().EndsWith(".Normalize", StringComparison.Ordinal) == true) : ofModel2Vec;
    }

    static JsonNode? Json(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonNode.Parse(File.ReadAllText(path));
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' is damaged JSON: {error.Message}", error);
        }
    }

    /// <summary>Writes a folder.</summary>
    public static void Write(StaticEncoder encoder, string folder, StaticLayout layout, FloatFormat numbers)
    {
        Require.That(numbers is FloatFormat.Float32 or FloatFormat.Float16 or FloatFormat.Int8,
            $"StaticEncoder.Save: numbers {numbers}; readers know Float32, Float16 and Int8", nameof(numbers));
        bool model2Vec = layout == StaticLayout.Model2Vec;
        Require.That(model2Vec || (encoder.Weights is null && encoder.Mapping is null), $"StaticEncoder.Save: StaticEmbedding of "
            + $"sentence-transformers has no weights and no mapping; save as Model2Vec", nameof(layout));
        Require.That(numbers != FloatFormat.Int8 || encoder.Normalizes,
            $"StaticEncoder.Save: Int8 keeps the directions of vectors only, and "
            + $"this encoder does not normalize; save as Float16", nameof(numbers));
        Directory.CreateDirectory(folder);
        long[] sizes = [encoder.Rows.Count, encoder.Dim];
        var entries = new List<StateEntry> { RowsEntry(encoder.Rows, model2Vec ? Model2VecRows : SentenceRows, sizes, numbers) };
        if (encoder.Weights is { } weights) entries.Add(StateEntry.Over(Weights, [weights.Count], [weights.ToArray()]));
        if (encoder.Mapping is { } mapping)
            entries.Add(StateEntry.Over(Mapping, [mapping.Count], [.. mapping.Select(row => (long)row)]));
        Safetensors.Write(Path.Combine(folder, Model), entries);
        encoder.Tokenizer.Save(Path.Combine(folder, TokenizerName));
        if (model2Vec) WriteJson(folder, Config, ConfigOf(encoder, numbers));
        var modules = new JsonArray(Module(0, "", "StaticEmbedding"));
        if (encoder.Normalizes) modules.Add((JsonNode)Module(1, "1_Normalize", "Normalize"));
        WriteJson(folder, Modules, modules);
        if (encoder.Normalizes) Directory.CreateDirectory(Path.Combine(folder, "1_Normalize"));
        WriteJson(folder, "config_sentence_transformers.json", new JsonObject
        {
            ["prompts"] = new JsonObject(), ["default_prompt_name"] = null, ["similarity_fn_name"] = "cosine",
        });
    }

    static StateEntry RowsEntry(Table rows, string name, long[] sizes, FloatFormat numbers)
    {
        float scale = 1;
        if (numbers == FloatFormat.Int8)
        {
            float most = 0;
            var row = new float[rows.Dim];
            for (long id = 0; id < rows.Count; id++)
                foreach (float value in rows.ReadRow(id, row)) most = Math.Max(most, Math.Abs(value));
            scale = most > 0 ? 127 / most : 1;
        }
        return new StateEntry(name, sizes, (RangeReader<float>)((start, into) =>
        {
            rows.ReadValues(start, into);
            if (numbers != FloatFormat.Int8) return;
            for (int i = 0; i < into.Length; i++) into[i] = MathF.Round(into[i] * scale);
        })) { Format = numbers };
    }

    static JsonObject ConfigOf(StaticEncoder encoder, FloatFormat numbers) => new()
    {
        ["model_type"] = "model2vec", ["architectures"] = new JsonArray("StaticModel"), ["hidden_dim"] = encoder.Dim,
        ["seq_length"] = encoder.MaxTokens, ["normalize"] = encoder.Normalizes, ["embedding_dtype"] = numbers switch
        {
            FloatFormat.Float16 => "float16",
            FloatFormat.Int8 => "int8",
            _ => "float32",
        },
    };

    static JsonObject Module(int index, string path, string type) => new()
    {
        ["idx"] = index, ["name"] = $"{index}", ["path"] = path, ["type"] = $"sentence_transformers.models.{type}",
    };

    static void WriteJson(string folder, string name, JsonNode content) => AtomicFile.Write(Path.Combine(folder, name), stream =>
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        content.WriteTo(writer);
    });
}
