using System.Runtime.InteropServices;
using Rowan.Nn;
using Rowan.Tensors;

namespace Rowan.Recipes;

/// <summary>
/// The scores of a recommend run as a function of users: scores[u, i] = u·i + b[i], of ratings with b[u] and their mean. Whatever the
/// model, a run keeps the vectors that it computed.
/// </summary>
static class RecommendExport
{
    /// <summary>A run has vectors and no modules.</summary>
    sealed class Vectors : Module;

    /// <summary>The model of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="scores">Its vectors and biases.</param>
    public static ExportableModel Of(RecommendRun run, Snapshot scores)
    {
        long items = run.Items.Count, users = scores.Users.Rows;
        Tensor[] itemRows = [.. Pieces(scores.Items, items)];
        Tensor itemBias = new Tensor(scores.ItemBias.AsSpan(0, (int)items), items), userBias = Tensor.Over(scores.UserBias, users);
        var names = new Dictionary<object, string>(ReferenceEqualityComparer.Instance)
        {
            [scores.Users] = "users", [itemBias] = "item_bias", [userBias] = "user_bias",
        };
        for (int i = 0; i < itemRows.Length; i++) names[itemRows[i]] = itemRows.Length == 1 ? "items" : $"items_{i}";

        ExportMetadata metadata = new ExportMetadata(run).Add("user", run.UserRows).Add("ids.item", run.Items.Words);
        if (run.HasTitles) metadata.Add("titles.item", run.ItemTitles);
        return new ExportableModel(new Vectors(), given => Scores((Indices)given[0]),
            [new("user", (Indices)Enumerable.Range(0, (int)Math.Min(users, 4)).ToArray(), "batch")], ["scores"], metadata.Values,
            $"Scores of all items for users. Input: the place of a user's id in the metadata ids.user. "
            + $"Output [users, items]: {(run.Explicit ? "the expected rating" : "the higher, the better")}; items in the order of "
                + $"ids.item. "
            + "Items that the user has in the training data are not left out.") { Names = names };

        Tensor Scores(Indices ids)
        {
            Tensor vectors = Tensor.Empty(ids.Count, scores.Dim);
            for (int i = 0; i < ids.Count; i++) scores.Users[ids.Span[i]].Span.CopyTo(vectors.WritableSpan[(i * scores.Dim)..]);
            vectors = Trace.Op(vectors, "Embedding", [scores.Users, ids]);
            Tensor[] parts = [.. itemRows.Select(rows => Ops.Affine(vectors, rows, null))];
            Tensor all = (parts.Length == 1 ? parts[0] : Ops.Concat(parts, 1)) + itemBias;
            return run.Explicit ? all + (userBias.IndexSelect(0, ids) + scores.Mean).Unsqueeze(1) : all;
        }
    }

    /// <summary>The first rows, as tensors over their own memory.</summary>
    static IEnumerable<Tensor> Pieces(VectorRows rows, long count)
    {
        foreach ((long first, ReadOnlyMemory<float> piece) in rows.PiecesFrom())
        {
            int own = (int)Math.Min(count - first, piece.Length / rows.Dim);
            if (own <= 0) yield break;
            ReadOnlyMemory<float> values = piece[..(own * rows.Dim)];
            yield return MemoryMarshal.TryGetArray(values, out ArraySegment<float> memory)
                ? Tensor.Over(memory.Array!, memory.Offset, [own, rows.Dim]) : new Tensor(values.Span, own, rows.Dim);
        }
    }
}
