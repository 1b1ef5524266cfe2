using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>
    /// Einstein's sum:  each letter names a dimension. Tensors are multiplied along letters that they share, and letters that the output
    /// lacks are summed. "ij,jk->ik" is a matrix product, "bi,bi->b" a dot product row by row, "ii->i" a diagonal, "ij->ji" a transpose.
    /// </summary>
    /// <remarks>Tensors are multiplied from left to right, two at a time, each pair as one (batched) matrix product.</remarks>
    /// <param name="equation">Letters for each tensor, separated by commas, then "->" and the output's. Without "->" the output has the
    /// letters that occur once, in alphabetical order.</param>
    /// <param name="tensors">The tensors, as many as the equation names.</param>
    /// <exception cref="ArgumentException">The equation does not fit the tensors; the message names what does not.</exception>
    public static Tensor Einsum(string equation, params ReadOnlySpan<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(equation);
        string[] sides = equation.Replace(" ", "", StringComparison.Ordinal).Split("->");
        string[] terms = sides[0].Split(',');
        Require.That(sides.Length <= 2 && sides.All(side => side.All(c => char.IsAsciiLetter(c) || c == ','))
            && (sides.Length < 2 || !sides[1].Contains(',')),
            $"Einsum: '{equation}'; it is letters for each tensor, commas between, then '->' and the output's letters; write "
            + $"leading dimensions as letters, not as '...'", nameof(equation));
        Require.That(terms.Length == tensors.Length, $"Einsum: '{equation}' names {terms.Length} tensors, and {tensors.Length} were given",
            nameof(tensors));
        string output = sides.Length == 2 ? sides[1]
            : string.Concat(sides[0].Where(c => c != ',' && sides[0].Count(other => other == c) == 1).Order());
        Require.That(output.Distinct().Count() == output.Length && output.All(c => sides[0].Contains(c)),
            $"Einsum: output '{output}' of '{equation}'; each of its letters is one of a tensor's, and occurs once", nameof(equation));
        var size = new Dictionary<char, long>();
        for (int t = 0; t < terms.Length; t++)
        {
            Tensor tensor = tensors[t];
            ArgumentNullException.ThrowIfNull(tensor, nameof(tensors));
            Require.That(terms[t].Length == tensor.Rank,
                $"Einsum: '{terms[t]}' of '{equation}' for shape {tensor.Shape}; there is a letter for each dimension", nameof(tensors));
            for (int d = 0; d < tensor.Rank; d++)
                Require.That(size.TryAdd(terms[t][d], tensor.Shape[d]) || size[terms[t][d]] == tensor.Shape[d],
                    $"Einsum: '{terms[t][d]}' of '{equation}' is {size[terms[t][d]]} and, in tensor {t} of shape {tensor.Shape}, "
                    + $"{tensor.Shape[d]}", nameof(tensors));
        }
        (Tensor value, string letters) = WithoutRepeats(tensors[0], terms[0]);
        for (int t = 1; t < terms.Length; t++)
        {
            (Tensor next, string others) = WithoutRepeats(tensors[t], terms[t]);
            string later = string.Concat(terms[(t + 1)..]) + output;
            (value, letters) = Contracted(SummedTo(value, letters, others + later), SummedTo(next, others, letters + later), later, size);
        }
        (value, letters) = SummedTo(value, letters, output);
        return value.Permute([.. output.Select(c => letters.IndexOf(c, StringComparison.Ordinal))]);
    }

    /// <summary>A letter that occurs twice in one tensor is its diagonal.</summary>
    static (Tensor Value, string Letters) WithoutRepeats(Tensor x, string letters)
    {
        while (letters.FirstOrDefault(c => letters.Count(other => other == c) > 1) is var twice and not '\0')
        {
            (int first, int last) = (letters.IndexOf(twice, StringComparison.Ordinal), letters.LastIndexOf(twice));
            x = x.Diagonal(0, first, last);
            letters = letters.Remove(last, 1).Remove(first, 1) + twice;
        }
        return (x, letters);
    }

    /// <summary>Sums over letters that nobody needs any more.</summary>
    static (Tensor Value, string Letters) SummedTo(Tensor x, string letters, string needed)
    {
        int[] gone = [.. Enumerable.Range(0, letters.Length).Where(d => !needed.Contains(letters[d]))];
        return gone.Length == 0 ? (x, letters) : (x.Sum(gone), string.Concat(letters.Where(needed.Contains)));
    }

    /// <summary>One product:  [batch, left, inner] × [batch, inner, right], each a group of letters.</summary>
    static (Tensor Value, string Letters) Contracted((Tensor Value, string Letters) x, (Tensor Value, string Letters) y, string later,
        Dictionary<char, long> size)
    {
        string batch = string.Concat(x.Letters.Where(c => y.Letters.Contains(c) && later.Contains(c))),
            inner = string.Concat(x.Letters.Where(c => y.Letters.Contains(c) && !later.Contains(c)));
        string left = string.Concat(x.Letters.Except(y.Letters)), right = string.Concat(y.Letters.Except(x.Letters));
        Tensor product = Grouped(x, batch, left, inner).MatMul(Grouped(y, batch, inner, right));
        string letters = batch + left + right;
        return (product.Reshape([.. letters.Select(c => size[c])]), letters);

        Tensor Grouped((Tensor Value, string Letters) of, params ReadOnlySpan<string> groups)
        {
            string order = string.Concat(groups);
            Tensor permuted = of.Value.Permute([.. order.Select(c => of.Letters.IndexOf(c, StringComparison.Ordinal))]);
            var sizes = new long[3];
            for (int i = 0; i < 3; i++) sizes[i] = groups[i].Aggregate(1L, (count, c) => count * size[c]);
            return permuted.Reshape(sizes);
        }
    }
}
