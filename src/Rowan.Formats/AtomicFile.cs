using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// Files that are written whole or not at all: into a sibling temporary file, flushed to the disk, then renamed over the old one.
/// A crash, a full disk or an exception at any moment leaves the old file as it was. A killed process leaves its temporary file; the next
/// one that writes into the folder removes it.
/// </summary>
public static class AtomicFile
{
    const int BufferBytes = 1 << 16;

    /// <summary>Writes <paramref name="path"/> with what <paramref name="write"/> puts into the stream.</summary>
    /// <remarks>Any exception removes the temporary file, leaves the old file, and travels on.</remarks>
    /// <exception cref="IOException">The disk is full, the folder is missing, or the path is a folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string given = path;
        path = Path.GetFullPath(path);
        if (Directory.Exists(path)) throw new IOException($"Write: {path} is a folder; give the path of a file");
        RequireFolder(given);
        TemporaryFile.RemoveOrphans(Path.GetDirectoryName(path)!);
        string temporary = TemporaryFile.NextTo(path);
        try
        {
            using FileStream stream = Create(temporary, given);
            write(stream);
            stream.Flush(flushToDisk: true);
            // Moved while it is locked, so that it never looks like an orphan; on Windows others could not read it as long as it is open.
            if (OperatingSystem.IsWindows()) stream.Dispose();
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            TemporaryFile.Release(temporary);
        }
    }

    /// <summary>Throws where the folder of a file to write is missing.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    internal static void RequireFolder(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"'{path}': there is no folder '{Path.GetDirectoryName(path)}'; make it, or write "
                + $"elsewhere");
    }

    static FileStream Create(string temporary, string path)
    {
        try
        {
            // Shared for deletion, which on Unix keeps the file locked and others able to read it once it has its name.
            return new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Delete, BufferBytes);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UnauthorizedAccessException($"'{path}': nothing may be written into its folder.", error);
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})" path="/exception"/>
    public static void WriteText(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), BufferBytes, leaveOpen: true);
            writer.Write(text);
        });
    }

    /// <summary>Writes each line as UTF-8 with a line feed after it, the last one too.</summary>
    /// <exception cref="ArgumentException">A line contains a line break: reading it back would give two.</exception>
    /// <inheritdoc cref="Write(string, Action{Stream})" path="/exception"/>
    public static void WriteLines(string path, IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), BufferBytes, leaveOpen: true);
            long number = 0;
            foreach (string line in lines)
            {
                number++;
                Require.That(line.AsSpan().IndexOfAny('\n', '\r') < 0,
                    $"WriteLines: line {number} of {path} contains a line break; escape it first", nameof(lines));
                writer.Write(line);
                writer.Write('\n');
            }
        });
    }
}
