using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Garnet;

// Starts Garnet in this process on a free port of loopback, loads the files TABLE.redis and TABLE.garnet as redis-cli --pipe does, and
// compares what the server answers with TABLE.csv, as 'rowan view' reads it.
string rowan = args[0];
var free = new TcpListener(IPAddress.Loopback, 0);
free.Start();
int port = ((IPEndPoint)free.LocalEndpoint).Port;
free.Stop();
using var server = new GarnetServer(["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1",
    "--enable-vector-set-preview", "-q"]);
server.Start();
using var client = new Resp(port);
Console.WriteLine($"Garnet {typeof(GarnetServer).Assembly.GetName().Version}");
bool failed = false;
foreach (string table in args[1..])
{
    (string Name, float[] Vector)[] rows = Rows(table + ".csv");
    Load(table + ".redis");
    int same = rows.Count(row => client.Ask("HGET", $"{table}:{row.Name}", "vector") is byte[] found
        && Floats(found).SequenceEqual(row.Vector)
        && client.Ask("HGET", $"{table}:{row.Name}", "id") is byte[] id && Encoding.UTF8.GetString(id) == row.Name);
    Report($"{table}: hashes with id and vector", same == rows.Length, $"{same} of {rows.Length} rows");

    Load(table + ".garnet");
    object? size = client.Ask("VCARD", table);
    object? dim = client.Ask("VDIM", table);
    Report($"{table}: vector set", size is long count && count == rows.Length, $"{Text(size)} elements of {Text(dim)} values");
    string first = rows.First(row => row.Name.Length > 0).Name;
    (string Name, double Cosine)[] expected = Neighbors(table + ".csv", first);
    string[] answer = client.Ask("VSIM", table, "ELE", first, "COUNT", "6") is object?[] list
        ? [.. list.OfType<byte[]>().Select(Encoding.UTF8.GetString).Where(name => name != first).Take(5)] : [];
    Report($"{table}: VSIM of '{first}' and rowan's neighbors", answer.SequenceEqual(expected.Select(one => one.Name)),
        string.Join(", ", answer));
}
return failed ? 1 : 0;

void Load(string file)
{
    byte[] commands = File.ReadAllBytes(file);
    // The tool itself where it is installed, else the same over a connection.
    string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
    if (folders.Select(folder => Path.Combine(folder, "redis-cli")).FirstOrDefault(File.Exists) is { } tool)
    {
        using Process process = Process.Start(new ProcessStartInfo(tool, ["-p", port.ToString(CultureInfo.InvariantCulture), "--pipe"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        process.StandardInput.BaseStream.Write(commands);
        process.StandardInput.Close();
        string said = process.StandardOutput.ReadToEnd().Trim().Split('\n')[^1];
        process.WaitForExit();
        Report($"{file}: redis-cli --pipe", process.ExitCode == 0 && said.StartsWith("errors: 0", StringComparison.Ordinal), said);
        return;
    }
    long parts = client.Send(commands, out string? error);
    Report($"{file}: commands taken", error is null, error ?? $"{parts} replies without an error");
}

void Report(string what, bool good, string detail)
{
    failed |= !good;
    Console.WriteLine($"{(good ? "ok  " : "FAIL")} {what}: {detail}");
}

JsonDocument View(params string[] words)
{
    using Process process = Process.Start(new ProcessStartInfo(rowan, ["view", .. words]) { RedirectStandardOutput = true })!;
    JsonDocument json = JsonDocument.Parse(process.StandardOutput.ReadToEnd());
    process.WaitForExit();
    return json;
}

(string, double)[] Neighbors(string file, string name)
{
    using JsonDocument json = View(file, "--neighbors", name, "-n", "5", "--json");
    return [.. json.RootElement.GetProperty("hits").EnumerateArray()
        .Select(hit => (hit.GetProperty("name").GetString()!, hit.GetProperty("score").GetDouble()))];
}

(string, float[])[] Rows(string file)
{
    using JsonDocument json = View(file, "--json", "-n", "1000000");
    return [.. json.RootElement.GetProperty("first").EnumerateArray().Select(row => (row.GetProperty("name").GetString()!,
        row.GetProperty("values").EnumerateArray().Select(value => value.GetSingle()).ToArray()))];
}

static float[] Floats(byte[] bytes) => [.. Enumerable.Range(0, bytes.Length / 4)
    .Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(4 * i)))];

static string Text(object? answer) => answer is byte[] bytes ? Encoding.UTF8.GetString(bytes)
    : Convert.ToString(answer, CultureInfo.InvariantCulture)!;

/// <summary>A connection that speaks the Redis protocol.</summary>
sealed class Resp : IDisposable
{
    readonly TcpClient _client;
    readonly BufferedStream _stream;

    public Resp(int port)
    {
        _client = new TcpClient("127.0.0.1", port) { ReceiveTimeout = 60_000 };
        _stream = new BufferedStream(_client.GetStream(), 1 << 16);
    }

    /// <summary>Sends a command and reads its reply: bytes, a number, an array, null, or the text of an error.</summary>
    public object? Ask(params string[] parts)
    {
        Write($"*{parts.Length}\r\n");
        foreach (string part in parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            Write($"${bytes.Length}\r\n");
            _stream.Write(bytes);
            Write("\r\n");
        }
        _stream.Flush();
        return Read();
    }

    /// <summary>Sends a file of commands, and after it an ECHO, as redis-cli --pipe does; reads replies until the ECHO comes
    /// back.</summary>
    public long Send(byte[] commands, out string? error)
    {
        string mark = Guid.NewGuid().ToString("N");
        error = null;
        NetworkStream raw = _client.GetStream();
        Task sending = Task.Run(() =>
        {
            raw.Write(commands);
            raw.Write(Encoding.ASCII.GetBytes($"*2\r\n$4\r\nECHO\r\n$32\r\n{mark}\r\n"));
        });
        for (long replies = 0; ; replies++)
        {
            object? reply = Read();
            if (reply is byte[] bytes && Encoding.UTF8.GetString(bytes) == mark)
            {
                sending.Wait();
                return replies;
            }
            error ??= reply as string;
        }
    }

    public void Dispose() => _client.Dispose();

    void Write(string text) => _stream.Write(Encoding.ASCII.GetBytes(text));

    object? Read()
    {
        string line = Line();
        switch (line[0])
        {
            case '+': return Encoding.UTF8.GetBytes(line[1..]);
            case '-': return line[1..];
            case ':': return long.Parse(line[1..], CultureInfo.InvariantCulture);
            case '_': return null;
            case '$':
                int length = int.Parse(line[1..], CultureInfo.InvariantCulture);
                if (length < 0) return null;
                byte[] bytes = new byte[length];
                _stream.ReadExactly(bytes);
                Line();
                return bytes;
            case '*':
                object?[] all = new object?[Math.Max(0, int.Parse(line[1..], CultureInfo.InvariantCulture))];
                for (int i = 0; i < all.Length; i++) all[i] = Read();
                return all;
            default: throw new InvalidDataException($"a reply '{line}'");
        }
    }

    string Line()
    {
        var text = new StringBuilder();
        for (int one; (one = _stream.ReadByte()) != '\r'; text.Append((char)one))
            if (one < 0) throw new EndOfStreamException("the server closed the connection");
        _stream.ReadByte();
        return text.ToString();
    }
}
