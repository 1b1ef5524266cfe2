using System.Security.Cryptography;
using System.Text.Json;
using Rowan.Formats;
using Rowan.Numerics;

namespace Rowan.Training;

/// <summary>
/// The folder of a training run: its files, a log, and run.json, which describes them. It gets its name only when it is complete; until
/// then it is ".name.partial", with one process as its writer. A partial folder with a checkpoint is kept and can be resumed.
/// </summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>The version of run.json that this library writes, and the newest that it reads.</summary>
    public const int FormatVersion = 1;

    internal const string InfoFile = "run.json", PartialEnding = ".partial";

    const string CheckpointFolder = "checkpoint", LockFile = "lock", ReplacedEnding = ".replaced";

    static readonly TimeSpan Moment = TimeSpan.FromMinutes(1);

    readonly string _partial;
    readonly bool _replaces;
    readonly FileStream _lock;
    readonly TrainingLog _log;
    readonly List<string> _files = [];

    RunFolder(string path, string partial, FileStream held, bool replaces)
    {
        (Path, _partial, _lock, _replaces) = (path, partial, held, replaces);
        Directory.CreateDirectory(System.IO.Path.Combine(partial, CheckpointFolder));
        // Whoever leaves at once leaves nothing behind but a checkpoint.
        AppDomain.CurrentDomain.ProcessExit += RemovePartial;
        _log = new TrainingLog(partial);
        Checkpoint = new TrainingCheckpoint(System.IO.Path.Combine(partial, CheckpointFolder)) {
            LogLength = () => _log.Length, LogResumes = _log.CutTo };
        if (!Checkpoint.Exists) _log.CutTo(0);
    }

    /// <summary>Where the run's checkpoints are.</summary>
    public TrainingCheckpoint Checkpoint { get; }

    /// <summary>Where the run will be.</summary>
    public string Path { get; }

    /// <summary>Begins a run.</summary>
    /// <param name="runsDirectory">The folder of all runs; made where it is missing.</param>
    /// <param name="name">The run's name; null for the name of the data, the task and the next free number: "ratings-recommend-1".</param>
    /// <param name="kind">The task.</param>
    /// <param name="resume">Whether to resume the interrupted run of that name.</param>
    /// <param name="overwrite">Whether to replace a run of that name, once the new one is complete.</param>
    /// <param name="data">The name of the data, for the run's name.</param>
    /// <exception cref="IOException">A run of that name exists, is being written, or was interrupted and is not to be resumed; or the
    /// folder can't be made.</exception>
    /// <exception cref="ArgumentException">The name is no file name.</exception>
    public static RunFolder Create(string runsDirectory, string? name, string kind, bool resume = false, bool overwrite = false,
        string? data = null)
    {
        RemoveAbandoned(runsDirectory, ".*.partial");
        if (name is null) return Numbered(runsDirectory, $"{NameOf(data)}{kind}");
        Require.That(name.Length > 0 && name[0] != '.' && name.IndexOfAny(System.IO.Path.GetInvalidFileNameChars()) < 0,
            $"the run name '{name}' is not a plain folder name; choose another as `name` NAME", nameof(name));
        string path = System.IO.Path.Combine(runsDirectory, name), partial = PartialOf(runsDirectory, name);
        PutBack(path);
        bool exists = Directory.Exists(path), resumable = resume && (HasCheckpoint(path) || HasCheckpoint(partial));
        if (exists && !resumable && !overwrite)
            throw new IOException($"the run '{path}' exists already; choose another name as `name` NAME, or replace it with `overwrite`");
        if (exists && !System.IO.File.Exists(System.IO.Path.Combine(path, InfoFile)))
            throw new IOException($"'{path}' is not a run, and is not overwritten; choose another name as `name` NAME");
        FileStream held = Lock(partial, name);
        if (!resume && HasCheckpoint(partial))
        {
            if (!overwrite)
            {
                held.Dispose();
                throw new IOException($"the run '{name}' was interrupted; resume it with `resume` {name}, or replace it "
                    + $"with `overwrite`");
            }
            Directory.Delete(System.IO.Path.Combine(partial, CheckpointFolder), recursive: true);
        }
        // A run that was stopped and saved keeps its checkpoint: it is resumed from a copy, so that it stays whole until the longer run is.
        if (exists && resumable && !HasCheckpoint(partial)) CopyForResume(path, partial);
        return new RunFolder(path, partial, held, replaces: exists);
    }

    static RunFolder Numbered(string runsDirectory, string stem)
    {
        for (int number = 1; ; number++)
        {
            string name = $"{stem}-{number}", path = System.IO.Path.Combine(runsDirectory, name), partial = PartialOf(runsDirectory, name);
            if (Directory.Exists(path) || (Directory.Exists(partial) && (HasCheckpoint(partial) || Held(partial)))) continue;
            // Another process may take the same number at the same moment; then this one takes the next.
            try { return new RunFolder(path, partial, Lock(partial, name), replaces: false); }
            catch (IOException) when (Directory.Exists(partial) && Held(partial)) { }
        }
    }

    /// <summary>"ratings-" for "data/ratings.csv.gz"; nothing where there is no name.</summary>
    static string NameOf(string? data)
    {
        string file = System.IO.Path.GetFileName(data ?? "");
        string stem = file.TrimStart('.').Split('.')[0];
        string plain = string.Join('-',
            string.Concat(stem.Select(c => char.IsLetterOrDigit(c) || c == '_' ? c : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));
        const int Longest = 40;
        return plain.Length == 0 ? "" : $"{(plain.Length <= Longest ? plain : plain[..Longest])}-";
    }

    static void CopyForResume(string path, string partial)
    {
        string from = System.IO.Path.Combine(path, CheckpointFolder), to = System.IO.Path.Combine(partial, CheckpointFolder);
        Directory.CreateDirectory(to);
        System.IO.File.Copy(System.IO.Path.Combine(path, TrainingLog.LogFile), System.IO.Path.Combine(partial, TrainingLog.LogFile),
            overwrite: true);
        // checkpoint.json makes a checkpoint of the others, so it is the last.
        foreach (string file in Directory.GetFiles(from).OrderBy(file => System.IO.Path.GetFileName(file) == TrainingCheckpoint.InfoFile))
            System.IO.File.Copy(file, System.IO.Path.Combine(to, System.IO.Path.GetFileName(file)), overwrite: true);
    }

    /// <summary>The newest run that was interrupted and has a checkpoint, or the one of a name.</summary>
    /// <param name="runsDirectory">The folder of all runs.</param>
    /// <param name="name">The run's name; null for the newest.</param>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string CutOff(string runsDirectory, string? name = null)
    {
        if (name is not null)
        {
            string path = System.IO.Path.Combine(runsDirectory, name);
            if (HasCheckpoint(PartialOf(runsDirectory, name)) || HasCheckpoint(path)) return name;
            throw new DirectoryNotFoundException(Directory.Exists(path) ? $"the run '{name}' is complete; there is nothing to resume"
                : $"'{runsDirectory}' has no interrupted run '{name}'; 'rowan runs' lists the runs");
        }
        string? newest = !Directory.Exists(runsDirectory) ? null : Directory.GetDirectories(runsDirectory).Where(HasCheckpoint)
            .MaxBy(folder => (System.IO.File.GetLastWriteTimeUtc(
                System.IO.Path.Combine(folder, CheckpointFolder, TrainingCheckpoint.InfoFile)), folder));
        return newest is null ? throw new DirectoryNotFoundException(
            $"'{runsDirectory}' has no interrupted run with a checkpoint; 'rowan runs' lists the runs") : PlainName(newest);
    }

    /// <summary>"name" for "runs/name" and "runs/.name.partial".</summary>
    internal static string PlainName(string folder)
    {
        string name = System.IO.Path.GetFileName(folder);
        return name[0] == '.' ? name[1..^PartialEnding.Length] : name;
    }

    /// <summary>The file next to the checkpoint that says how the run was started.</summary>
    public static string RequestFile(string runsDirectory, string name)
    {
        string partial = PartialOf(runsDirectory, name), whole = System.IO.Path.Combine(runsDirectory, name);
        return RequestFile(!HasCheckpoint(partial) && HasCheckpoint(whole) && !Directory.Exists(partial) ? whole : partial);
    }

    internal static string RequestFile(string folder) => System.IO.Path.Combine(folder, CheckpointFolder, "request.json");

    static string PartialOf(string runsDirectory, string name) => System.IO.Path.Combine(runsDirectory, $".{name}{PartialEnding}");

    internal static bool HasCheckpoint(string partial) =>
        System.IO.File.Exists(System.IO.Path.Combine(partial, CheckpointFolder, TrainingCheckpoint.InfoFile));

    /// <summary>
    /// Removes folders of runs that were killed before they left a checkpoint, and other folders that hold a file "lock" and nothing worth
    /// keeping: those that no process holds. One that was made, or finished, a moment ago may be about to be locked, or to get its name,
    /// and stays.
    /// </summary>
    /// <param name="directory">Where the folders are; it may be missing.</param>
    /// <param name="pattern">Which.</param>
    public static void RemoveAbandoned(string directory, string pattern)
    {
        try
        {
            if (!Directory.Exists(directory)) return;
            foreach (string folder in Directory.GetDirectories(directory, pattern))
                if (!HasCheckpoint(folder) && LastWritten(folder) < DateTime.UtcNow - Moment && !Held(folder))
                    Directory.Delete(folder, recursive: true);
        }
        // Whoever else removes them, or may; the next run tries again.
        catch (IOException) { }
        catch (UnauthorizedAccessException) { }
    }

    static DateTime LastWritten(string folder) =>
        Directory.EnumerateFileSystemEntries(folder).Append(folder).Max(System.IO.File.GetLastWriteTimeUtc);

    /// <summary>Holds a folder of temporary files, so that <see cref="RemoveAbandoned"/> leaves it alone, until what is returned is
    /// disposed.</summary>
    public static IDisposable Hold(string folder)
    {
        Directory.CreateDirectory(folder);
        return new FileStream(System.IO.Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    static FileStream Lock(string partial, string name)
    {
        if (Directory.Exists(partial) && !HasCheckpoint(partial) && !Held(partial)) Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        try { return new FileStream(System.IO.Path.Combine(partial, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite,
            FileShare.None); }
        catch (IOException held) when (System.IO.File.Exists(System.IO.Path.Combine(partial, LockFile))) {
            throw new IOException($"the run '{name}' is being written by another process; wait for it, or choose another name as "
            + $"`name` NAME", held); }
    }

    static bool Held(string partial)
    {
        string file = System.IO.Path.Combine(partial, LockFile);
        if (!System.IO.File.Exists(file)) return false;
        try
        {
            using var free = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException) { return true; }
    }

    /// <summary>Where a file of the run is to be written, before <see cref="Complete"/>.</summary>
    public string File(string name)
    {
        _files.Add(name);
        return System.IO.Path.Combine(_partial, name);
    }

    /// <summary>Adds a line to the log.</summary>
    public void Log(TrainingProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        _log.Add(progress);
    }

    /// <summary>Writes run.json with the size and SHA-256 of every file, and puts the folder under its name.</summary>
    /// <param name="kind">What was trained.</param>
    /// <param name="write">Adds what is particular to the kind: settings, data, metrics.</param>
    /// <param name="resumable">Whether to keep the checkpoint in the run, from which it can be resumed.</param>
    public void Complete(string kind, Action<Utf8JsonWriter> write, bool resumable = false)
    {
        _log.Dispose();
        AtomicFile.WriteText(System.IO.Path.Combine(_partial, InfoFile), Json(json =>
        {
            json.WriteNumber("format_version", FormatVersion);
            json.WriteString("kind", kind);
            json.WriteString("written", DateTime.UtcNow.ToString("O"));
            json.WriteStartObject("versions");
            json.WriteString("rowan", typeof(RunFolder).Assembly.GetName().Version!.ToString(3));
            json.WriteString("runtime", Environment.Version.ToString());
            json.WriteString("os", System.Runtime.InteropServices.RuntimeInformation.OSDescription);
            json.WriteString("architecture", System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString());
            json.WriteEndObject();
            write(json);
            json.WriteStartObject("files");
            foreach (string name in _files)
            {
                string file = System.IO.Path.Combine(_partial, name);
                json.WriteStartObject(name);
                json.WriteNumber("bytes", new FileInfo(file).Length);
                json.WriteString("sha256", Sha256(file));
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }, indented: true) + "\n");
        // The checkpoint goes last: until the folder has its name, a crash leaves a run that can be resumed; after that, at worst unused
        // files.
        _lock.Dispose();
        string replaced = ReplacedOf(Path);
        if (_replaces && Directory.Exists(Path)) Directory.Move(Path, replaced);
        Directory.Move(_partial, Path);
        System.IO.File.Delete(System.IO.Path.Combine(Path, LockFile));
        if (!resumable) Directory.Delete(System.IO.Path.Combine(Path, CheckpointFolder), recursive: true);
        if (Directory.Exists(replaced)) Directory.Delete(replaced, recursive: true);
    }

    static string ReplacedOf(string path) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, $".{System.IO.Path.GetFileName(path)}{ReplacedEnding}");

    /// <summary>Gives a run its name back that lost it to a replacement which a crash kept from taking it.</summary>
    static void PutBack(string path)
    {
        string replaced = ReplacedOf(path);
        if (!Directory.Exists(replaced)) return;
        if (Directory.Exists(path)) Directory.Delete(replaced, recursive: true);
        else Directory.Move(replaced, path);
    }

    /// <summary>Removes what was not completed and has no checkpoint.</summary>
    public void Dispose()
    {
        _log.Dispose();
        RemovePartial(null, EventArgs.Empty);
        AppDomain.CurrentDomain.ProcessExit -= RemovePartial;
    }

    void RemovePartial(object? sender, EventArgs e)
    {
        _lock.Dispose();
        if (Directory.Exists(_partial) && !HasCheckpoint(_partial)) Directory.Delete(_partial, recursive: true);
    }

    /// <summary>The newest complete run of a kind; of any kind where it is null.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Newest(string runsDirectory, string? kind = null)
    {
        string? newest = !Directory.Exists(runsDirectory) ? null : Directory.GetDirectories(runsDirectory)
            .Where(folder => System.IO.Path.GetFileName(folder)[0] != '.' && KindOf(folder) is { } found && (kind is null || found == kind))
            .MaxBy(folder => (System.IO.File.GetLastWriteTimeUtc(System.IO.Path.Combine(folder, InfoFile)), folder));
        return newest ?? throw new DirectoryNotFoundException(
            $"there is no {(kind is null ? "" : $"{kind} ")}run in '{runsDirectory}'; train one with 'rowan train', or name a run "
            + $"folder as `run` DIR");
    }

    /// <summary>
    /// The folder that a run's path or its name means: a folder that holds a run goes before a name, and a name before any other folder.
    /// </summary>
    /// <param name="run">A path, or a name among the runs.</param>
    /// <param name="runsDirectory">The folder of all runs.</param>
    public static string Named(string run, string runsDirectory = "runs")
    {
        string named = System.IO.Path.Combine(runsDirectory, run);
        PutBack(named);
        return !System.IO.File.Exists(System.IO.Path.Combine(run, InfoFile)) && Directory.Exists(named) ? named : run;
    }

    /// <summary>Reads run.json and checks every file it names: present, of its size, of its content.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="kind">The kind it must be of; null for any.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of another kind, or from a newer version.</exception>
    public static JsonElement Open(string path, string? kind = null)
    {
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"there is no run folder '{path}'; name one that 'rowan train' wrote as `run` DIR");
        string info = System.IO.Path.Combine(path, InfoFile);
        Require.Data(System.IO.File.Exists(info), $"the run '{path}' is incomplete: it has no {InfoFile}; train again with 'rowan train'");
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(info));
            root = document.RootElement.Clone();
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"'{info}' is damaged at line {broken.LineNumber + 1}: it is not JSON; train again with "
                + $"'rowan train'", broken);
        }
        Require.Data(root.ValueKind == JsonValueKind.Object && root.TryGetProperty("format_version", out JsonElement version)
            && version.TryGetInt32(out int number) && number >= 1,
            $"'{info}' is damaged: it has no format_version; train again with 'rowan train'");
        Require.Data(root.GetProperty("format_version").GetInt32() <= FormatVersion,
            $"the run '{path}' was written by a newer version: format {root.GetProperty("format_version").GetInt32()}, and this one "
                + $"reads up to {FormatVersion}; update rowan");
        Require.Data(root.TryGetProperty("kind", out JsonElement found) && found.GetString() is { } own && (kind is null || own == kind),
            $"the run '{path}' is not a {kind ?? "known"} run; name one that is as `run` DIR");
        Require.Data(root.TryGetProperty("files", out JsonElement files) && files.ValueKind == JsonValueKind.Object,
            $"'{info}' is damaged: it names no files; train again with 'rowan train'");
        foreach (JsonProperty file in files.EnumerateObject())
            Verify(path, file.Name, file.Value.GetProperty("bytes").GetInt64(), file.Value.GetProperty("sha256").GetString());
        return root;
    }

    static void Verify(string path, string name, long bytes, string? sha256)
    {
        string file = System.IO.Path.Combine(path, name);
        Require.Data(System.IO.File.Exists(file), $"the run '{path}' is incomplete: {name} is missing; train again with 'rowan train'");
        long length = new FileInfo(file).Length;
        Require.Data(length == bytes,
            $"'{file}' is {(length < bytes ? "truncated" : "changed")}: {length} bytes where {bytes} were written; train again with "
            + $"'rowan train'");
        Require.Data(Sha256(file) == sha256, $"'{file}' is damaged: its content is not what was written; train again with 'rowan train'");
    }

    static string? KindOf(string folder)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(System.IO.Path.Combine(folder, InfoFile)));
            return document.RootElement.TryGetProperty("kind", out JsonElement kind) ? kind.GetString() : null;
        }
        // Not a run, or one that is named explicitly to hear what is wrong with it.
        catch (Exception failure) when (failure is IOException or JsonException or UnauthorizedAccessException) { return null; }
    }

    static string Sha256(string file)
    {
        using FileStream stream = System.IO.File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    static string Json(Action<Utf8JsonWriter> write, bool indented)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = indented, NewLine = "\n" }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
