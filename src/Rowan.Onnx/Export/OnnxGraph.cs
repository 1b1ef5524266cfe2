using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>One node of the graph.</summary>
/// <param name="Operator">ONNX's name of the operator.</param>
/// <param name="Inputs">Names of values; "" for an optional input that is left out.</param>
/// <param name="Outputs">Names of values; "" for one that nobody reads.</param>
/// <param name="Attributes">Settings: long, long[], float, string or string[].</param>
sealed record OnnxNode(string Operator, string[] Inputs, string[] Outputs, (string Name, object Value)[] Attributes);

/// <summary>An input or output of the graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Sizes">For each dimension a number, or the name of a size that may vary.</param>
sealed record OnnxPort(string Name, OnnxType Type, object[] Sizes);

/// <summary>A graph under construction: nodes in order, constants and names that are given once.</summary>
sealed class OnnxGraph
{
    readonly HashSet<string> _names = [""];
    readonly Dictionary<string, string> _small = [];
    readonly List<OnnxNode> _nodes = [];
    readonly Dictionary<string, OnnxData> _data = [];

    /// <summary>What the model takes.</summary>
    public List<OnnxPort> Inputs { get; } = [];

    /// <summary>What it gives.</summary>
    public List<OnnxPort> Outputs { get; } = [];

    /// <summary>The nodes that an output needs, in order.</summary>
    public IReadOnlyList<OnnxNode> Nodes => Needed().Nodes;

    /// <summary>The constants that an output needs, in order of their first use.</summary>
    public IReadOnlyList<OnnxData> Data => Needed().Data;

    /// <summary>A name that no other value has: the one asked for, or that with a number.</summary>
    public string Unique(string wanted)
    {
        string name = wanted;
        for (int i = 1; !_names.Add(name); i++) name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{i}");
        return name;
    }

    /// <summary>Adds a node with one output and gives that output's name.</summary>
    public string Node(string op, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string, object)> attributes) =>
        Several(op, inputs, 1, attributes)[0];

    /// <summary>Adds a node with several outputs.</summary>
    public string[] Several(string op, ReadOnlySpan<string> inputs, int outputs, params ReadOnlySpan<(string, object)> attributes)
    {
        var names = new string[outputs];
        for (int i = 0; i < outputs; i++) names[i] = Unique(op.ToLowerInvariant());
        _nodes.Add(new OnnxNode(op, inputs.ToArray(), names, attributes.ToArray()));
        return names;
    }

    /// <summary>Gives a value a name of its own, as an output has.</summary>
    public void Rename(string from, string to) => _nodes.Add(new OnnxNode("Identity", [from], [to], []));

    /// <summary>Adds a constant.</summary>
    public string Add(OnnxData data)
    {
        Require.State(_data.TryAdd(data.Name, data), $"OnnxGraph: the constant '{data.Name}' was added twice");
        return data.Name;
    }

    /// <summary>Integers in a line; equal ones are kept once.</summary>
    public string Ints(params ReadOnlySpan<long> values)
    {
        long[] kept = values.ToArray();
        return Small($"ints {string.Join(',', kept)}", "ints", name => OnnxData.Ints(name, [kept.Length], kept));
    }

    /// <summary>One integer without dimensions.</summary>
    public string Int(long value) => Small($"int {value}", "int", name => OnnxData.Ints(name, [], new[] { value }));

    /// <summary>One float without dimensions.</summary>
    public string Float(float value) =>
        Small($"float {BitConverter.SingleToInt32Bits(value)}", "float", name => OnnxData.Floats(name, [], new[] { value }));

    string Small(string key, string wanted, Func<string, OnnxData> make)
    {
        if (!_small.TryGetValue(key, out string? name)) _small[key] = name = Add(make(Unique(wanted)));
        return name;
    }

    (List<OnnxNode> Nodes, List<OnnxData> Data) Needed()
    {
        var needed = new HashSet<string>(Outputs.Select(output => output.Name));
        var nodes = new List<OnnxNode>();
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            if (!_nodes[i].Outputs.Any(needed.Contains)) continue;
            needed.UnionWith(_nodes[i].Inputs);
            // Last outputs that nobody reads are left out, so that they are not computed.
            int outputs = _nodes[i].Outputs.Length;
            while (outputs > 1 && !needed.Contains(_nodes[i].Outputs[outputs - 1])) outputs--;
            nodes.Add(_nodes[i] with { Outputs = _nodes[i].Outputs[..outputs] });
        }
        nodes.Reverse();
        return (nodes, [.. _data.Values.Where(data => needed.Contains(data.Name))]);
    }
}
