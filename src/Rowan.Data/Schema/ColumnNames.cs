namespace Rowan.Data;

/// <summary>Names of columns as people write them: user_id, userId, User-ID and "User ID" are one name.</summary>
static class ColumnNames
{
    /// <summary>Letters and digits alone, in lower case.</summary>
    public static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    /// <summary>The words of a name in lower case: "unixReviewTime" has three.</summary>
    public static List<string> Words(string name)
    {
        var words = new List<string>();
        int start = -1;
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (!char.IsLetterOrDigit(c))
            {
                End(i);
                continue;
            }
            if (start >= 0 && char.IsUpper(c) && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]))))
                End(i);
            if (start < 0) start = i;
        }
        End(name.Length);
        return words;

        void End(int end)
        {
            if (start >= 0) words.Add(name[start..end].ToLowerInvariant());
            start = -1;
        }
    }

    /// <summary>The index of a name among others: the same name, or the same without regard to case, or the only one of the same letters
    /// and digits; −1 for none.</summary>
    public static int IndexOf(IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
            if (names[i] == name) return i;
        for (int i = 0; i < names.Count; i++)
            if (string.Equals(names[i], name, StringComparison.OrdinalIgnoreCase)) return i;
        string plain = Plain(name);
        if (plain.Length == 0) return -1;
        int found = -1;
        for (int i = 0; i < names.Count; i++)
        {
            if (Plain(names[i]) != plain) continue;
            if (found >= 0) return -1;
            found = i;
        }
        return found;
    }
}
