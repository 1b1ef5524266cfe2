namespace Rowan.Numerics;

/// <summary>What updaters of all kinds do alike when their state is read from a file.</summary>
static class UpdaterState
{
    /// <summary>The step that a learnable's state stood at; 0 where it had none.</summary>
    public static long Step(StateDict state, string name)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (!state.Contains($"{name}.step")) return 0;
        return state[$"{name}.step"].WholeNumber();
    }

    /// <summary>Slots that are missing or of another size.</summary>
    public static IEnumerable<string> Faults(IReadOnlyList<string?> slots, StateDict state, string name, Func<int, long[]> sizes)
    {
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(sizes);
        for (int s = 0; s < slots.Count; s++)
        {
            if (slots[s] is not { } slot) continue;
            if (!state.Contains($"{name}.{slot}")) yield return $"'{name}.{slot}' is missing";
            else if (!state[$"{name}.{slot}"].Sizes.SequenceEqual(sizes(s)))
                yield return $"'{name}.{slot}' is [{string.Join(", ", state[$"{name}.{slot}"].Sizes)}] and should be "
                    + $"[{string.Join(", ", sizes(s))}]";
        }
    }
}
