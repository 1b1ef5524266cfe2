using System.Globalization;
using System.Reflection;
using Rowan.Formats;
using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>
/// Writes a graph as a model file, and its constants into it or, where they are too many for protobuf, into FILE.data. Constants are
/// streamed; both files are complete before either has its name.
/// </summary>
static class OnnxFile
{
    /// <summary>The operator set.</summary>
    public const int Opset = 18;

    const int IrVersion = 8;
    const int SmallestExternal = 1_024;
    const long Alignment = 4_096;

    /// <summary>Writes the files, lets a check see them, and gives them their names.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="options">Description, metadata and the bound for external data.</param>
    /// <param name="check">Sees the model file before it has its name; throwing leaves nothing behind.</param>
    /// <returns>The file with constants; null for none.</returns>
    /// <exception cref="IOException">The folder is missing or may not be written, the disk is full, or the path is a folder.</exception>
    public static string? Write(string path, OnnxGraph graph, OnnxExportOptions options, Action<string> check)
    {
        path = Path.GetFullPath(path);
        if (Directory.Exists(path)) throw new IOException($"ExportOnnx: {path} is a folder; give the path of a file");
        IReadOnlyList<OnnxData> data = graph.Data;
        bool external = data.Sum(one => one.Bytes) >= options.ExternalDataBytes;
        string dataPath = path + ".data";
        // Both files have their final names within a folder of their own, because the model names the data file.
        string parent = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(parent)) throw new DirectoryNotFoundException($"ExportOnnx: there is no folder {parent}");
        // A process that was killed left its own.
        TemporaryFile.RemoveOrphans(parent);
        string folder = TemporaryFile.NextTo(path);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TemporaryFile.Release(folder);
            throw new IOException($"ExportOnnx: {path} cannot be written: nothing can be created in its folder ({error.Message})", error);
        }
        try
        {
            string written = Path.Combine(folder, Path.GetFileName(path)), writtenData = written + ".data";
            Dictionary<string, long> offsets = external ? WriteData(writtenData, data) : [];
            if (offsets.Count == 0) external = false;
            using (FileStream stream = File.Create(written))
            {
                WriteModel(stream, graph, data, offsets, Path.GetFileName(dataPath), options);
                stream.Flush(flushToDisk: true);
            }
            check(written);
            if (external) File.Move(writtenData, dataPath, overwrite: true);
            File.Move(written, path, overwrite: true);
        }
        finally
        {
            TemporaryFile.Release(folder);
        }
        return external ? dataPath : null;
    }

    static Dictionary<string, long> WriteData(string path, IReadOnlyList<OnnxData> data)
    {
        var offsets = new Dictionary<string, long>();
        using FileStream stream = File.Create(path);
        foreach (OnnxData one in data)
        {
            if (one.Bytes < SmallestExternal) continue;
            // Large ones begin at a page, so that they can be mapped into memory.
            long start = one.Bytes >= Alignment ? (stream.Position + Alignment - 1) / Alignment * Alignment : stream.Position;
            stream.SetLength(start);
            stream.Position = start;
            offsets[one.Name] = start;
            one.Write(stream);
        }
        stream.Flush(flushToDisk: true);
        return offsets;
    }

    static void WriteModel(Stream stream, OnnxGraph graph, IReadOnlyList<OnnxData> data, Dictionary<string, long> offsets, string dataFile,
        OnnxExportOptions options)
    {
        string version = typeof(OnnxFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "";
        var head = new ProtoWriter().Int(1, IrVersion).Text(2, "Rowan").Text(3, version);
        if (options.Description.Length > 0) head.Text(6, options.Description);
        head.Message(8, new ProtoWriter().Text(1, "").Int(2, Opset));
        foreach ((string key, string value) in options.Metadata) head.Message(14, new ProtoWriter().Text(1, key).Text(2, value));

        var body = new ProtoWriter();
        foreach (OnnxNode node in graph.Nodes) body.Message(1, Node(node));
        body.Text(2, "rowan");
        foreach (OnnxPort input in graph.Inputs) body.Message(11, Port(input));
        foreach (OnnxPort output in graph.Outputs) body.Message(12, Port(output));

        // A message is preceded by its length, so lengths come first and the bytes of constants are written last, one after another.
        var constants = new List<(ProtoWriter Start, OnnxData? Inline)>();
        long length = body.Length;
        foreach (OnnxData one in data)
        {
            ProtoWriter tensor = new ProtoWriter().Ints(1, one.Sizes).Int(2, (long)one.Type).Text(8, one.Name);
            bool isExternal = offsets.TryGetValue(one.Name, out long offset);
            if (isExternal)
                tensor.Message(13, Entry("location", dataFile)).Message(13, Entry("offset", offset.ToString(CultureInfo.InvariantCulture)))
                    .Message(13, Entry("length", one.Bytes.ToString(CultureInfo.InvariantCulture))).Int(14, 1);
            else tensor.Header(9, one.Bytes);
            var start = new ProtoWriter();
            start.Header(5, tensor.Length + (isExternal ? 0 : one.Bytes)).Append(tensor);
            constants.Add((start, isExternal ? null : one));
            length += start.Length + (isExternal ? 0 : one.Bytes);
        }
        Require.That(head.Length + length < int.MaxValue,
            $"ExportOnnx: the model file would have {head.Length + length} bytes, and protobuf ends at {int.MaxValue}; lower "
                + $"ExternalDataBytes from {options.ExternalDataBytes}, or shorten the metadata", nameof(options));
        head.Header(7, length);
        stream.Write(head.Written);
        stream.Write(body.Written);
        foreach ((ProtoWriter start, OnnxData? inline) in constants)
        {
            stream.Write(start.Written);
            inline?.Write(stream);
        }
    }

    static ProtoWriter Entry(string key, string value) => new ProtoWriter().Text(1, key).Text(2, value);

    static ProtoWriter Node(OnnxNode node)
    {
        var message = new ProtoWriter();
        foreach (string input in node.Inputs) message.Text(1, input);
        foreach (string output in node.Outputs) message.Text(2, output);
        message.Text(4, node.Operator);
        foreach ((string name, object value) in node.Attributes) message.Message(5, Attribute(name, value));
        return message;
    }

    static ProtoWriter Attribute(string name, object value)
    {
        ProtoWriter message = new ProtoWriter().Text(1, name);
        switch (value)
        {
            case float number:
                return message.Float(2, number).Int(20, 1);
            case long number:
                return message.Int(3, number).Int(20, 2);
            case string text:
                return message.Text(4, text).Int(20, 3);
            case long[] numbers:
                return message.Ints(8, numbers).Int(20, 7);
            case string[] texts:
                foreach (string text in texts) message.Text(9, text);
                return message.Int(20, 8);
            default:
                throw new NotSupportedException($"ExportOnnx: an attribute '{name}' of type {value.GetType()}");
        }
    }

    static ProtoWriter Port(OnnxPort port)
    {
        var shape = new ProtoWriter();
        foreach (object size in port.Sizes)
            shape.Message(1, size is string name ? new ProtoWriter().Text(2, name) : new ProtoWriter().Int(1, (long)size));
        ProtoWriter tensor = new ProtoWriter().Int(1, (long)port.Type).Message(2, shape);
        return new ProtoWriter().Text(1, port.Name).Message(2, new ProtoWriter().Message(1, tensor));
    }
}
