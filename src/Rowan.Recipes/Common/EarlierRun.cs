using System.Globalization;
using System.Text.Json;
using Rowan.Formats;
using Rowan.Nn;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A finished run that a new one grows from: its settings, ids and weights are what the new run begins with.</summary>
sealed class EarlierRun
{
    const int Piece = 1 << 16;

    EarlierRun(string path, JsonElement info, IReadOnlyList<LearnedTable> tables, bool frozen) =>
        (Path, Info, Tables, Frozen) = (path, info, tables, frozen);

    /// <summary>The run folder.</summary>
    public string Path { get; }

    /// <summary>What run.json says.</summary>
    public JsonElement Info { get; }

    public IReadOnlyList<LearnedTable> Tables { get; }

    /// <summary>Whether the earlier rows and layers are frozen, so that only new ids are trained.</summary>
    public bool Frozen { get; }

    /// <summary>The run that a request grows from; null for none.</summary>
    /// <exception cref="InvalidDataException">It is incomplete, damaged or of another kind.</exception>
    public static EarlierRun? Of(TrainRequest request, string kind) =>
        request.GrownFrom is { } path
            ? new EarlierRun(path, RunFolder.Open(path, kind), LearnedTable.Read(path), request.FreezeEarlier) : null;

    /// <summary>The settings of a request: those of the earlier run where there is one, with what was given.</summary>
    public static T Settings<T>(SettingList<T> list, TrainRequest request, EarlierRun? earlier) where T : class =>
        list.Parse(request.Settings, earlier is null ? list.Defaults : list.Read(earlier.Info));

    /// <summary>A file of the run.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    public LearnedTable Table(string name) => Tables.FirstOrDefault(table => table.Name == name)
        ?? throw new InvalidDataException($"the run '{Path}' has no table '{name}'; train again with 'rowan train'");

    /// <summary>Earlier words in their order, then those of others that are new.</summary>
    public static Vocabulary Grown(Vocabulary? earlier, Vocabulary now) => earlier is null
        ? now : new Vocabulary(earlier.Words.Concat(now.Words.Where(word => !earlier.TryGetId(word, out _))));

    /// <summary>The new index of a row of the earlier table, after new rows were inserted at index <c>first</c>.</summary>
    public static long Moved(long row, long first, long added) => row < first ? row : row + added;

    /// <summary>Adds the counts of the earlier run to those of the new one, whose new ids begin at index <c>first</c>.</summary>
    public static void AddCounts(ReadOnlySpan<long> earlier, long first, Span<long> into)
    {
        long added = into.Length - earlier.Length;
        for (int row = 0; row < earlier.Length; row++) into[(int)Moved(row, first, added)] += earlier[row];
    }

    /// <summary>
    /// Writes earlier weights over those of a model: tables and layers that have more rows keep their first values in the new rows. Then
    /// freezes what was written, where that was asked for; a layer that has new outputs learns as a whole.
    /// </summary>
    /// <param name="model">A model of the same settings, with as many ids or more.</param>
    /// <param name="file">The weights.</param>
    /// <param name="rows">For a part with a row per id: the index of the first new row, and the number of new rows. Null for other
    /// parts.</param>
    /// <exception cref="ArgumentException">A part has another shape; nothing was written.</exception>
    /// <exception cref="InvalidDataException">There is nothing to train.</exception>
    public void LoadInto(Module model, string file, Func<string, (long First, long Added)?> rows)
    {
        using SafetensorsFile state = Safetensors.Open(File(file));
        (string Name, ILearnable Part)[] parts = [.. model.NamedParameters().Select(named => (named.Name, named.Learnable))];
        foreach ((string name, ILearnable part) in parts)
        {
            Require.Data(state.Contains(name), $"the run '{Path}' has no '{name}', which these settings need; leave out settings that " +
                $"shape the model");
            IReadOnlyList<long> then = state[name].Shape, now = part.Sizes;
            // Rows that unknown ids share are no ids: if there are more or fewer of them, that is no growth.
            Require.That(then.Count == now.Count && then.Skip(1).SequenceEqual(now.Skip(1))
                && (now.Count == 0 || now[0] == then[0] + (rows(name)?.Added ?? 0)),
                $"'{name}' is [{string.Join(", ", then)}] in '{Path}' and would be [{string.Join(", ", now)}]; a grown run keeps the " +
                    $"settings that shape the model");
        }
        bool learns = false;
        foreach ((string name, ILearnable part) in parts)
        {
            IReadOnlyList<long> then = state[name].Shape;
            long added = then.Count == 0 ? 0 : part.Sizes[0] - then[0],
            width = then.Skip(1).Aggregate(1L, (product, size) => product * size), head = then.Count == 0 ? 1 : rows(name)?.First
            ?? then[0];
            StateEntry entry = state.Entry(name);
            Write(entry, part, 0, head * width, 0);
            Write(entry, part, head * width, entry.Count, added * width);
            learns |= added > 0;
            if (!Frozen) continue;
            if (added == 0) part.Frozen = true;
            else if (part is Table table)
            {
                table.FreezeRows(0, head);
                table.FreezeRows(head + added, table.Count);
            }
        }
        Require.Data(learns || !Frozen, $"the data has no id that is new to '{Path}', and the earlier rows are frozen, so there is " +
            $"nothing to train; leave out `freeze`");
    }

    static void Write(StateEntry entry, ILearnable part, long from, long to, long shift)
    {
        var values = new float[(int)Math.Min(Piece, Math.Max(0, to - from))];
        for (long at = from; at < to; at += values.Length)
        {
            Span<float> some = values.AsSpan(0, (int)Math.Min(values.Length, to - at));
            entry.Read(at, some);
            part.WriteValues(at + shift, some);
        }
    }

    /// <summary>What became longer, for the notes: "3 new users, 1 new item".</summary>
    public string Note(params ReadOnlySpan<(string What, long Added)> grown)
    {
        var parts = new List<string>();
        foreach ((string what, long added) in grown) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{added:#,0} new {what}"));
        return $"grown from '{Path}': {string.Join(", ", parts)}{(Frozen ? "; its rows and layers are frozen" : "")}";
    }
}
