using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rowan.Onnx;

namespace Rowan.Encoders;

/// <summary>Vectors of different short sentences of Wikinews, as rows of float32, little-endian.</summary>
static partial class NewsSentences
{
    const int Shortest = 30, Longest = 120, Chunk = 1_000;

    /// <summary>Tokens of a sentence that count.</summary>
    public const int MaxTokens = 32;

    /// <summary>Sentences in the order of the file.</summary>
    public static IEnumerable<string> Read(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (reader.ReadLine() is { } line)
        {
            using var article = JsonDocument.Parse(line);
            foreach (string paragraph in article.RootElement.GetProperty("text").GetString()!.Split('\n'))
                foreach (string sentence in SentenceEnd().Split(paragraph).Select(part => part.Trim()))
                    if (sentence.Length is >= Shortest and <= Longest && char.IsUpper(sentence[0]) && sentence[^1] is '.' or '!' or '?'
                        && sentence.IndexOfAny(['<', '&', '{', '|', '[']) < 0 && seen.Add(sentence))
                        yield return sentence;
        }
    }

    /// <summary>Appends the vectors that a file lacks, so that a run that was ended goes on.</summary>
    public static void Write(string from, string into, TextEncoder encoder, int count, Action<string> say)
    {
        using var stream = new FileStream(into, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        long bytes = 4L * encoder.Dim * Chunk, done = stream.Length / bytes;
        stream.SetLength(done * bytes);
        stream.Seek(0, SeekOrigin.End);
        string[][] chunks = [.. Read(from).Take(count).Chunk(Chunk)];
        if (chunks.Sum(chunk => chunk.Length) < count) throw new InvalidDataException($"'{from}' has fewer than {count} sentences");
        for (int i = (int)done; i < chunks.Length; i++)
        {
            stream.Write(MemoryMarshal.AsBytes(encoder.Encode(chunks[i]).AsSpan()));
            stream.Flush();
            if (i % 5 == 4) say($"{(i + 1) * Chunk:#,0} of {count:#,0} sentences");
        }
    }

    [GeneratedRegex(@"(?<=[.!?])\s+")]
    private static partial Regex SentenceEnd();
}
