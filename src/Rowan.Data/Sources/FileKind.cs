using System.Text;

namespace Rowan.Data;

/// <summary>Kinds of file that are recognized by their first bytes, whatever the file is called.</summary>
static class FileKind
{
    /// <summary>How many bytes the recognition needs.</summary>
    public const int HeadBytes = 4096;

    const string AsCsv = "save the table as CSV, JSON Lines or Parquet";

    // First bytes, what the file is, and what to do. Kinds that are read have their own code.
    static readonly (byte[] Start, string Kind, string Remedy)[] Unreadable =
    [
        ([0x28, 0xb5, 0x2f, 0xfd], "zstd-compressed data", "unpack it first: zstd -d FILE, or zstd -dc FILE | rowan train -"),
        ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive", "unpack it first: 7z x FILE"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz-compressed data", "unpack it first: xz -d FILE"),
        ("BZh"u8.ToArray(), "bzip2-compressed data", "unpack it first: bzip2 -d FILE"),
        ([0x04, 0x22, 0x4d, 0x18], "lz4-compressed data", "unpack it first: lz4 -d FILE"),
        ([0x1f, 0x9d], "data compressed by 'compress' (.Z)", "unpack it first: uncompress FILE"),
        ([0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59], "snappy-compressed data", "unpack it first: snzip -d FILE"),
        ("Rar!"u8.ToArray(), "a RAR archive", "unpack it first: unrar x FILE"),
        ("%PDF-"u8.ToArray(), "a PDF document", "extract its text or table first (pdftotext FILE), or ask for the data as CSV"),
        ("SQLite format 3\0"u8.ToArray(), "an SQLite database",
            "export a table: sqlite3 -header -csv FILE \"select * from TABLE\" > table.csv"),
        ([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], "an Excel or Word file of the old binary kind (.xls, .doc)",
            "open it and save the table as CSV UTF-8"),
        ([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a], "an HDF5 file",
            $"{AsCsv}: pandas.read_hdf(FILE).to_csv('table.csv', index=False)"),
        ("ARROW1"u8.ToArray(), "an Arrow or Feather file", $"{AsCsv}: pandas.read_feather(FILE).to_parquet('table.parquet')"),
        ("FEA1"u8.ToArray(), "a Feather file", $"{AsCsv}: pandas.read_feather(FILE).to_parquet('table.parquet')"),
        ("ORC"u8.ToArray(), "an ORC file", $"{AsCsv}: pandas.read_orc(FILE).to_parquet('table.parquet')"),
        ("PARE"u8.ToArray(), "an encrypted Parquet file", "write it without encryption"),
        ([0x4f, 0x62, 0x6a, 0x01], "an Avro file", $"{AsCsv}"),
        ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], "a NumPy array", $"{AsCsv}: numpy.savetxt('table.csv', numpy.load(FILE), delimiter=',')"),
        ("RDX2"u8.ToArray(), "an R data file", $"{AsCsv}: write.csv(TABLE, 'table.csv', row.names = FALSE)"),
        ("RDX3"u8.ToArray(), "an R data file", $"{AsCsv}: write.csv(TABLE, 'table.csv', row.names = FALSE)"),
        ("<stata_dta>"u8.ToArray(), "a Stata file", $"{AsCsv}: pandas.read_stata(FILE).to_csv('table.csv', index=False)"),
        ([0x89, 0x50, 0x4e, 0x47], "a PNG picture", "name a file with records or text"),
        ([0xff, 0xd8, 0xff], "a JPEG picture", "name a file with records or text"),
        ("GIF8"u8.ToArray(), "a GIF picture", "name a file with records or text"),
        ([0x7f, 0x45, 0x4c, 0x46], "a program", "name a file with records or text"),
        ("version https://git-lfs"u8.ToArray(), "a Git LFS pointer, not the file itself", "get the file first: git lfs pull"),
    ];

    /// <summary>Whether a mark is so short that a text may begin with it, as a table with the column "ORCID" does.</summary>
    static bool IsShortWord(byte[] start) => start.Length <= 4 && !start.AsSpan().ContainsAnyExceptInRange((byte)' ', (byte)'~');

    public static bool IsParquet(ReadOnlySpan<byte> head) => head.StartsWith("PAR1"u8)
        && (head.Length < 12 || head.ContainsAnyInRange((byte)0, (byte)8));

    public static bool IsGzip(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]);

    public static bool IsZip(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x50, 0x4b, 0x03, 0x04])
        || head.StartsWith((ReadOnlySpan<byte>)[0x50, 0x4b, 0x05, 0x06]);

    /// <summary>Refuses what cannot be read, by name and with what to do.</summary>
    /// <param name="name">The file.</param>
    /// <param name="head">Its first bytes, unpacked.</param>
    /// <param name="stated">Whether the user stated the format: text that begins like a web page is then text.</param>
    /// <exception cref="InvalidDataException">The file is of a kind that is not read.</exception>
    public static void Refuse(string name, ReadOnlySpan<byte> head, bool stated)
    {
        foreach ((byte[] start, string kind, string remedy) in Unreadable)
            if (head.StartsWith(start) && (!IsShortWord(start) || head.ContainsAnyInRange((byte)0, (byte)8)))
                throw new InvalidDataException($"'{name}' is {kind}; " +
                $"{remedy.Replace("FILE", $"'{name}'", StringComparison.Ordinal)}");
        if (head.Length > 262 && head[257..].StartsWith("ustar"u8)) throw new InvalidDataException($"'{name}' is a tar archive; unpack " +
            $"it first (tar -xf '{name}') and name the files in it");
        if (head.Length > 2 && head[0] == 0x80 && head[1] is >= 2 and <= 5 && (head[1] < 4 || head[2] == 0x95))
            throw new InvalidDataException($"'{name}' is a Python pickle; {AsCsv}: pandas.read_pickle('{name}').to_csv('table.csv', " +
                $"index=False)");
        if (IsGzip(head) || IsZip(head)) throw new InvalidDataException($"'{name}' is compressed twice; unpack it once and name what " +
            $"comes out");
        if (stated) return;
        string start1 = Encoding.Latin1.GetString(head[..Math.Min(head.Length, 256)]).TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t',
            '\r', '\n');
        if (start1.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || start1.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
            throw new InvalidDataException($"'{name}' is a web page (HTML), often an error page that was saved in place of the data; " +
                $"download the data again (`format` text reads it as text)");
        if (start1.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase)) throw new InvalidDataException($"'{name}' is XML; {AsCsv} " +
            $"(`format` text reads it as text)");
    }
}
