using System.Runtime.InteropServices;
using System.Text;
using System.Xml;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>The XML documentation that compilers write and every .NET SDK carries: found, read, and merged by member name.</summary>
public static class ApiDocs
{
    static readonly string[] Packs = ["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"];

    /// <summary>The documentation files of a folder and all below it, or, for null, of the reference packs of the running dotnet.</summary>
    /// <param name="directory">A folder, or a single file.</param>
    /// <exception cref="DirectoryNotFoundException">There are none; the message names the folders looked in and the remedy.</exception>
    public static IReadOnlyList<string> Locate(string? directory = null) => Locate(directory, DotnetRoots());

    internal static IReadOnlyList<string> Locate(string? directory, IEnumerable<string> dotnetRoots)
    {
        if (directory is not null)
        {
            if (File.Exists(directory)) return [directory];
            if (!Directory.Exists(directory))
                throw new DirectoryNotFoundException($"the docs folder '{directory}' does not exist; pass a folder with XML "
                + $"documentation files as `docs` DIR");
            string[] files = Directory.GetFiles(directory, "*.xml", SearchOption.AllDirectories);
            if (files.Length == 0) throw new DirectoryNotFoundException(
                $"the docs folder '{directory}' has no *.xml files; pass a folder with XML documentation files as `docs` DIR");
            Array.Sort(files, StringComparer.Ordinal);
            return files;
        }
        string[] roots = [.. dotnetRoots.Distinct(StringComparer.Ordinal)];
        foreach (string root in roots)
        {
            string[] files = [.. Packs.SelectMany(pack => PackFiles(Path.Combine(root, "packs", pack)))];
            if (files.Length > 0) return files;
        }
        throw new DirectoryNotFoundException(
            $"no API documentation was found in {string.Join(", ", roots.Select(root => $"'{Path.Combine(root, "packs")}'"))}; install "
                + $"the .NET SDK, or pass a folder with XML documentation files as `docs` DIR");
    }

    /// <summary>
    /// Reads and merges files: one member a name, sorted, those without a summary and explicit interface implementations left out.
    /// </summary>
    /// <param name="files">XML documentation files.</param>
    /// <param name="read">Called after each file with how many have been read.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <exception cref="InvalidDataException">A file is not well-formed XML; the message names file and line.</exception>
    public static IReadOnlyList<ApiMember> Read(IReadOnlyList<string> files, Action<int>? read = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        var texts = new Dictionary<string, Texts>(StringComparer.Ordinal);
        for (int i = 0; i < files.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            ReadFile(files[i], texts);
            read?.Invoke(i + 1);
        }
        ApiMember[] members = [.. texts.Where(entry => entry.Value.Summary.Count > 0).Select(entry => entry.Value.ToMember(entry.Key))
            .OrderBy(member => member.Name, StringComparer.Ordinal)];
        Require.Data(members.Length > 0,
            $"none of {files.Count} XML files documents a member; pass a folder with XML documentation files as `docs` DIR");
        return members;
    }

    /// <summary>The documentation as a source of records, with the columns name, owner, summary, returns, remarks and details.</summary>
    /// <inheritdoc cref="Locate(string)"/>
    public static DataSource Source(string? directory = null) =>
        DataSource.Of(Locate(directory), "dotnet-api", source => new ApiDocsRecords(source));

    /// <summary>What the columns of <see cref="Source"/> are for.</summary>
    public static DataSchema Schema { get; } = new(
    [
        Column("name", 0, ColumnKind.Name, ColumnRole.Id), Column("owner", 1, ColumnKind.Name, ColumnRole.Categorical),
        Column("summary", 2, ColumnKind.Prose, ColumnRole.Text),
        Column("returns", 3, ColumnKind.Prose, ColumnRole.Text), Column("remarks", 4, ColumnKind.Prose, ColumnRole.Text),
        Column("details", 5, ColumnKind.Prose, ColumnRole.None),
    ], 0, Complete: false);

    static ColumnSchema Column(string name, int index, ColumnKind kind, ColumnRole role) =>
        new() { Name = name, Index = index, Kind = kind, Role = role, Stated = true };

    static IEnumerable<string> DotnetRoots()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } variable) yield return variable;
        if (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host)
            yield return Path.GetDirectoryName(Resolved(host))!;
        // The running framework lies in <root>/shared/Microsoft.NETCore.App/<version>/.
        yield return Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        if (Environment.ProcessPath is { } process && Path.GetFileNameWithoutExtension(process) == "dotnet")
            yield return Path.GetDirectoryName(Resolved(process))!;
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            string dotnet = Path.Combine(folder, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
            if (File.Exists(dotnet)) yield return Path.GetDirectoryName(Resolved(dotnet))!;
        }
    }

    static string Resolved(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    /// <summary>The files of the newest version of a pack.</summary>
    static IEnumerable<string> PackFiles(string pack)
    {
        if (!Directory.Exists(pack)) return [];
        string? newest = Directory.GetDirectories(pack)
            .MaxBy(folder => Version.TryParse(Path.GetFileName(folder).Split('-')[0], out Version? version) ? version : new Version());
        string reference = newest is null ? "" : Path.Combine(newest, "ref");
        return Directory.Exists(reference)
            ? Directory.GetFiles(reference, "*.xml", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [];
    }

    static void ReadFile(string file, Dictionary<string, Texts> texts)
    {
        try
        {
            using var xml = XmlReader.Create(file, new XmlReaderSettings { IgnoreComments = true, DtdProcessing = DtdProcessing.Prohibit });
            var text = new StringBuilder();
            while (xml.ReadToFollowing("member"))
            {
                string id = xml.GetAttribute("name") ?? "";
                if (id.Length < 3 || id[1] != ':') continue;
                string name = NameOf(id);
                if (IsExplicitImplementation(name)) continue;
                if (!texts.TryGetValue(name, out Texts? known)) texts.Add(name, known = new Texts(id[0]));
                if (!xml.IsEmptyElement) ReadMember(xml, known, text);
            }
        }
        catch (XmlException broken)
        {
            throw new InvalidDataException($"'{file}' is not well-formed XML at line {broken.LineNumber}: {broken.Message} Repair or "
                + $"remove the file.", broken);
        }
    }

    static void ReadMember(XmlReader xml, Texts known, StringBuilder text)
    {
        int depth = xml.Depth;
        xml.Read();
        while (xml.Depth > depth)
        {
            if (xml.NodeType != XmlNodeType.Element)
            {
                xml.Read();
                continue;
            }
            string element = xml.Name;
            text.Clear();
            ReadText(xml, text);
            known.Add(element, Normalized(text));
        }
    }

    /// <summary>The text of an element; references stand as the short name of what they refer to.</summary>
    static void ReadText(XmlReader xml, StringBuilder text)
    {
        int depth = xml.Depth;
        if (xml.IsEmptyElement)
        {
            xml.Read();
            return;
        }
        xml.Read();
        while (xml.Depth > depth)
        {
            switch (xml.NodeType)
            {
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    text.Append(xml.Value);
                    break;
                case XmlNodeType.Element when xml.IsEmptyElement:
                    text.Append(' ').Append(Reference(xml)).Append(' ');
                    break;
                case XmlNodeType.Element or XmlNodeType.EndElement:
                    text.Append(' ');
                    break;
            }
            xml.Read();
        }
        xml.Read();
    }

    static string Reference(XmlReader xml)
    {
        string target = xml.GetAttribute("cref") ?? xml.GetAttribute("langword") ?? xml.GetAttribute("name") ?? "";
        if (target.Length > 2 && target[1] == ':') target = NameOf(target);
        return target[(target.LastIndexOf('.') + 1)..];
    }

    /// <summary>"M:System.IO.File.ReadAllLines(System.String)" → "System.IO.File.ReadAllLines"; arities fall away.</summary>
    static string NameOf(string id)
    {
        int parameters = id.IndexOf('(', StringComparison.Ordinal);
        ReadOnlySpan<char> name = parameters < 0 ? id.AsSpan(2) : id.AsSpan(2, parameters - 2);
        if (name.IndexOf('~') is var conversion and > 0) name = name[..conversion];
        if (!name.Contains('`')) return name.ToString();
        var plain = new StringBuilder(name.Length);
        for (int i = 0; i < name.Length; i++)
            if (name[i] != '`') plain.Append(name[i]);
            else
                while (i + 1 < name.Length && (name[i + 1] == '`' || char.IsAsciiDigit(name[i + 1]))) i++;
        return plain.ToString();
    }

    // "System.Boolean.System#IConvertible#ToDecimal"; "#ctor" alone is a constructor.
    static bool IsExplicitImplementation(string name) =>
        name.Replace(".#ctor", "", StringComparison.Ordinal).Replace(".#cctor", "", StringComparison.Ordinal)
        .Contains('#', StringComparison.Ordinal);

    static string Normalized(StringBuilder text) =>
        string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The texts of one name, each different one once.</summary>
    sealed class Texts(char kind)
    {
        readonly List<string> _returns = [], _remarks = [], _details = [];

        public List<string> Summary { get; } = [];

        public void Add(string element, string text)
        {
            List<string>? to = element switch
            {
                "summary" => Summary,
                "returns" or "value" => _returns,
                "remarks" => _remarks,
                "param" or "typeparam" or "exception" => _details,
                _ => null,
            };
            if (to is not null && text.Length > 0 && !to.Contains(text)) to.Add(text);
        }

        public ApiMember ToMember(string name) => new(name, kind, Join(Summary), Join(_returns), Join(_remarks), Join(_details));

        static string Join(List<string> texts) => string.Join(' ', texts);
    }
}
