using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary>A failure as one line: what happened and what to do.</summary>
static class Errors
{
    // Windows' ERROR_DISK_FULL as an HRESULT, and Linux's and macOS' ENOSPC.
    const int DiskFullWindows = unchecked((int)0x8007_0070), NoSpaceLeft = 28;

    public static string Describe(Exception failure) => "rowan: " + failure switch
    {
        IOException { HResult: DiskFullWindows or NoSpaceLeft } =>
            $"the disk is full; free some space, or write elsewhere with --runs DIR ({OneLine(failure)})",
        UnauthorizedAccessException => $"{OneLine(failure)} Change the permissions, or choose another folder.",
        ArgumentException { ParamName: { } name } => OneLine(failure).Replace($" (Parameter '{name}')", "", StringComparison.Ordinal),
        RunCapabilityException or IOException or InvalidDataException or BadRecordException or NonFiniteLossException
            or KeyNotFoundException or ArgumentException or NotSupportedException =>
            OneLine(failure),
        _ => $"{OneLine(failure)} This is an unexpected error; run again with --debug to see its stack trace.",
    };

    static string OneLine(Exception failure) =>
        string.Join(' ', failure.Message.Split((char[]?)['\n', '\r'], StringSplitOptions.RemoveEmptyEntries
        | StringSplitOptions.TrimEntries)).WithOptions();
}
