using Rowan.Nn;

namespace Rowan.Onnx;

static partial class Translations
{
    static Dictionary<string, Action<OpContext>> Lookups => new()
    {
        ["Embedding"] = op => op.Set(op.Node("Gather", [op.In(0), op.In(1)], ("axis", 0L))),
        ["Bags"] = op =>
        {
            if (op.Rank(1) == 2) EvenBags(op);
            else JaggedBags(op);
        },
        ["EvenStarts"] = op =>
        {
            var count = new Size([.. op.Numbers[0].Each.Select(bags => bags + 1)]);
            string at = op.Node("Range", [op.Graph.Int(0), op.Emitter.Formulas.Scalar(count), op.Graph.Int(1)]);
            op.Set(op.Node("Mul", [at, op.Emitter.Formulas.Scalar(op.Numbers[1])]));
        },
        ["StartsOfOffsets"] = op => op.Set(op.Node("Concat", [op.In(1), op.Node("Shape", [op.In(0)])], ("axis", 0L))),
        ["StartsOfLengths"] = op =>
            op.Set(op.Node("Concat", [op.Ints(0), op.Node("CumSum", [op.In(0), op.Graph.Int(0)])], ("axis", 0L))),
    };

    /// <summary>The id that is left out of bags; null for none.</summary>
    static long? PaddingOf(OpContext op) => (op.Settings as EmbeddingOptions)?.PaddingIdx;

    /// <summary>1 for an id that counts, 0 for the padding id.</summary>
    static string CountedOf(OpContext op, long padding) =>
        op.Cast(op.Node("Not", [op.Node("Equal", [op.In(1), op.Graph.Int(padding)])]), OnnxType.Float);

    /// <summary>A bag in each row of a matrix of ids:  rows [bags, length, dim] → [bags, dim].</summary>
    static void EvenBags(OpContext op)
    {
        var mode = (BagMode)op.Int(0);
        string rows = op.Node("Gather", [op.In(0), op.In(1)], ("axis", 0L));
        string? counted = PaddingOf(op) is { } padding ? CountedOf(op, padding) : null;
        if (mode == BagMode.Max)
        {
            if (counted is null)
            {
                op.Set(op.Node("ReduceMax", [rows, op.Ints(1)], ("keepdims", 0L)));
                return;
            }
            string counts = op.Node("Equal", [op.Node("Unsqueeze", [counted, op.Ints(2)]), op.Float(1)]);
            string largest = op.Node("ReduceMax", [op.Node("Where", [counts, rows, op.Float(float.NegativeInfinity)]), op.Ints(1)],
                ("keepdims", 0L));
            string any = op.Node("Greater", [op.Node("ReduceSum", [counted, op.Ints(1)], ("keepdims", 1L)), op.Float(0)]);
            op.Set(op.Node("Where", [any, largest, op.Float(0)]));
            return;
        }
        string? scale = op.Has(3) && counted is not null ? op.Node("Mul", [op.In(3), counted]) : op.Has(3) ? op.In(3) : counted;
        if (scale is not null) rows = op.Node("Mul", [rows, op.Node("Unsqueeze", [scale, op.Ints(2)])]);
        string sum = op.Node("ReduceSum", [rows, op.Ints(1)], ("keepdims", 0L));
        if (mode == BagMode.Mean)
        {
            string count = counted is not null ? op.Node("ReduceSum", [counted, op.Ints(1)], ("keepdims", 1L))
                : op.Cast(op.Node("Shape", [op.In(1)], ("start", 1L), ("end", 2L)), OnnxType.Float);
            sum = op.Node("Div", [sum, op.Node("Max", [count, op.Float(1)])]);
        }
        op.Set(sum);
    }

    /// <summary>Bags of flat ids, cut at their starts [bags + 1]: each row is added to that of its bag.</summary>
    static void JaggedBags(OpContext op)
    {
        var mode = (BagMode)op.Int(0);
        long dim = op.Fixed(op.OutputSizes()[1]);
        string ids = op.In(1), count = op.Node("Shape", [ids]);
        // The bag of entry i is the number of bags that end at or before i.
        string ends = op.Node("Slice", [op.In(2), op.Ints(1), op.Ints(long.MaxValue), op.Ints(0)]), bags = op.Node("Shape", [ends]);
        string none = op.Node("Expand", [op.Graph.Int(0), op.Node("Add", [count, op.Ints(1)])]);
        string ended = op.Node("ScatterElements", [none, ends, op.Node("Expand", [op.Graph.Int(1), bags])], ("axis", 0L),
            ("reduction", "add"));
        string bagOf = op.Node("Slice", [op.Node("CumSum", [ended, op.Graph.Int(0)]), op.Ints(0), count, op.Ints(0)]);

        string rows = op.Node("Gather", [op.In(0), ids], ("axis", 0L));
        string? counted = PaddingOf(op) is { } padding ? CountedOf(op, padding) : null;
        string into = op.Node("Concat", [bags, op.Ints(dim)], ("axis", 0L));
        string at = op.Node("Expand", [op.Node("Unsqueeze", [bagOf, op.Ints(1)]), op.Node("Shape", [rows])]);
        string Counts()
        {
            string ones = counted ?? op.Node("Expand", [op.Float(1), count]);
            string counts = op.Node("ScatterElements", [op.Node("Expand", [op.Float(0), bags]), bagOf, ones], ("axis", 0L),
                ("reduction", "add"));
            return op.Node("Unsqueeze", [counts, op.Ints(1)]);
        }
        if (mode == BagMode.Max)
        {
            if (counted is not null)
                rows = op.Node("Where", [op.Node("Equal", [op.Node("Unsqueeze", [counted, op.Ints(1)]), op.Float(1)]), rows,
                    op.Float(float.NegativeInfinity)]);
            string largest = op.Node("ScatterElements", [op.Node("Expand", [op.Float(float.NegativeInfinity), into]), at, rows],
                ("axis", 0L), ("reduction", "max"));
            op.Set(op.Node("Where", [op.Node("Greater", [Counts(), op.Float(0)]), largest, op.Float(0)]));
            return;
        }
        string? scale = op.Has(3) && counted is not null ? op.Node("Mul", [op.In(3), counted]) : op.Has(3) ? op.In(3) : counted;
        if (scale is not null) rows = op.Node("Mul", [rows, op.Node("Unsqueeze", [scale, op.Ints(1)])]);
        string sum = op.Node("ScatterElements", [op.Node("Expand", [op.Float(0), into]), at, rows], ("axis", 0L), ("reduction", "add"));
        op.Set(mode == BagMode.Mean ? op.Node("Div", [sum, op.Node("Max", [Counts(), op.Float(1)])]) : sum);
    }
}
