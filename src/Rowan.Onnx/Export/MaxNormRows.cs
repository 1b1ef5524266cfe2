using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>
/// Layers with a largest norm shrink rows when they are looked up, which a graph of constants cannot. It makes no difference where no row
/// is longer.
/// </summary>
static class MaxNormRows
{
    /// <summary>Throws where a lookup would shrink a row.</summary>
    /// <exception cref="NotSupportedException">A row is longer than its layer's MaxNorm.</exception>
    public static void RefuseLongRows(Module model)
    {
        (string Name, Module Module)[] modules = [("", model), .. model.NamedModules()];
        foreach ((string name, Module module) in modules)
            if (module is Embedding embedding) Refuse(name, embedding.Weight, embedding.Options);
            else if (module is EmbeddingBag bag) Refuse(name, bag.Weight, bag.Options);
    }

    static void Refuse(string name, Table table, EmbeddingOptions options)
    {
        if (options.MaxNorm is not { } max || table.Frozen) return;
        var row = new float[table.Dim];
        for (long id = 0; id < table.Count; id++)
        {
            table.ReadValues(id * table.Dim, row);
            float norm = RowMath.Norm(row, options.NormType);
            if (norm > max * (1 + 1e-6f))
                throw new NotSupportedException($"ExportOnnx: row {id} of '{(name.Length == 0 ? table.Name : name)}' has norm {norm}, "
                    + $"and MaxNorm {max} would shrink it when it is looked up, which ONNX cannot: shrink all rows first, with "
                    + $"Weight.Renormalize(ids of all rows, {max}, {options.NormType}, store: true)");
        }
    }
}
