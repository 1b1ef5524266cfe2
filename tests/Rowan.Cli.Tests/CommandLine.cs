using Rowan.TestSupport;

namespace Rowan.Cli.Tests;

/// <summary>A command line in a folder of its own: what it printed, and its exit code.</summary>
sealed class CommandLine : IDisposable
{
    public TemporaryFolder Folder { get; } = new();

    public string Runs => Folder["runs"];

    public void Dispose() => Folder.Dispose();

    /// <summary>Writes a file of lines and returns its path.</summary>
    public string Lines(string name, params IEnumerable<string> lines)
    {
        File.WriteAllLines(Folder[name], lines);
        return Folder[name];
    }

    /// <summary>Runs a command, with --runs where it takes that.</summary>
    public Task<Ran> Run(params string[] args) => Plain([.. args, "--runs", Runs]);

    /// <summary>Runs a command as it is given.</summary>
    public static async Task<Ran> Plain(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        using var terminal = new Terminal { Out = output, Error = error };
        int code = await App.RunAsync(args, terminal);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>60 users of two kinds who choose among 30 items.</summary>
    public string Choices(string name = "choices.csv") =>
        Lines(name, Enumerable.Range(0, 60)
            .SelectMany(user => Enumerable.Range(0, 8).Select(k => $"u{user},i{user % 2 * 15 + (user + k) % 15}")).Prepend("user,item"));

    /// <summary>A table whose label is one of its columns.</summary>
    public string Table() =>
        Lines("table.csv", Enumerable.Range(0, 300).Select(i => $"{(i % 3 == 0 ? "red" : "blue")},{i % 10},{(i % 3 == 0 ? "yes" : "no")}")
        .Prepend("colour,size,label"));

    /// <summary>Texts of two labels.</summary>
    public string Texts() =>
        Lines("texts.tsv", Enumerable.Range(0, 200)
        .Select(i => i % 2 == 0 ? $"good\ta fine thing number {i} it is" : $"bad\ta dull thing number {i} it is").Prepend("label\ttext"));
}

/// <summary>What a command printed.</summary>
sealed record Ran(int Code, string Out, string Error)
{
    public string[] Rows => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
