using Rowan.Nn;

namespace Rowan.Recipes;

/// <summary>
/// The model of a tabular run as a function of columns: ids of categorical columns, bags of ids of multi-valued ones, and numbers as they
/// are in the file. What training did to numbers is part of the function.
/// </summary>
static class TabularExport
{
    /// <summary>The model of a run.</summary>
    public static ExportableModel Of(TabularRun run, TabularEncoder encoder, TabularModel model, TabularSettings settings)
    {
        var inputs = new List<ExportableInput>();
        var metadata = new ExportMetadata(run);
        const int Examples = 3;
        for (int column = 0; column < encoder.Maps.Count; column++)
        {
            bool isOne = column < encoder.IdCount;
            string name = encoder.Maps[column].Name;
            metadata.Add(name, encoder.Maps[column]);
            long last = encoder.Maps[column].Rows - 1;
            inputs.Add(isOne ? new(name, (Indices)new[] { 0, Math.Min(1, last), last }, "batch")
                : new(name, (JaggedIndices)new[] { new[] { 0, last }, [last], [] }, $"{name}_count", "batch"));
        }
        foreach ((string name, NumericScale scale) in encoder.NumberNames.Zip(encoder.Scales))
        {
            inputs.Add(new(name, new Tensor([(float)scale.Mean, float.NaN,
                (float)(scale.Mean + 1.5 * scale.Deviation)], Examples), "batch"));
        }
        bool isNumber = encoder.Classes is null;
        if (!isNumber) metadata.Add("labels", encoder.Classes!.Words);
        return new ExportableModel(model, Forward, inputs, [isNumber ? "value" : "probabilities"], metadata.Values,
            "Input of a categorical column: the place of its value in the metadata ids.COLUMN, or unknown.COLUMN for another value. "
            + "Of a column with several values: COLUMN_ids, and COLUMN_offsets, where each record starts, with the number of ids at "
                + "the end. "
            + "Of a numeric column: the number, NaN if missing. "
            + (encoder.Texts.Count > 0 ? "Of a text: COLUMN_ids and COLUMN_offsets of its words in lower case. " : "")
            + (encoder.Dates.Count > 0 ? "Of a date: COLUMN.days, the days since 1970-01-01 (UTC) with the time of day as a fraction, NaN "
                + "if missing; and COLUMN.month, COLUMN.weekday and COLUMN.hour, if they are inputs, as categorical columns. " : "")
            + (isNumber ? "Output [batch]: the predicted number." : "Output [batch, labels]: probabilities in the order of labels."));

        object Forward(IReadOnlyList<object> given)
        {
            var features = new Dictionary<string, JaggedIndices>();
            for (int column = 0; column < encoder.Maps.Count; column++)
                features[TabularModel.Table(column)] = given[column] as JaggedIndices
                    ?? JaggedIndices.From(((Indices)given[column]).Reshape(-1, 1));
            Tensor[] numbers = [.. given.Skip(encoder.Maps.Count).Cast<Tensor>()];
            long n = given[0] is Tensor first ? first.Shape[0] : features[TabularModel.Table(0)].Bags;
            (Tensor? standard, Tensor? dense) = numbers.Length == 0 ? (null, null) : Numbers(numbers, encoder, settings);
            IReadOnlyList<Tensor> outputs = model.Forward(new TabularBatch((int)n, features, standard, dense));
            Tensor? sum = null;
            foreach (Tensor output in outputs)
            {
                Tensor own = isNumber ? output : encoder.Outputs > 1 ? output.Softmax(1) : output.Sigmoid();
                sum = sum is null ? own : sum + own;
            }
            Tensor mean = outputs.Count == 1 ? sum! : sum! * (1f / outputs.Count);
            if (isNumber) return mean.Squeeze(1) * (float)encoder.LabelDeviation + (float)encoder.LabelMean;
            return encoder.Outputs > 1 ? mean : Ops.Concat([1 - mean, mean], 1);
        }
    }

    /// <summary>
    /// Numbers in standard units [n, columns], and what enters the network of them [n, width]: as TabularBatches encodes.
    /// </summary>
    static (Tensor Standard, Tensor Dense) Numbers(Tensor[] columns, TabularEncoder encoder, TabularSettings settings)
    {
        var (standard, dense) = (new List<Tensor>(), new List<Tensor>());
        for (int column = 0; column < columns.Length; column++)
        {
            NumericScale scale = encoder.Scales[column];
            Tensor x = columns[column].Unsqueeze(1);
            Comparison missing = x.IsNaN();
            if (scale.Bounded) x = x.Clamp(scale.Edges[0], scale.Edges[^1]);
            // The mean as a sum of two floats: the difference of large numbers, such as times, keeps its digits.
            float mean = (float)scale.Mean, rest = (float)(scale.Mean - mean);
            Tensor own = Ops.Where(missing, 0f, (x - mean - rest) / (float)scale.Deviation);
            standard.Add(own);
            dense.Add(missing.ToTensor());
            if (settings.Numeric == NumericEmbedding.Piecewise)
                dense.AddRange(Piecewise(x, scale.Edges).Select(bin => Ops.Where(missing, 0f, bin)));
            else dense.Add(own);
        }
        return (Ops.Concat(standard, 1), Ops.Concat(dense, 1));
    }

    /// <summary>As <see cref="NumericScale.Piecewise"/>.</summary>
    static IEnumerable<Tensor> Piecewise(Tensor x, float[] edges)
    {
        for (int bin = 0; bin + 1 < edges.Length; bin++)
            yield return ((x - edges[bin]) / (edges[bin + 1] - edges[bin]))
                .Clamp(bin > 0 ? 0 : float.NegativeInfinity, bin + 2 < edges.Length ? 1 : float.PositiveInfinity);
    }
}
