using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>
/// Which sizes of the inputs may vary: those that were named, or those with which the forward pass runs when it is tried with others.
/// </summary>
sealed class AxisFinder(Func<object[], object?> forward, IReadOnlyList<ExampleArgument> arguments)
{
    // Differences between the sizes of two axes must not be the same, or one could be taken for the other and a number.
    static readonly long[][] Steps = [[1, 3], [2, 7], [5, 11], [3, 4], [4, 9], [1, 8], [6, 7], [3, 13]];

    readonly List<DynamicAxis> _axes = [];

    IEnumerable<(ExamplePort Port, int Dim)> Places => arguments.SelectMany(argument => argument.Ports)
        .SelectMany(port => Enumerable.Range(0, port.Sizes.Length).Select(dim => (port, dim)));

    /// <summary>The axes.</summary>
    public IReadOnlyList<DynamicAxis> Axes => _axes;

    /// <summary>Takes the axes as they were named.</summary>
    /// <exception cref="ArgumentException">Names and dimensions do not fit together, or the model does not run with other
    /// sizes.</exception>
    public void Take(IReadOnlyList<OnnxInput> inputs)
    {
        for (int i = 0; i < inputs.Count; i++)
        {
            if (inputs[i].Axes.Count == 0) continue;
            ExamplePort[] ports = [.. arguments[i].Ports];
            (ExamplePort Port, int Dim)[] places =
                [.. ports.SelectMany(port => Enumerable.Range(0, port.Sizes.Length).Select(dim => (port, dim)))];
            Require.That(inputs[i].Axes.Count == places.Length,
                $"ExportOnnx: {inputs[i].Axes.Count} axes for input '{inputs[i].Name}' of {places.Length} dimensions "
                + $"([{string.Join("], [", ports.Select(port => string.Join(", ", port.Sizes)))}]); give one for each, null for a "
                    + $"fixed size",
                nameof(inputs));
            for (int p = 0; p < places.Length; p++)
            {
                if (inputs[i].Axes[p] is not { } name) continue;
                (ExamplePort port, int dim) = places[p];
                DynamicAxis? axis = _axes.Find(one => one.Name == name);
                if (axis is null) _axes.Add(axis = new DynamicAxis(name, port.Sizes[dim]));
                Require.That(axis.Size == port.Sizes[dim],
                    $"ExportOnnx: axis '{name}' has size {axis.Size} in one example and {port.Sizes[dim]} in '{port.Name}'; equal "
                        + $"names are equal sizes", nameof(inputs));
                port.Axes[dim] = axis;
            }
        }
        foreach (DynamicAxis axis in _axes)
            Require.That(FindSizes(axis, out string reason),
                $"ExportOnnx: the forward pass does not run when axis '{axis.Name}' is not {axis.Size}: {reason}. Give null for a size "
                    + $"that is fixed", nameof(inputs));
    }

    /// <summary>Tries each size that was not named, alone, and together with those that may have to be equal to it.</summary>
    /// <param name="named">Inputs whose axes were named.</param>
    public void Find(IReadOnlyList<OnnxInput>? named)
    {
        for (int a = 0; a < arguments.Count; a++)
        {
            if (named?[a].Axes.Count > 0) continue;
            foreach (ExamplePort port in arguments[a].Ports)
                for (int dim = 0; dim < port.Sizes.Length; dim++)
                    if (port.Axes[dim] is null) Try(port, dim, named);
        }
    }

    void Try(ExamplePort port, int dim, IReadOnlyList<OnnxInput>? named)
    {
        long size = port.Sizes[dim];
        (ExamplePort Port, int Dim)[] free = [.. Places.Where(place => place.Port.Axes[place.Dim] is null
            && place.Port.Sizes[place.Dim] == size && place != (port, dim) && !IsNamed(place.Port, named))];
        // Alone, with the same dimension of other inputs, with any dimension of theirs, with all.
        (ExamplePort Port, int Dim)[][] groups =
            [[], [.. free.Where(place => place.Dim == dim)], [.. free.Where(place => place.Port != port)], free];
        string reason = "";
        foreach ((ExamplePort Port, int Dim)[] others in groups.DistinctBy(group => group.Length))
        {
            var axis = new DynamicAxis(NameFor(port, dim), size);
            _axes.Add(axis);
            port.Axes[dim] = axis;
            foreach ((ExamplePort one, int at) in others) one.Axes[at] = axis;
            if (FindSizes(axis, out string fault))
            {
                Shrink(axis, others);
                return;
            }
            if (reason.Length == 0) reason = fault;
            Remove(axis, reason);
        }
    }

    /// <summary>Takes sizes out of an axis that need not be equal to the others: they were equal in the example alone.</summary>
    void Shrink(DynamicAxis axis, (ExamplePort Port, int Dim)[] others)
    {
        foreach ((ExamplePort port, int dim) in others)
        {
            port.Axes[dim] = null;
            if (!FindSizes(axis, out _)) port.Axes[dim] = axis;
        }
        if (others.Length > 0) FindSizes(axis, out _);
    }

    /// <summary>Fixes an axis.</summary>
    public void Remove(DynamicAxis axis, string reason)
    {
        _axes.Remove(axis);
        foreach ((ExamplePort port, int dim) in Places)
            if (port.Axes[dim] == axis) (port.Axes[dim], port.Reasons[dim]) = (null, reason);
    }

    /// <summary>Sizes of all axes for some runs, each axis by a pattern of its own.</summary>
    public IReadOnlyList<Dictionary<DynamicAxis, long>> Runs()
    {
        var runs = new List<Dictionary<DynamicAxis, long>>();
        for (int k = 0; k < 4; k++)
        {
            var sizes = new Dictionary<DynamicAxis, long>();
            for (int i = 0; i < _axes.Count; i++)
            {
                List<long> works = _axes[i].Works;
                sizes[_axes[i]] = works[(k < 3 ? k : i + 1) % works.Count];
            }
            runs.Add(sizes);
        }
        return runs;
    }

    /// <summary>Looks for sizes other than that of the example: larger ones first, then smaller ones.</summary>
    bool FindSizes(DynamicAxis axis, out string reason)
    {
        reason = "";
        axis.Works.Clear();
        axis.Works.Add(axis.Size);
        long[] steps = Steps[_axes.IndexOf(axis) % Steps.Length];
        long[] tries = [axis.Size + steps[0], axis.Size + steps[1], axis.Size - 1, axis.Size / 2, axis.Size * 2, axis.Size * 3];
        foreach (long size in tries)
        {
            // A size of 1 broadcasts, and says nothing about others.
            if (size < 2 || axis.Works.Contains(size) || axis.Works.Count >= 3) continue;
            if (Runs(axis, size, out string fault)) axis.Works.Add(size);
            else if (reason.Length == 0) reason = fault;
        }
        if (axis.Works.Count >= 3 && axis.Works[0] == 1) axis.Works.RemoveAt(0);
        return axis.Works.Count > 1;
    }

    bool Runs(DynamicAxis axis, long size, out string fault)
    {
        try
        {
            TracedRun.Plain(forward, arguments, new Dictionary<DynamicAxis, long> { [axis] = size }, new Rng(7));
            fault = "";
            return true;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            fault = error.Message;
            return false;
        }
    }

    bool IsNamed(ExamplePort port, IReadOnlyList<OnnxInput>? named)
    {
        for (int a = 0; a < arguments.Count; a++)
            if (arguments[a].Ports.Contains(port)) return named?[a].Axes.Count > 0;
        return false;
    }

    string NameFor(ExamplePort port, int dim)
    {
        string name = port.AxisName(dim, IsTaken);
        return IsTaken(name) ? $"{name}_{_axes.Count}" : name;

        bool IsTaken(string wanted) => _axes.Exists(axis => axis.Name == wanted);
    }
}
