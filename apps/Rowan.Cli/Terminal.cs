using System.Runtime.InteropServices;
using Spectre.Console;

namespace Rowan.Cli;

/// <summary>The streams of a command and its Ctrl-C, which tests replace.</summary>
sealed class Terminal : IDisposable
{
    readonly CancellationTokenSource _stop = new();
    PosixSignalRegistration? _terminate;

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether stderr is a terminal that can redraw a line.</summary>
    public bool Interactive { get; init; }

    /// <summary>Whether colours are wanted: a terminal, and NO_COLOR not set.</summary>
    public bool Color { get; init; }

    /// <summary>Columns of stdout.</summary>
    public int Width { get; init; } = 100;

    /// <summary>Set by the first Ctrl-C.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>The process's own streams; the first Ctrl-C or SIGTERM asks for a stop, the second quits at once.</summary>
    public static Terminal OfProcess()
    {
        bool noColor = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var terminal = new Terminal
        {
            Out = Console.Out, Error = Console.Error,
            Interactive = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb"
                && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")),
            Color = !Console.IsOutputRedirected && !noColor,
            Width = Console.IsOutputRedirected ? 120 : Math.Max(60, Console.WindowWidth),
        };
        Console.CancelKeyPress += (_, pressed) => pressed.Cancel = terminal.Interrupt();
        if (!OperatingSystem.IsWindows())
            terminal._terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = terminal.Interrupt());
        return terminal;
    }

    /// <summary>Ctrl-C was pressed. True when it was taken as a request; the second time the process is to end.</summary>
    public bool Interrupt()
    {
        if (_stop.IsCancellationRequested) Environment.Exit(App.Cancelled);
        Error.WriteLine();
        Error.WriteLine("rowan: saving; press Ctrl-C again to quit at once");
        _stop.Cancel();
        return true;
    }

    /// <summary>A table on stdout.</summary>
    public void Write(Spectre.Console.Table table) => Write(table, Out);

    /// <summary>A table on stdout or stderr.</summary>
    public void Write(Spectre.Console.Table table, TextWriter into)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(into),
            Ansi = Color ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = Color ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        console.Profile.Width = Width;
        console.Write(table);
    }

    public void Dispose()
    {
        _terminate?.Dispose();
        _stop.Dispose();
    }
}
