using System.IO.Compression;
using Rowan.Formats;

namespace Rowan.Data;

/// <summary>A zip archive that holds one table.</summary>
static class ZipTable
{
    const int NamesShown = 10;

    /// <summary>Opens the only table of an archive.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, holds no table or several, or is a file of another program that
    /// happens to be a zip.</exception>
    public static Stream Open(string name, FileStream file)
    {
        ZipArchive? archive = null;
        try
        {
            archive = new ZipArchive(file, ZipArchiveMode.Read);
            return OpenEntry(Entry(name, archive), archive);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException or NotSupportedException)
        {
            if (archive is null) file.Dispose();
            else archive.Dispose();
            if (damaged.Data.Contains(nameof(ZipTable))) throw;
            throw new InvalidDataException($"'{name}' is a zip archive that cannot be read ({damaged.Message}); download or copy it " +
                $"again, or " +
                $"unpack it with another program", damaged);
        }
    }

    static EntryStream OpenEntry(ZipArchiveEntry entry, ZipArchive archive) => new(entry.Open(), entry.Length, archive);

    static ZipArchiveEntry Entry(string name, ZipArchive archive)
    {
        ZipArchiveEntry[] all = [.. archive.Entries];
        if (all.Any(entry => entry.FullName.StartsWith("xl/", StringComparison.Ordinal)))
            throw Refused($"'{name}' is an Excel workbook (.xlsx); open it and save the sheet as CSV UTF-8, or " +
                $"pandas.read_excel('{name}').to_csv('table.csv', index=False)");
        if (all.Any(entry => entry.FullName == "mimetype" || entry.FullName == "[Content_Types].xml"))
            throw Refused($"'{name}' is an office document (a zip archive of XML); open it and save the table as CSV");
        if (all.Any(entry => entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
            || (all.Length > 0 && all.All(entry => entry.FullName.EndsWith(".npy", StringComparison.Ordinal))))
            throw Refused($"'{name}' holds arrays (PyTorch or NumPy), not records; name a table");
        ZipArchiveEntry[] tables = [.. all.Where(IsTable)];
        if (tables is [var one]) return one;
        string list = string.Join(", ", tables.Take(NamesShown).Select(entry => entry.FullName)) + (tables.Length > NamesShown
            ? $" and {tables.Length - NamesShown} more" : "");
        throw Refused(tables.Length == 0 ? $"'{name}' is a zip archive without a table; name a file with records"
            : $"'{name}' is a zip archive of {tables.Length} files ({list}); unpack it (unzip '{name}') and name the table that is " +
                $"meant");
    }

    /// <summary>Whether an entry can be a table: no folder, nothing that a system adds, no read-me or licence.</summary>
    static bool IsTable(ZipArchiveEntry entry) =>
        entry.Name.Length > 0 && entry.Length > 0 && !entry.FullName.StartsWith("__MACOSX/", StringComparison.Ordinal)
            && entry.Name[0] != '.'
        && !((string[])["readme", "license", "licence", "copying"]).Any(word =>
            Path.GetFileNameWithoutExtension(entry.Name).Equals(word, StringComparison.OrdinalIgnoreCase));

    static InvalidDataException Refused(string message)
    {
        var refused = new InvalidDataException(message);
        refused.Data[nameof(ZipTable)] = true;
        return refused;
    }

    /// <summary>
    /// An entry that closes its archive when it is closed, and throws where it is longer or shorter than the archive says.
    /// </summary>
    sealed class EntryStream(Stream entry, long length, ZipArchive archive) : ReadOnlyStream
    {
        long _read;

        public override int Read(Span<byte> buffer)
        {
            int read = entry.Read(buffer);
            _read += read;
            if (read == 0 && !buffer.IsEmpty && _read != length)
                throw new InvalidDataException($"{_read} bytes where the archive says {length}.");
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                entry.Dispose();
                archive.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
