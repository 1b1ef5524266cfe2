using System.Reflection;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>All optimizers, found by reflection, plain and with all they can do turned on, in both ways of moving rows.</summary>
static class EveryOptimizer
{
    static readonly (string Property, object Value)[] _options =
    [
        ("WeightDecay", 0.01f), ("Momentum", 0.9f), ("AmsGrad", true), ("Centered", true), ("LearningRateDecay", 0.01f), ("L1", 0.01f),
        ("L2", 0.1f), ("InitialAccumulator", 0.1f),
    ];

    public static TheoryData<string, bool, RowUpdates> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool, RowUpdates>();
            foreach (Type type in typeof(Optimizer).Assembly.GetExportedTypes()
                .Where(type => type.IsSubclassOf(typeof(Optimizer)) && !type.IsAbstract && type != typeof(OptimizerGroup)))
                foreach (bool options in (bool[])[false, true])
                    foreach (RowUpdates rows in Enum.GetValues<RowUpdates>()) cases.Add(type.Name, options, rows);
            return cases;
        }
    }

    public static Optimizer Make(string name, bool options, RowUpdates rows, params ILearnable[] learnables)
    {
        Type type = typeof(Optimizer).Assembly.GetType($"Rowan.{name}", throwOnError: true)!;
        var optimizer = (Optimizer)Activator.CreateInstance(type, [learnables])!;
        optimizer.LearningRate = 0.05f;
        Set("Rows", rows);
        Set("ByRow", true);
        foreach ((string property, object value) in _options)
            if (options) Set(property, value);
        return optimizer;

        void Set(string property, object value) =>
            type.GetProperty(property, BindingFlags.Public | BindingFlags.Instance)?.SetValue(optimizer, value);
    }

    /// <summary>Names and bytes of a state: what two of them must have in common to be the same.</summary>
    public static Dictionary<string, byte[]> Bytes(StateDict state) => state.ToDictionary(entry => entry.Name, entry =>
    {
        if (entry.IsInteger)
        {
            var numbers = new long[entry.Count];
            entry.Read(0, numbers);
            return MemoryMarshal.AsBytes<long>(numbers).ToArray();
        }
        var values = new float[entry.Count];
        entry.Read(0, values);
        return MemoryMarshal.AsBytes<float>(values).ToArray();
    });

    public static byte[] Bytes(Table table) => [.. table.Values.SelectMany(piece => MemoryMarshal.AsBytes(piece.Span).ToArray())];
}
