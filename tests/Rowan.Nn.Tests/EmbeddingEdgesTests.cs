using Rowan.Nn;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>
/// The cases of libtorch that raise, that are wrong, or that are of a type which is not here: refused, done right, or looked up as
/// float32.
/// </summary>
public class EmbeddingEdgesTests
{
    public static TheoryData<string> Cases => [.. Golden.Read("embedding_edges.json").Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void EachIsRefusedOrDoneRight(string name)
    {
        Golden golden = Golden.Read("embedding_edges.json", name);
        long padding = name.Contains("padding_idx_", StringComparison.Ordinal)
            ? long.Parse(name[(name.LastIndexOf('_') + 1)..], System.Globalization.CultureInfo.InvariantCulture) : 0;
        switch (name)
        {
            case "embedding: dim_0":
                Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(4, 0));
                break;
            case "embedding: weight_float64" or "embedding: weight_int64_lookup":
            {
                Embedding layer = Embedding.FromPretrained(golden.Tensor("params", "weight"), golden.Flag("freeze"));
                Tensor rows = layer.Forward(golden.Longs("inputs", "indices"));
                Golden.Near(golden.Floats("outputs", "out"), rows.Span, "out");
                if (golden.Has("grads", "weight")) rows.Backward(golden.Tensor("inputs", "grad_out"));
                if (golden.Has("grads", "weight"))
                    Golden.Near(golden.Floats("grads", "weight"), layer.Weight.Gradient.ToTensor()!.Span, "gradient");
                break;
            }
            case "embedding: error_index_too_large" or "embedding: error_index_negative":
                Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(10, 3).Forward(golden.Longs("inputs", "indices")));
                break;
            case "embedding: error_max_norm_index_too_large":
                Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(10, 3, new() { MaxNorm = 1 })
                    .Forward(golden.Longs("inputs", "indices")));
                break;
            case "embedding: error_index_float":
                Assert.Throws<ArgumentException>(() => Indices.From((Array)golden.Floats("inputs", "indices")));
                break;
            case "embedding: error_index_bool":
                Assert.Throws<ArgumentException>(() => Indices.From((Array)new[] { true, false }));
                break;
            case "embedding: error_index_int16":
                Assert.Throws<ArgumentException>(() => Indices.From((Array)new short[] { 1, 2 }));
                break;
            case "embedding: error_weight_3d":
                Assert.Throws<ArgumentException>(() => Embedding.FromPretrained(Tensor.Ones(1, 1, 1)));
                break;
            case "embedding: error_weight_0d":
                Assert.Throws<ArgumentException>(() => Embedding.FromPretrained(1f));
                break;
            case "embedding: error_padding_idx_10" or "embedding: error_padding_idx_25" or "embedding: error_padding_idx_-11"
                or "embedding: error_padding_idx_-25":
                Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(10, 3, new() { PaddingIdx = padding }));
                break;
            case "embedding: error_sparse_scale_grad_backward":
            {
                // Gradients are always by row, and scaling them works.
                var layer = new Embedding(10, 3, new() { ScaleGradByFreq = true });
                layer.Forward(golden.Longs("inputs", "indices")).Sum().Backward();
                Assert.Equal([1, 1, 1], layer.Weight.Gradient[1]);
                break;
            }
            case "embedding_bag: sum_scale_grad_mixed_counts" or "embedding_bag: mean_scale_grad_mixed_counts"
                or "embedding_bag: mean_float64":
                Bags(golden);
                break;
            case "embedding_bag: mean_include_last_offset_short_padding_path":
                Assert.Throws<ArgumentException>(
                    () => new EmbeddingBag(100, 3, BagMode.Mean, new() { PaddingIdx = 61 }) {
                    IncludeLastOffset = true }.Forward(golden.Longs("inputs", "input"), golden.Longs("inputs", "offsets")));
                break;
            case "embedding_bag: error_padding_idx_10" or "embedding_bag: error_padding_idx_-11":
                Assert.Throws<ArgumentOutOfRangeException>(() => new EmbeddingBag(10, 3, options: new() { PaddingIdx = padding }));
                break;
            case "embedding_bag: error_weight_3d":
                Assert.Throws<ArgumentException>(() => EmbeddingBag.FromPretrained(Tensor.Ones(10, 3, 1)));
                break;
            case "embedding_bag: error_weights_type":
                Assert.Throws<ArgumentException>(() => Tensor.FromArray(new double[] { 1, 1 }));
                break;
            case "embedding_bag: error_sparse_scale_grad_backward":
                new EmbeddingBag(10, 3, BagMode.Sum, new() { ScaleGradByFreq = true }).Forward(new[] { 1, 2, 1 }, new[] { 0 }).Sum()
                    .Backward();
                break;
            case "embedding_bag: error_include_last_offset_no_offsets":
                Assert.ThrowsAny<ArgumentException>(
                    () => new EmbeddingBag(10, 3) { IncludeLastOffset = true }.Forward(Array.Empty<long>(), Array.Empty<long>()));
                break;
            default:
                Assert.StartsWith("embedding_bag: error_", name, StringComparison.Ordinal);
                BagMode mode = Enum.Parse<BagMode>(golden.Text("mode")!, ignoreCase: true);
                Tensor? weights = golden.Has("inputs", "per_sample_weights") ? golden.Tensor("inputs", "per_sample_weights") : null;
                Assert.ThrowsAny<ArgumentException>(() => new EmbeddingBag(10, 3, mode)
                    .Forward(golden.Longs("inputs", "input"), golden.Longs("inputs", "offsets"), weights));
                break;
        }
    }

    /// <summary>
    /// libtorch divides by a wrong count where counts differ; the documented rule, written out: each entry's share over its own id's
    /// count.
    /// </summary>
    static void Bags(Golden golden)
    {
        long[] shape = golden.Shape("params", "weight"), ids = golden.Longs("inputs", "input"),
        offsets = [.. golden.Longs("inputs", "offsets"), golden.Longs("inputs", "input").Length];
        BagMode mode = Enum.Parse<BagMode>(golden.Text("mode")!, ignoreCase: true);
        bool scaled = golden.Flag("scale_grad_by_freq");
        var table = new Table(shape[0], (int)shape[1]);
        table.CopyFrom(golden.Floats("params", "weight"));
        Tensor output = new EmbeddingBag(table, mode, new() { ScaleGradByFreq = scaled }).Forward(ids, golden.Longs("inputs", "offsets")),
        g = golden.Tensor("inputs", "grad_out");
        Golden.Near(golden.Floats("outputs", "out"), output.Span, "out");
        output.Backward(g);
        var expected = new float[table.Count * table.Dim];
        for (int bag = 0; bag + 1 < offsets.Length; bag++)
            for (long i = offsets[bag]; i < offsets[bag + 1]; i++)
                for (int d = 0; d < table.Dim; d++)
                    expected[ids[i] * table.Dim + d] += g.At(bag, d) / (mode == BagMode.Mean
                        ? offsets[bag + 1] - offsets[bag] : 1) / (scaled ? ids.Count(id => id == ids[i]) : 1);
        Golden.Near(expected, table.Gradient.ToTensor()!.Span, "gradient");
        if (!scaled) Golden.Near(golden.Floats("grads", "weight"), table.Gradient.ToTensor()!.Span, "libtorch's gradient");
    }
}
