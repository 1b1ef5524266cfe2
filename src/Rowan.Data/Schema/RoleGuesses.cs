namespace Rowan.Data;

/// <summary>The roles of columns: those stated, then those that names and values suggest, the strongest suggestion first.</summary>
sealed class RoleGuesses
{
    const int Enough = 20, FewestUsers = 3, MostClasses = 100;
    static readonly ColumnRole[] Single = [ColumnRole.User, ColumnRole.Item, ColumnRole.Rating, ColumnRole.Time, ColumnRole.Label,
        ColumnRole.Id];

    readonly IReadOnlyList<string> _names;
    readonly ColumnProfile[] _profiles;
    readonly bool[] _settled;
    readonly List<int> _seconds = [], _stated = [];

    RoleGuesses(IReadOnlyList<string> names, ColumnProfile[] profiles)
    {
        (_names, _profiles, _settled) = (names, profiles, new bool[profiles.Length]);
        (Roles, Weak, Notes) = (new ColumnRole[profiles.Length], new bool[profiles.Length], [.. names.Select(_ => "")]);
    }

    public ColumnRole[] Roles { get; }

    /// <summary>Whether the role of a column is a weak guess.</summary>
    public bool[] Weak { get; }

    /// <summary>Why a column has its role, where names and values do not say it.</summary>
    public string[] Notes { get; }

    public static RoleGuesses Of(IReadOnlyList<string> names, ColumnProfile[] profiles, IReadOnlyDictionary<int, ColumnRole> given)
    {
        var guesses = new RoleGuesses(names, profiles);
        foreach ((int column, ColumnRole role) in given) guesses.Settle(column, role, false, "");
        guesses._stated.AddRange(given.Keys);
        if (given.Count == 0 && names.All(name => KnownNames.Of(name).All(known => known.Strength < KnownNames.Likely)))
            guesses.Nameless();
        guesses.ByName([.. given.Values.Distinct().Where(role => role is not (ColumnRole.None or ColumnRole.Categorical
            or ColumnRole.Numeric or ColumnRole.MultiValued))]);
        guesses.ByValues();
        return guesses;
    }

    void Settle(int column, ColumnRole role, bool weak, string note) => (Roles[column], Weak[column], Notes[column], _settled[column]) =
        (role, weak, note, true);

    bool Has(ColumnRole role) => Enumerable.Range(0, Roles.Length).Any(column => _settled[column] && Roles[column] == role);

    int Holder(ColumnRole role) => Enumerable.Range(0, Roles.Length).First(column => _settled[column] && Roles[column] == role);

    void ByName(ColumnRole[] stated)
    {
        var candidates = new List<(int Column, ColumnRole Role, int Strength)>();
        for (int column = 0; column < _names.Count; column++)
            if (!_settled[column] && _profiles[column].Kind != ColumnKind.Empty && !_profiles[column].IsList)
                foreach ((ColumnRole role, int strength) in KnownNames.Of(_names[column]))
                    if (Supported(role, strength, _profiles[column]))
                        candidates.Add((column, role, role == ColumnRole.Label ? Placed(column, strength) : strength));
        // Of equal strength the first column is taken, but the last for a label: a target is usually written last.
        foreach ((int column, ColumnRole role, int strength) in candidates.OrderByDescending(candidate =>
            candidate.Strength).ThenBy(candidate => candidate.Role == ColumnRole.Label ? -candidate.Column : candidate.Column))
        {
            if (_settled[column]) continue;
            if (stated.Contains(role))
            {
                if (strength >= KnownNames.Likely && role != ColumnRole.Label && role != ColumnRole.Id)
                    Settle(column, ColumnRole.None, false, $"left out: `{RoleNames.Of(role)}` is stated");
                continue;
            }
            if (Single.Contains(role) && Has(role))
            {
                if (role is ColumnRole.User or ColumnRole.Item or ColumnRole.Time && strength >= KnownNames.Likely
                    && !OtherRole(candidates, column, role))
                {
                    Settle(column, ColumnRole.None, false, $"left out: '{_names[Holder(role)]}' is the {RoleNames.Of(role)}");
                    if (role != ColumnRole.Time) _seconds.Add(column);
                }
                continue;
            }
            // A weak name alone makes no user, item or label out of what another role fits as well.
            if (strength == KnownNames.Weak && role is ColumnRole.User or ColumnRole.Item) continue;
            Settle(column, role, strength <= KnownNames.Weak, "");
        }
        Pair(candidates);
    }

    static bool OtherRole(List<(int Column, ColumnRole Role, int Strength)> candidates, int column, ColumnRole role) =>
        candidates.Any(other => other.Column == column && other.Role != role && other.Strength >= KnownNames.Likely);

    /// <summary>A name such as "class" stands for the target where it is the last or the first column; elsewhere also for a class of
    /// tickets.</summary>
    int Placed(int column, int strength) => strength == KnownNames.Exact && ColumnNames.Plain(_names[column]) == "class" && column > 0
        && column < _names.Count - 1 ? KnownNames.Likely : strength;

    /// <summary>Users without items and items without users are found by weaker names; a lone one is a column like others.</summary>
    void Pair(List<(int Column, ColumnRole Role, int Strength)> candidates)
    {
        foreach ((ColumnRole missing, ColumnRole other) in new[] { (ColumnRole.User, ColumnRole.Item),
            (ColumnRole.Item, ColumnRole.User) })
        {
            if (Has(missing) || !Has(other)) continue;
            int found = candidates.Where(candidate => candidate.Role == missing && (!_settled[candidate.Column]
                || Roles[candidate.Column] == ColumnRole.Text && _profiles[candidate.Column].Repeats))
                .OrderByDescending(candidate => candidate.Strength).Select(candidate => candidate.Column).DefaultIfEmpty(-1).First();
            if (found >= 0) Settle(found, missing, true, "");
            else if (missing == ColumnRole.Item && !Has(ColumnRole.Label) && OnlyThings() is { } thing)
                Settle(thing, missing, true, "the only column whose values occur again");
        }
        if (Has(ColumnRole.User) && Has(ColumnRole.Item)) return;
        for (int column = 0; column < Roles.Length; column++)
            if (_settled[column] && (_seconds.Contains(column) || (Roles[column] is ColumnRole.User or ColumnRole.Item
                && !_stated.Contains(column)))) (_settled[column], Notes[column]) = (false, "");
    }

    int? OnlyThings()
    {
        int[] found = [.. Enumerable.Range(0, Roles.Length).Where(column => !_settled[column]
            && _profiles[column] is { Repeats: true, Distinct.Count: >= FewestUsers, Kind: ColumnKind.Integer or ColumnKind.Name })];
        return found is [var one] ? one : null;
    }

    /// <summary>Whether values are what a name says: a "time" of words, a "text" of numbers and a "user" of two values are not.</summary>
    static bool Supported(ColumnRole role, int strength, ColumnProfile profile) => role switch
    {
        ColumnRole.User or ColumnRole.Item => profile.Kind is ColumnKind.Integer or ColumnKind.Name or ColumnKind.Number
            or ColumnKind.Prose
            && (profile.Values < Enough || (profile.Distinct.Count >= FewestUsers && !profile.IsUnique))
                && (profile.Kind != ColumnKind.Prose || profile.Repeats)
            && (profile.Kind != ColumnKind.Number || profile.Marked > 0 || strength > KnownNames.Strong),
        // Half is enough: the other half is then named as wrong, and not taken for something else in silence.
        ColumnRole.Rating => profile.NumberShare >= 0.5,
        ColumnRole.Time => strength >= KnownNames.Strong ? profile.NumberShare >= 0.5 || profile.TimeShare >= 0.5
            : profile.TimeShare >= 0.5 || profile.LooksLikeTime,
        ColumnRole.Text => profile.Kind == ColumnKind.Prose || (profile.Kind == ColumnKind.Name
            && (strength == KnownNames.Exact || !profile.Repeats || profile.Words >= 2)),
        ColumnRole.Label => profile.Kind != ColumnKind.Prose && (profile.Distinct.Count >= 2 || strength >= KnownNames.Strong)
            && (!profile.IsUnique || profile.Values < Enough || profile.Kind is ColumnKind.Number or ColumnKind.Integer)
            && (profile.Kind != ColumnKind.Time || strength == KnownNames.Exact),
        ColumnRole.Id => strength >= KnownNames.Strong ? profile.Distinct.Count >= Math.Min(profile.Values,
            SchemaInference.DistinctLimit) * 0.9 : profile.IsUnique && profile.Kind is ColumnKind.Integer or ColumnKind.Name,
        _ => true,
    };

    /// <summary>What names leave open.</summary>
    void ByValues()
    {
        for (int column = 0; column < Roles.Length; column++)
        {
            if (_settled[column]) continue;
            ColumnProfile profile = _profiles[column];
            Roles[column] = profile.Kind switch
            {
                _ when profile.IsList => ColumnRole.MultiValued,
                ColumnKind.Empty => ColumnRole.None,
                ColumnKind.Integer when profile.IsCount && column == 0 && Roles.Length > 1 && profile.Values >= Enough =>
                    Another(ColumnRole.Id, column, "counts the records"),
                ColumnKind.Integer when KnownNames.IsCode(_names[column]) => profile.IsUnique && profile.Values >= Enough
                    ? Another(ColumnRole.Id, column, "different in every record") : ColumnRole.Categorical,
                _ when profile.NumberShare >= 0.9 && profile.Kind != ColumnKind.Name => ColumnRole.Numeric,
                ColumnKind.Prose => ColumnRole.Text,
                ColumnKind.Time => Another(ColumnRole.Time, column, "a second time"),
                _ when profile.Separator is not null => ColumnRole.MultiValued,
                _ when profile.IsUnique && profile.Values >= Enough && Roles.Length > 1 && profile.Distinct.Count > MostClasses =>
                    Another(ColumnRole.Id, column, "different in every record"),
                _ => ColumnRole.Categorical,
            };
            if (profile.Kind == ColumnKind.Empty) Notes[column] = "has no value";
        }
    }

    ColumnRole Another(ColumnRole role, int column, string note)
    {
        if (!Enumerable.Range(0, Roles.Length).Any(other => other != column && Roles[other] == role))
        {
            _settled[column] = true;
            if (role == ColumnRole.Id) Notes[column] = note;
            return role;
        }
        Notes[column] = $"left out: {note}";
        return ColumnRole.None;
    }

    /// <summary>Columns without names, by their values: ids that occur again, then perhaps a few different numbers, then perhaps times;
    /// or one of few values and prose.</summary>
    void Nameless()
    {
        bool rated = _profiles.Length >= 3 && _profiles[2].LooksLikeRating;
        // Beside a rating, most items of a large catalogue may occur once among the first records.
        if (_profiles.Length is >= 2 and <= 4 && IsThing(0) && (IsThing(1) || (rated && SomeOccurAgain(1))))
        {
            int time = rated ? 3 : 2;
            bool timed = _profiles.Length == time + 1 && _profiles[time].LooksLikeTime, whole = _profiles.Length == (rated ? 3 : 2)
                || timed;
            if (whole && (rated || timed || Math.Min(_profiles[0].Distinct.Count, _profiles[1].Distinct.Count) >= Enough))
            {
                Settle(0, ColumnRole.User, true, "");
                Settle(1, ColumnRole.Item, true, "");
                if (rated) Settle(2, ColumnRole.Rating, true, "");
                if (timed) Settle(time, ColumnRole.Time, true, "");
                return;
            }
        }
        int[] prose = [.. Enumerable.Range(0, _profiles.Length).Where(column => _profiles[column].Kind == ColumnKind.Prose)];
        int[] few = [.. Enumerable.Range(0, _profiles.Length).Where(column => !prose.Contains(column)
            && _profiles[column].Distinct.Count is >= 2 and <= MostClasses && _profiles[column].Repeats)];
        if (prose.Length != 1 || few.Length != 1) return;
        Settle(prose[0], ColumnRole.Text, true, "");
        Settle(few[0], ColumnRole.Label, true, "");
    }

    /// <summary>Whether the values could be items of which a tenth of the records or more repeat one.</summary>
    bool SomeOccurAgain(int column) => _profiles[column] is { Kind: ColumnKind.Integer or ColumnKind.Name } profile
        && profile.Distinct.Count >= 2 && profile.Distinct.Count * 10L <= profile.Values * 9;

    /// <summary>Whether the values could be users or items: names or whole numbers that occur again.</summary>
    bool IsThing(int column) => _profiles[column] is { Repeats: true, Kind: ColumnKind.Integer or ColumnKind.Name, Distinct.Count: >= 2 };
}
