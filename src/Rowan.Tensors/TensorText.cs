using System.Globalization;
using System.Text;

namespace Rowan.Tensors;

/// <summary>Tensors as text: four decimals, rows aligned, long dimensions shortened to their ends.</summary>
static class TensorText
{
    const int Ends = 3, Whole = 8;

    public static string Format(Tensor tensor)
    {
        var text = new StringBuilder();
        if (tensor.Rank == 0) return tensor.Item().ToString("0.0###", CultureInfo.InvariantCulture);
        int width = 0;
        foreach (float value in tensor.Span[..(int)Math.Min(tensor.Count, 1_000)]) width = Math.Max(width, Number(value).Length);
        Append(text, tensor, 0, 0, width);
        return text.Append("  ").Append(tensor.Shape).ToString();
    }

    static void Append(StringBuilder text, Tensor tensor, int dim, long offset, int width)
    {
        long size = tensor.Shape[dim];
        long inside = 1;
        for (int d = dim + 1; d < tensor.Rank; d++) inside *= tensor.Shape[d];
        bool last = dim == tensor.Rank - 1;
        text.Append('[');
        for (long i = 0; i < size; i++)
        {
            if (i > 0) text.Append(last ? ", " : ",\n" + new string(' ', dim + 1));
            if (size > Whole && i == Ends)
            {
                text.Append('…');
                i = size - Ends - 1;
                continue;
            }
            if (last) text.Append(Number(tensor.Span[(int)(offset + i)]).PadLeft(width));
            else Append(text, tensor, dim + 1, offset + i * inside, width);
        }
        text.Append(']');
    }

    static string Number(float value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
