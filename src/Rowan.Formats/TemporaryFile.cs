using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rowan.Formats;

/// <summary>
/// The names of temporary files, ".model.safetensors.MACHINE-PROCESS-NUMBER.tmp", and the removal of those whose process was killed. A
/// file that a living process writes is open and locked; one that nobody has open, of a process of this machine that no longer runs, is an
/// orphan. A folder of that name may hold several files, none of which is open; it is one if its process no longer runs.
/// </summary>
static class TemporaryFile
{
    const string Ending = ".tmp";

    // Of other machines on a shared disk, and of earlier versions, nothing is known but the age.
    static readonly TimeSpan Old = TimeSpan.FromHours(1);

    static readonly string Machine = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Environment.MachineName)), 0, 4);

    /// <summary>Those of this process, which is alive.</summary>
    static readonly ConcurrentDictionary<string, bool> Own = new(StringComparer.Ordinal);

    /// <summary>A name next to a file, that no other process gives.</summary>
    public static string NextTo(string path)
    {
        string name = string.Create(CultureInfo.InvariantCulture,
            $".{Path.GetFileName(path)}.{Machine}-{Environment.ProcessId}-{Guid.NewGuid():N}{Ending}");
        Own[name] = true;
        return Path.Combine(Path.GetDirectoryName(path)!, name);
    }

    /// <summary>Deletes the file or folder where it still is, and forgets its name.</summary>
    public static void Release(string temporary)
    {
        Delete(temporary);
        Own.TryRemove(Path.GetFileName(temporary), out _);
    }

    /// <summary>Deletes what killed processes left in a folder. What cannot be looked at or deleted stays.</summary>
    public static void RemoveOrphans(string folder)
    {
        try
        {
            foreach (string entry in Directory.EnumerateFileSystemEntries(folder, $".*{Ending}"))
                if (IsOrphan(entry)) Delete(entry);
        }
        catch (IOException) { }
        catch (UnauthorizedAccessException) { }
    }

    static bool IsOrphan(string file)
    {
        string name = Path.GetFileName(file);
        string[] parts = name[..^Ending.Length].Split('.')[^1].Split('-');
        bool isOurs = parts is [{ Length: 8 }, _, { Length: 32 }] or [{ Length: 32 }];
        if (!isOurs || !Guid.TryParseExact(parts[^1], "N", out _) || Own.ContainsKey(name)) return false;
        bool isHere = parts.Length == 3 && parts[0] == Machine;
        bool isOld = DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > Old;
        bool isDead = isHere && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            && (process == Environment.ProcessId || !IsAlive(process));
        if (Directory.Exists(file)) return isHere ? isDead : isOld;
        return (isOld || isDead) && IsClosed(file);
    }

    static bool IsAlive(int process)
    {
        try
        {
            using Process running = Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException) { return false; }
    }

    /// <summary>Whether no process has the file open.</summary>
    static bool IsClosed(string file)
    {
        try
        {
            using var alone = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException) { return false; }
        catch (UnauthorizedAccessException) { return false; }
    }

    static void Delete(string file)
    {
        try
        {
            if (Directory.Exists(file)) Directory.Delete(file, recursive: true);
            else File.Delete(file);
        }
        catch (IOException) { }
        catch (UnauthorizedAccessException) { }
    }
}
