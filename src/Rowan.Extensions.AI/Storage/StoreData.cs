using System.Text;
using Microsoft.Extensions.VectorData;
using Rowan.Numerics;

namespace Rowan.Extensions.AI;

/// <summary>
/// The collections of a store, in memory or in a folder. Stores of one process that name the same folder share it; other processes are
/// kept out by a lock.
/// </summary>
sealed class StoreData : IDisposable
{
    const string Extension = ".records", LockName = "rowan-store.lock";

    // Names of files may have 255 bytes.
    const int LongestName = 200;

    static readonly Dictionary<string, (StoreData Data, int Users)> Open = new(StringComparer.Ordinal);

    readonly Dictionary<string, CollectionData> _collections = new(StringComparer.Ordinal);
    readonly Lock _gate = new();
    readonly FileStream? _lock;
    readonly bool _syncs;
    bool _isDisposed;

    StoreData(string? folder, bool syncs, FileStream? @lock) => (Folder, _syncs, _lock) = (folder, syncs, @lock);

    /// <summary>The folder; null for memory.</summary>
    public string? Folder { get; }

    /// <summary>An empty store in memory.</summary>
    public static StoreData InMemory() => new(null, false, null);

    /// <summary>The store of a folder, which is made if it is missing.</summary>
    /// <exception cref="IOException">Another process has it open.</exception>
    public static StoreData InFolder(string folder, bool syncs)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        lock (Open)
        {
            if (Open.TryGetValue(folder, out (StoreData Data, int Users) known))
            {
                Require.State(known.Data._syncs == syncs, $"the store '{folder}' is open in this process with FlushToDisk "
                    + $"{known.Data._syncs}; give the same");
                Open[folder] = known with { Users = known.Users + 1 };
                return known.Data;
            }
            Directory.CreateDirectory(folder);
            FileStream held;
            try
            {
                held = new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException failure)
            {
                throw new IOException($"the vector store '{folder}' is in use by another process; one at a time may open it", failure);
            }
            var data = new StoreData(folder, syncs, held);
            Open.Add(folder, (data, 1));
            return data;
        }
    }

    /// <summary>The names of the collections, sorted.</summary>
    public string[] Names()
    {
        lock (_gate)
        {
            Check();
            IEnumerable<string> names = Folder is null ? _collections.Keys : Directory.EnumerateFiles(Folder, "*" + Extension)
                .Select(file => NameOf(Path.GetFileNameWithoutExtension(file)));
            return [.. names.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>A collection; null where there is none.</summary>
    public CollectionData? Find(string name)
    {
        lock (_gate)
        {
            Check();
            if (_collections.TryGetValue(name, out CollectionData? known)) return known;
            if (Folder is null || !File.Exists(PathOf(name))) return null;
            CollectionData opened = RecordLog.Open(name, PathOf(name), _syncs);
            _collections.Add(name, opened);
            return opened;
        }
    }

    /// <summary>Makes a collection, unless there is one.</summary>
    public void Create(string name, RecordSchema schema)
    {
        lock (_gate)
        {
            if (Find(name) is not null) return;
            _collections.Add(name,
                new CollectionData(name, schema, Folder is null ? null : RecordLog.Create(PathOf(name), schema, _syncs)));
        }
    }

    /// <summary>Deletes a collection, if there is one.</summary>
    public void Delete(string name)
    {
        lock (_gate)
        {
            Check();
            if (_collections.Remove(name, out CollectionData? data)) data.Discard();
            if (Folder is not null) RecordLog.Delete(PathOf(name));
        }
    }

    /// <summary>Gives the store up; the last user of a folder closes it.</summary>
    public void Dispose()
    {
        lock (Open)
        {
            if (Folder is null || !Open.TryGetValue(Folder, out (StoreData Data, int Users) known) || known.Data != this) return;
            if (known.Users > 1)
            {
                Open[Folder] = known with { Users = known.Users - 1 };
                return;
            }
            Open.Remove(Folder);
            lock (_gate)
            {
                _isDisposed = true;
                foreach (CollectionData data in _collections.Values) data.Dispose();
                _collections.Clear();
                _lock!.Dispose();
            }
        }
    }

    void Check() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    string PathOf(string name)
    {
        string file = FileOf(name);
        if (file.Length > LongestName)
            throw new VectorStoreException($"The name of collection '{name}' makes a file name of {file.Length} characters; at most "
                + $"{LongestName} are possible.");
        return Path.Combine(Folder!, file + Extension);
    }

    /// <summary>
    /// A name for any file system: lower-case letters, digits, '-' and '_' stay, of all else the bytes are written as %2E. So names that
    /// differ in case are different files everywhere.
    /// </summary>
    static string FileOf(string name)
    {
        var file = new StringBuilder();
        foreach (byte one in Encoding.UTF8.GetBytes(name))
            if ((char)one is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_') file.Append((char)one);
            else file.Append('%').Append(one.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        return file.ToString();
    }

    static string NameOf(string file) => Uri.UnescapeDataString(file);
}
