using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Reads and splits the records of the recommend task.</summary>
static class RecommendReader
{
    const int MostRatings = 21;

    public static RecommendData Read(TrainRequest request, RecommendSettings settings, EarlierRun? earlier, RunSession session,
        CancellationToken stop)
    {
        CheckSides(settings);
        SideFile? userFile = Side(settings.UserFile, ColumnRole.User, settings.UserColumns, settings.UserNumbers),
        itemFile = Side(settings.Model == RecommendModelKind.TwoTower ? settings.ItemFile : "", ColumnRole.Item, settings.ItemColumns,
        settings.ItemNumbers);
        Raw all = Raw.Of(request.Data, request.Schema, settings, session.Note, stop);
        bool isExplicit = earlier is not null ? earlier.Info.GetProperty("explicit").GetBoolean() : settings.Feedback switch
        {
            Feedback.Explicit => true,
            Feedback.Implicit => false,
            _ => request.Schema.One(ColumnRole.Rating) is not null && AreRatings([.. all.Ratings.Distinct().Take(MostRatings + 1)]),
        };
        session.Note(isExplicit ? "Records are treated as ratings (`feedback` implicit treats them as interactions)."
            : "Records are treated as interactions, whatever the rating (`feedback` explicit treats them as ratings).");
        RecommendSplit split = settings.Split != RecommendSplit.Auto ? settings.Split : isExplicit ? RecommendSplit.Random
            : RecommendSplit.LeaveOneOut;
        DataPart[] parts = request.PartOf is { } part ? [.. Enumerable.Range(0, all.Users.Count).Select(i => part(i))]
            : Parts(all, settings, split, request.Validation is null, request.Test is null, session);

        // Only users and items with training records or features have a row: those that occur only in the test records are unknown.
        ValueCounter userCounter = new(), itemCounter = new();
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i] != DataPart.Train) continue;
            userCounter.Add(all.Users[i]);
            itemCounter.Add(all.Items[i]);
        }
        Require.Data(itemCounter.Distinct >= 2, $"the training records have {itemCounter.Distinct} distinct items; a ranking needs at " +
            $"least two");
        LearnedTable? earlierUsers = earlier?.Table(RecommendRecipe.UsersTable), earlierItems = earlier?.Table(RecommendRecipe.ItemsTable);
        IdMap users = Map("user", earlierUsers, userCounter, userFile), items = Map("item", earlierItems, itemCounter, itemFile);

        string[] titles = ItemTitles.Grown(earlierItems,
            ItemTitles.Read(settings, request.Schema.Need(ColumnRole.Item).Name, request.Data.Options, items.Known, session), items.Known);
        var numbers = new Numbers();
        int[] Of(DataPart part) => [.. Enumerable.Range(0, parts.Length).Where(i => parts[i] == part)];
        Interactions train = all.Encoded(Of(DataPart.Train), users, items, session.Note, "training", numbers),
        validation = all.Encoded(Of(DataPart.Validation), users, items, session.Note, "validation", numbers),
        test = all.Encoded(Of(DataPart.Test), users, items, session.Note, "test", numbers);
        // What records are is known from here on: a file of ratings must have them.
        RecommendSettings known = settings with { Feedback = isExplicit ? Feedback.Explicit : Feedback.Implicit };
        if (request.Validation is { } validationSource)
            validation = Raw.Of(validationSource, request.Schema, known, session.Note, stop)
            .Encoded(null, users, items, session.Note, "validation", numbers);
        if (request.Test is { } testSource)
            test = Raw.Of(testSource, request.Schema, known, session.Note, stop).Encoded(null, users, items, session.Note, "test", numbers);
        var seen = new UserItems(earlier is null ? train : WithEarlier(earlier, train, users, items), users.Rows);
        int leaks = Enumerable.Range(0, test.Count).Count(i => test.Users[i] >= 0 && seen.Has(test.Users[i], test.Items[i]));
        var trainingItems = new TrainingItems(seen, users.Known.Count, train);
        session.Note(string.Create(CultureInfo.InvariantCulture,
            $"{train.Count:#,0} records of {users.Known.Count:#,0} users and {items.Known.Count:#,0} items to train, "
            + $"{validation.Count:#,0} to validate, {test.Count:#,0} to test; {leaks:#,0} of the test pairs also occur in the training "
            + $"data"));
        CandidateFile? given = settings.NegativesFile.Length > 0 ? CandidateFile.Read(settings.NegativesFile, users, items) : null;
        long[]? userCounts = Counts(earlierUsers, users), itemCounts = Counts(earlierItems, items);
        return new RecommendData
        {
            Users = users, Items = items, Train = train, Validation = validation, Test = test, Explicit = isExplicit, Seen = seen,
            ItemTitles = titles,
            Mean = earlier is null ? train.Ratings.Average() : RecommendRun.MeanOf(earlier.Path), EarlierUsers = userCounts,
            EarlierItems = itemCounts,
            TrainingItems = trainingItems, TestNegatives = given?.Of(test, users, "test"), ValidationNegatives = ValidationNegatives(),
            UserFeatures = Features(userFile, settings.UserColumns, settings.UserNumbers, all.Users, users, earlierUsers,
                RecommendData.Counts(train.Users, users.Rows, userCounts)),
            ItemFeatures = Features(itemFile, settings.ItemColumns, settings.ItemNumbers, all.Items, items, earlierItems,
                RecommendData.Counts(train.Items, items.Rows, itemCounts)),
        };

        // Validation ranks as the test does: among given items, else among as many drawn ones.
        long[][]? ValidationNegatives()
        {
            int drawn = settings.ValidationNegatives > 0 ? settings.ValidationNegatives : given?.MostItems ?? 0;
            if (drawn == 0 || validation.Count == 0) return null;
            if (given is not null && given.Has(validation)) return given.Of(validation, users, "validation");
            if (given is not null && settings.ValidationNegatives == 0)
                session.Note(string.Create(CultureInfo.InvariantCulture, $"each validation record is ranked among {drawn} sampled " +
                    $"items, as many as each test record has (`validation-negatives` N sets another number)"));
            return RankingEvaluation.Draw(validation, trainingItems, items.Known.Count, drawn, new Rng(settings.Training.Seed));
        }

        IdMap Map(string what, LearnedTable? before, ValueCounter counter, SideFile? side)
        {
            Vocabulary known = EarlierRun.Grown(before?.Ids, counter.Build(settings.MinCount));
            return settings.MapOf(what, side is null ? known : side.WithOwn(known, counter, stop));
        }

        SideFile? Side(string path, ColumnRole role, string columns, string numbers) =>
            path.Length == 0 ? null : new SideFile(path, role, request.Schema.Need(role).Name, Names(columns), Names(numbers),
                request.Data.Options, session);

        EntityFeatures? Features(SideFile? side, string columns, string numbers, List<string> ids, IdMap map, LearnedTable? before,
            long[] counts)
        {
            EntityFeatures? then = earlier is null ? null : EntityFeatures.Read(earlier, before!.Name);
            return EntityFeatures.Grown(then, side is not null
                ? side.Read(map, counts, then?.Quantities, session, stop)
                : all.Features(Names(columns), Names(numbers), ids, map, then?.Quantities), before?.Ids.Count ?? 0);
        }
    }

    /// <summary>
    /// Whether the distinct values of a rating column are ratings: 2 to 21, but not yes and no (0 and 1, or −1 and 1), which are choices.
    /// </summary>
    static bool AreRatings(float[] values) => values.Length is >= 2 and <= MostRatings && !values.All(value => value is 0 or 1)
        && !values.All(value => value is -1 or 1);

    static void CheckSides(RecommendSettings settings)
    {
        (string Option, string Value)[] sides =
            [("`user-file`", settings.UserFile), ("`user-columns`", settings.UserColumns), ("`user-numbers`", settings.UserNumbers),
            ("`item-columns`", settings.ItemColumns), ("`item-numbers`", settings.ItemNumbers)];
        Require.That(settings.IdDropout == 0 || settings.Model == RecommendModelKind.TwoTower, $"`id-dropout` {settings.IdDropout}: " +
            $"only `model` two-tower has features of users and items besides their ids; add that, or leave it out");
        Require.That(settings.ItemTitle.Length == 0 || settings.ItemFile.Length > 0,
            $"`item-title` {settings.ItemTitle}: it names a column of `item-file`; add that, or leave it out");
        foreach ((string option, string value) in sides)
            Require.That(value.Length == 0 || settings.Model == RecommendModelKind.TwoTower, $"{option} {value}: only `model` " +
                $"two-tower uses features of users and items; add that, or leave it out");
    }

    static string[] Names(string columns) => columns.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Records of a file for an evaluation; users and items that training does not know are −1.</summary>
    public static Interactions Records(DataSource data, DataSchema schema, bool isExplicit, IdMap users, IdMap items,
        Action<string> note) =>
        Raw.Of(data, schema, new RecommendSettings { Feedback = isExplicit ? Feedback.Explicit : Feedback.Implicit }, note,
            CancellationToken.None).Encoded(null, users, items, note, "evaluated", new Numbers());

    static long[]? Counts(LearnedTable? earlier, IdMap map)
    {
        if (earlier is null) return null;
        var counts = new long[map.Rows];
        EarlierRun.AddCounts(earlier.Counts, earlier.Ids.Count, counts);
        return counts;
    }

    /// <summary>What users had in the earlier run, before what they have now.</summary>
    static Interactions WithEarlier(EarlierRun earlier, Interactions now, IdMap users, IdMap items)
    {
        LearnedTable before = earlier.Table(RecommendRecipe.UsersTable), things = earlier.Table(RecommendRecipe.ItemsTable);
        StateDict seen = Formats.Safetensors.Read(earlier.File(RecommendRecipe.SeenFile));
        long[] ends = seen["ends"].Integers(), rows = seen["items"].Integers(), owners = new long[rows.Length];
        for (int user = 0, at = 0; user < ends.Length; user++)
            for (; at < ends[user]; at++) owners[at] = EarlierRun.Moved(user, before.Ids.Count, users.Rows - ends.Length);
        for (int at = 0; at < rows.Length; at++) rows[at] = EarlierRun.Moved(rows[at], things.Ids.Count, items.Rows - things.Rows);
        return new Interactions([.. owners, .. now.Users], [.. rows, .. now.Items], [.. new float[rows.Length], .. now.Ratings],
            now.Times is null ? null : [.. Enumerable.Repeat(decimal.MinValue, rows.Length), .. now.Times]);
    }

    static DataPart[] Parts(Raw all, RecommendSettings settings, RecommendSplit split, bool validation, bool test, RunSession session)
    {
        double validationShare = validation ? settings.ValidationShare : 0, testShare = test ? settings.TestShare : 0;
        if ((validation || test) && split is RecommendSplit.Time or RecommendSplit.LeaveOneOut && all.Times is { Length: > 1 }
            && all.Times.All(time => time == all.Times[0]))
        {
            session.Note("Every record has the same time, so no record is the last: records are held out at random.");
            if (split == RecommendSplit.Time) split = RecommendSplit.Random;
        }
        switch (split)
        {
            case RecommendSplit.None:
                return new DataPart[all.Users.Count];
            case RecommendSplit.Random:
                var random = new RandomSplit(validationShare, testShare, settings.Training.Seed);
                return [.. Enumerable.Range(0, all.Users.Count).Select(i => random.PartOf(i))];
            case RecommendSplit.Time:
                Require.That(all.Times is not null, $"`split` time: no time column was detected; name it as `time` COLUMN");
                var byTime = new TimeSplit(all.Times, validationShare, testShare);
                return [.. all.Times.Select(byTime.PartOf)];
            default:
                var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
                long[] groups = [.. all.Users.Select(user => numbers.TryGetValue(user, out long number)
                    ? number : numbers[user] = numbers.Count)];
                if (!validation && !test) return new DataPart[groups.Length];
                if (all.Times is null) session.Note("There is no time column: the last record of a user is the last one in the file "
                    + "(`time` COLUMN names the time, `split` random holds out at random).");
                else NoteTies(groups, all.Times, session);
                return LeaveOneOut.Parts(groups, all.Times, validation, test, all.Times is null ? null : settings.Training.Seed);
        }
    }

    /// <summary>Says where several records of a user share the latest time.</summary>
    static void NoteTies(long[] groups, decimal[]? times, RunSession session)
    {
        if (times is null) return;
        var latest = new Dictionary<long, (decimal Time, int Records, int All)>();
        for (int i = 0; i < groups.Length; i++)
        {
            (decimal time, int records, int all) = latest.GetValueOrDefault(groups[i], (decimal.MinValue, 0, 0));
            latest[groups[i]] = times[i] > time ? (times[i], 1, all + 1) : (time, times[i] == time ? records + 1 : records, all + 1);
        }
        int tied = latest.Values.Count(user => user.Records > 1);
        if (tied > 0 && times.Any(time => time != times[0]))
            session.Note(string.Create(CultureInfo.InvariantCulture,
                $"{tied:#,0} of {latest.Count:#,0} users have several records of their latest time; which of them is held out is drawn at "
                + $"random."));
    }

    /// <summary>Gives each distinct user and item of the files a number.</summary>
    sealed class Numbers
    {
        readonly Dictionary<string, long> _users = new(StringComparer.Ordinal), _items = new(StringComparer.Ordinal);

        public long User(string id) => Of(_users, id);

        public long Item(string id) => Of(_items, id);

        static long Of(Dictionary<string, long> known, string id)
        {
            if (!known.TryGetValue(id, out long number)) known.Add(id, number = known.Count);
            return number;
        }
    }

    /// <summary>Records as texts.</summary>
    sealed class Raw
    {
        public List<string> Users { get; } = [];

        public List<string> Items { get; } = [];

        public List<float> Ratings { get; } = [];

        public decimal[]? Times { get; private set; }

        List<RecordPlace> Places { get; } = [];

        Dictionary<string, List<string>> Others { get; } = [];

        Dictionary<string, List<float>> Quantities { get; } = [];

        public static Raw Of(DataSource source, DataSchema schema, RecommendSettings settings, Action<string> note, CancellationToken stop)
        {
            var raw = new Raw();
            using RecordReader reader = source.Open();
            int user = reader.Column(schema.Need(ColumnRole.User).Name), item = reader.Column(schema.Need(ColumnRole.Item).Name);
            // A test file may lack the time, and ratings where records are choices; the rating that is to be predicted it may not lack.
            ColumnSchema? rated = schema.One(ColumnRole.Rating), timed = schema.One(ColumnRole.Time);
            int? rating = rated is null ? null : reader.TryColumn(rated.Name, out int ratedColumn) ? ratedColumn
                : settings.Feedback == Feedback.Explicit ? reader.Column(rated.Name) : null;
            int? time = timed is not null && reader.TryColumn(timed.Name, out int timedColumn) ? timedColumn : null;
            bool isFlag = rated is { IsFlag: true } && settings.Feedback != Feedback.Explicit;
            long refused = 0;
            IEnumerable<string> Beside(string users, string items) =>
                (settings.UserFile.Length > 0 ? [] : Names(users)).Concat(settings.ItemFile.Length > 0 ? [] : Names(items)).Distinct();
            (int Column, List<string> Values)[] others =
                [.. Beside(settings.UserColumns, settings.ItemColumns).Select(name => (reader.Column(name), raw.Others[name] = []))];
            (int Column, List<float> Values)[] quantities =
                [.. Beside(settings.UserNumbers, settings.ItemNumbers).Select(name => (reader.Column(name), raw.Quantities[name] = []))];
            var numbers = new float[quantities.Length];
            var times = new List<decimal>();
            var interned = new Dictionary<string, string>(StringComparer.Ordinal);
            var bySpan = interned.GetAlternateLookup<ReadOnlySpan<char>>();
            while (reader.Read())
            {
                if (raw.Users.Count % 4_096 == 0) stop.ThrowIfCancellationRequested();
                try
                {
                    if (reader.IsMissing(user)) throw reader.Bad(user, "a user");
                    if (reader.IsMissing(item)) throw reader.Bad(item, "an item");
                    float value = rating is not { } column ? 1 : rated!.IsFlag ? reader.Flag(column) : reader.Number(column, rated.Format);
                    decimal at = time is { } when ? reader.Time(when, timed!.Format) : 0;
                    for (int q = 0; q < numbers.Length; q++)
                        numbers[q] = reader.IsMissingNumber(quantities[q].Column) ? float.NaN : reader.Number(quantities[q].Column);
                    if (isFlag && value <= 0)
                    {
                        refused++;
                        continue;
                    }
                    raw.Users.Add(Interned(reader.Field(user)));
                    raw.Items.Add(Interned(reader.Field(item)));
                    raw.Ratings.Add(value);
                    times.Add(at);
                    raw.Places.Add(reader.Place);
                    foreach ((int other, List<string> values) in others)
                        values.Add(reader.IsMissing(other) ? "" : Interned(reader.Field(other)));
                    for (int q = 0; q < numbers.Length; q++) quantities[q].Values.Add(numbers[q]);
                }
                catch (BadRecordException bad) when (reader.Skip(bad)) { }
            }
            if (reader.Skipped > 0) note(string.Create(CultureInfo.InvariantCulture, $"{reader.Skipped:#,0} bad records skipped, such "
                + $"as {reader.SkippedMessages[0]}"));
            if (refused > 0) note(string.Create(CultureInfo.InvariantCulture,
                $"{refused:#,0} records of '{source.Names[0]}' say no in '{rated!.Name}': they are left out (`ignore` "
                + $"{RoleChoice.Quoted(rated.Name)} treats every record as an interaction, `feedback` explicit learns both values)."));
            Require.Data(raw.Users.Count > 0, $"'{source.Names[0]}' has no record; name a file with users and items");
            raw.Times = time is null ? null : [.. times];
            return raw;

            string Interned(ReadOnlySpan<char> text)
            {
                if (bySpan.TryGetValue(text, out string? known)) return known;
                string added = text.ToString();
                interned.Add(added, added);
                return added;
            }
        }

        /// <summary>Records as rows; an unknown user or item is −1, counted and noted.</summary>
        public Interactions Encoded(int[]? places, IdMap users, IdMap items, Action<string> note, string part, Numbers numbers)
        {
            places ??= [.. Enumerable.Range(0, Users.Count)];
            int unknown = 0;
            string? first = null;
            var (userRows, itemRows) = (new long[places.Length], new long[places.Length]);
            for (int i = 0; i < places.Length; i++)
            {
                int place = places[i];
                userRows[i] = Row(users, Users[place]);
                itemRows[i] = Row(items, Items[place]);
                if ((userRows[i] < 0 || itemRows[i] < 0) && unknown++ == 0)
                    first = $"{Places[place]}: {(userRows[i] < 0 ? $"user '{Users[place]}'" : $"item '{Items[place]}'")}";
            }
            if (unknown > 0) note(string.Create(CultureInfo.InvariantCulture,
                $"{unknown:#,0} {part} records name a user or an item that is not in the training records ({first}); an unknown item "
                + $"counts as not found, and an unknown user gets the most popular items"));
            return new Interactions(userRows, itemRows, [.. places.Select(place => Ratings[place])], Times is null
                ? null : [.. places.Select(place => Times[place])])
            {
                UserKeys = [.. places.Select(place => numbers.User(Users[place]))],
                ItemKeys = [.. places.Select(place => numbers.Item(Items[place]))],
            };
        }

        static long Row(IdMap map, string value) => map.Known.TryGetId(value, out long id) ? id : map.Unknown == UnknownIds.Error ? -1
            : map[value];

        /// <summary>What some columns say of the users or items.</summary>
        public EntityFeatures? Features(string[] columns, string[] quantities, List<string> ids, IdMap map, IReadOnlyList<Quantity>? scales)
        {
            if (columns.Length + quantities.Length == 0) return null;
            var descriptions = new EntityDescriptions(map.Rows, quantities);
            for (int i = 0; i < ids.Count; i++)
            {
                if (!map.Known.TryGetId(ids[i], out long row)) continue;
                foreach (string column in columns) descriptions.Add(row, column, Others[column][i], '|');
                for (int q = 0; q < quantities.Length; q++) descriptions.Add(row, q, Quantities[quantities[q]][i]);
            }
            return descriptions.Features(scales);
        }
    }
}
