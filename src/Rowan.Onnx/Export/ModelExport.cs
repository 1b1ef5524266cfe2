using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>One export: finds the axes, traces the model, translates the traces, writes and verifies the file.</summary>
sealed class ModelExport
{
    readonly Module _model;
    readonly Func<object[], object?> _forward;
    readonly ExampleArgument[] _arguments;
    readonly OnnxExportOptions _options;
    readonly AxisFinder _axes;

    ModelExport(Module model, Func<object[], object?> forward, string[] names, object?[] examples, OnnxExportOptions options)
    {
        (_model, _forward, _options) = (model, forward, options);
        Require.That(options.Inputs is null || options.Inputs.Count == examples.Length,
            $"ExportOnnx: {options.Inputs?.Count} descriptions of inputs for {examples.Length} examples", nameof(options));
        string[] given = [.. names.Select((name, i) => options.Inputs?[i].Name ?? name)];
        Require.That(given.Distinct(StringComparer.Ordinal).Count() == given.Length,
            $"ExportOnnx: two inputs are named alike: {string.Join(", ", given)}", nameof(options));
        _arguments = [.. given.Select((name, i) => ExampleArgument.Of(name, examples[i]))];
        _axes = new AxisFinder(forward, _arguments);
    }

    /// <summary>Exports a model in evaluation; afterwards it is in the mode in which it was.</summary>
    public static OnnxExportReport Run(Module model, string path, Func<object[], object?> forward, string[] names, object?[] examples,
        OnnxExportOptions? options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var export = new ModelExport(model, forward, names, examples, options ?? OnnxExportOptions.Default);
        MaxNormRows.RefuseLongRows(model);
        (Module Module, bool Training)[] modes =
            [(model, model.Training), .. model.NamedModules().Select(one => (one.Module, one.Module.Training))];
        try
        {
            model.Eval();
            return export.Write(path);
        }
        finally
        {
            // Parents first: setting one sets its parts, too.
            foreach ((Module module, bool training) in modes)
                if (training) module.Train();
                else module.Eval();
        }
    }

    IReadOnlyList<ExamplePort> Ports => [.. _arguments.SelectMany(argument => argument.Ports)];

    OnnxExportReport Write(string path)
    {
        // Errors of the example itself are the model's own, before anything else is tried.
        _ = TracedRun.Plain(_forward, _arguments, new Dictionary<DynamicAxis, long>(), new Rng(1));
        if (_options.Inputs is not null) _axes.Take(_options.Inputs);
        DynamicAxis[] named = [.. _axes.Axes];
        _axes.Find(_options.Inputs);
        GraphEmitter emitter = Traced(named);
        float? difference = null;
        bool verify = _options.Verify ?? OnnxRuntimeLibrary.Problem() is null;
        if (_options.Verify == true) OnnxRuntimeLibrary.Load();
        string? data = OnnxFile.Write(path, emitter.Graph, _options, file =>
        {
            if (verify)
                difference = OnnxCheck.Largest(file, [.. emitter.Graph.Inputs.Select(input => input.Name)],
                    [.. emitter.Graph.Outputs.Select(output => output.Name)],
                    Checks(),
                    _options.Tolerance);
        });
        return new OnnxExportReport(Path.GetFullPath(path), data, [.. emitter.Graph.Inputs.Select(Described)],
            [.. emitter.Graph.Outputs.Select(Described)], emitter.Graph.Nodes.Count, emitter.Graph.Data.Sum(one => one.Bytes), difference,
            [.. FixedSizes()]);
    }

    /// <summary>Inputs and outputs in several sizes. The model may refuse some of them, not those of the example.</summary>
    IEnumerable<(object[] Inputs, object[] Outputs)> Checks()
    {
        IReadOnlyList<Dictionary<DynamicAxis, long>> runs = _axes.Runs();
        for (int k = 0; k < runs.Count; k++)
        {
            (object[] Inputs, object[] Outputs) run;
            try
            {
                run = TracedRun.Plain(_forward, _arguments, runs[k], new Rng(100 + (ulong)k));
            }
            catch (Exception error) when (k > 0 && error is not OutOfMemoryException)
            {
                continue;
            }
            yield return run;
        }
    }

    /// <summary>The graph with all axes that the traces allow. Axes that were named are not given up.</summary>
    GraphEmitter Traced(DynamicAxis[] named)
    {
        TracesDifferException? all = Failure(out GraphEmitter emitter);
        if (all is null) return emitter;
        // Which axis is it? One that fails alone is fixed; then those are tried that fail together with others.
        DynamicAxis[] found = [.. _axes.Axes.Except(named)];
        foreach (DynamicAxis axis in found)
        {
            TracesDifferException? alone = Failure(out _, [.. named, axis]);
            if (alone is not null) _axes.Remove(axis, alone.Message);
        }
        all = Failure(out emitter);
        for (int i = found.Length - 1; i >= 0 && all is not null; i--)
        {
            if (!_axes.Axes.Contains(found[i])) continue;
            _axes.Remove(found[i], all.Message);
            all = Failure(out emitter);
        }
        return all is null ? emitter : throw new NotSupportedException($"ExportOnnx: {all.Message}", all);
    }

    TracesDifferException? Failure(out GraphEmitter emitter, IReadOnlyList<DynamicAxis>? only = null)
    {
        emitter = new GraphEmitter(_model, _options.ConstantNames);
        try
        {
            TracedRun[] runs = [.. _axes.Runs().Select((sizes, k) => TracedRun.Run(_forward, _arguments,
                sizes.Where(one => only?.Contains(one.Key) != false).ToDictionary(), new Rng(11 + (ulong)k)))];
            emitter.Translate(new AlignedGraph(runs), Ports, _options.Outputs);
            return null;
        }
        catch (TracesDifferException different)
        {
            return different;
        }
    }

    IEnumerable<string> FixedSizes() => Ports.SelectMany(port => port.Reasons.Select((reason, dim) =>
        reason is null ? "" : $"{port.Name} dimension {dim} is {port.Sizes[dim]}: {reason}")).Where(line => line.Length > 0);

    static string Described(OnnxPort port) =>
        $"{port.Name}: {(port.Type switch { OnnxType.Float => "float32", OnnxType.Bool => "bool", _ => "int64" })} "
        + $"[{string.Join(", ", port.Sizes)}]";
}
