namespace Rowan.Data;

/// <summary>What the name of a column says of its use. A name is read as words, so that encrypted_user_id, userID and "User-ID" all name
/// a user.</summary>
static class KnownNames
{
    /// <summary>How much a name says: a weak one is also given to other things.</summary>
    public const int Weak = 1, Likely = 2, Strong = 3, Exact = 4;

    static readonly HashSet<string> IdWords = ["id", "ids", "key", "code", "no", "nr", "num", "number", "uuid", "guid", "hash", "idx",
        "index", "sk", "name"];

    static readonly Dictionary<string, int> Users = Of(
        (Strong, "user username userid uid reviewer reviewerid visitor visitorid customer customerid member memberid subscriber shopper "
            + "buyer rater listener"),
        (Likely, "client consumer viewer reader player account profile benutzer nutzer kunde kundin cliente usuario utilisateur acheteur"),
        (Weak, "session sessionid person household cookie device author patient student guest passenger employee"));

    static readonly Dictionary<string, int> Items = Of(
        (Strong, "item itemid iid movie movieid film product productid asin sku stockcode isbn track trackid song songid artist artistid "
            + "business businessid gmapid"),
        (Likely, "article book album video game anime restaurant recipe joke venue poi place hotel course beer app merchant listing "
            + "artikel produkt producto produit articulo podcast playlist"),
        (Weak, "content ad news story event post location station stock ean upc service title brand"));

    static readonly HashSet<string> RatingHeads = ["rating", "ratings", "rate", "stars", "star", "overall", "bewertung", "valoracion",
        "calificacion", "puntuacion", "оценка"];
    static readonly HashSet<string> ScoreHeads = ["score", "preference", "points", "grade"];
    static readonly HashSet<string> RatingModifiers = ["book", "star", "stars", "review", "reviews", "user", "movie", "film", "item",
        "product", "overall", "customer", "my", "your", "beer", "anime", "given", "reviewer"];

    static readonly HashSet<string> TimeHeads = ["time", "timestamp", "ts", "date", "datetime", "datum", "fecha", "at", "day"];
    static readonly HashSet<string> ExactTimes = ["time", "timestamp", "ts", "date", "datetime", "eventtime", "unixreviewtime",
        "unixtime", "createdat", "datum", "fecha", "invoicedate", "orderdate", "reviewtime", "reviewdate"];

    static readonly HashSet<string> StrongTexts = ["text", "review", "sentence", "comment", "body", "tweet", "message", "document",
        "reviewtext", "reviewbody", "texte", "texto", "текст"];
    static readonly HashSet<string> Texts =
    [
        "content", "title", "headline", "description", "question", "answer", "abstract", "summary", "post", "sms", "email", "narrative",
            "lyrics", "plot", "overview", "synopsis", "caption", "utterance", "query", "phrase",
        "passage", "paragraph", "feedback", "complaint", "article", "news", "story", "subject", "statement", "premise", "hypothesis",
            "transcript", "transcription",
    ];

    static readonly HashSet<string> StrongLabels = ["label", "labels", "target", "targets", "class", "classes", "y", "groundtruth",
        "outcome", "sentiment", "polarity", "intent"];
    static readonly HashSet<string> Labels =
    [
        "churn", "churned", "survived", "species", "income", "click", "clicked", "isclick", "isclicked", "isfraud", "fraud", "spam",
            "isspam", "exited", "attrition", "diagnosis", "approved", "converted", "conversion", "purchased",
        "isbought", "bought", "response", "medv", "saleprice", "medianhousevalue", "loanstatus", "toxic", "toxicity", "emotion",
            "default", "defaulted", "isduplicate", "liked", "like", "variety", "defaultpaymentnextmonth", "readmitted",
        "stroke", "heartdisease", "deposit", "subscribed", "isdefault", "isreturned", "returned", "cancelled", "canceled", "iscanceled",
            "accepted", "rejected", "stance", "relevance", "watched", "dependent", "islegit", "recommended",
    ];
    static readonly HashSet<string> WeakLabels =
    [
        "category", "price", "quality", "status", "result", "salary", "mpg", "charges", "cnt", "wage", "topic", "type", "genre", "tag",
            "tags", "score", "grade", "strength", "rings", "level", "risk", "rank", "group", "revenue", "sales", "value", "decision",
            "event",
    ];

    static readonly HashSet<string> Ids = ["id", "name", "key", "index", "idx", "docid", "documentid", "url", "uri", "link", "uuid",
        "guid", "rowid", "row", "recordid", "rownumber", "rownum", "filename", "path", "unnamed", "no", "nr"];

    static Dictionary<string, int> Of(params (int Strength, string Names)[] groups)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((int strength, string all) in groups)
            foreach (string name in all.Split(' ')) names.TryAdd(name, strength);
        return names;
    }

    /// <summary>Whether a first line that holds this name is a header.</summary>
    public static bool IsHeader(string name) => Of(name).Any(known => known.Strength >= Strong) || ColumnNames.Plain(name) is "id"
        or "name";

    /// <summary>Whether whole numbers under this name are codes, not quantities.</summary>
    public static bool IsCode(string name)
    {
        List<string> words = ColumnNames.Words(name);
        return words.Count > 0 && (words[^1] is "id" or "ids" or "code" or "key" or "uuid" or "zip" or "zipcode" or "postcode"
            or "postalcode" || EndsInId(words[^1]));
    }

    /// <summary>Whether a word such as "customerid" names an id.</summary>
    static bool EndsInId(string word) =>
        word.Length > 3 && word.EndsWith("id", StringComparison.Ordinal) && word is not ("paid" or "unpaid" or "prepaid" or "humid"
            or "valid" or "invalid" or "void" or "covid" or "fluid" or "solid" or "acid" or "grid" or "rapid" or "thyroid" or "android");

    /// <summary>What a name may say, the strongest first.</summary>
    public static IReadOnlyList<(ColumnRole Role, int Strength)> Of(string name)
    {
        List<string> words = ColumnNames.Words(name);
        // "question1" and "title_2" are numbered.
        if (words.Count > 0 && words[^1].TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9') is { Length: > 1 } bare)
            words[^1] = bare;
        else if (words.Count > 1 && words[^1].All(char.IsAsciiDigit)) words.RemoveAt(words.Count - 1);
        if (words.Count == 0) return [(ColumnRole.Id, Weak)];
        string plain = string.Concat(words), head = words[^1];
        var found = new List<(ColumnRole Role, int Strength)>();
        Add(ColumnRole.User, Entity(Users, words, plain));
        Add(ColumnRole.Item, Entity(Items, words, plain));
        Add(ColumnRole.Rating, RatingHeads.Contains(head) && (words.Count == 1 || words.SkipLast(1).All(RatingModifiers.Contains))
            || plain is "overallrating" ? Exact
            : ScoreHeads.Contains(head) && (words.Count == 1 || words.SkipLast(1).All(RatingModifiers.Contains)) ? Likely : 0);
        Add(ColumnRole.Time, ExactTimes.Contains(plain) ? plain is "unixreviewtime" or "timestamp" or "eventtime" ? Exact : Strong
            : TimeHeads.Contains(head) && words.Count > 1 ? Likely : 0);
        Add(ColumnRole.Text, StrongTexts.Contains(plain) || (StrongTexts.Contains(head) && words.Count > 1) ? Exact
            : Texts.Contains(head) ? Strong : 0);
        Add(ColumnRole.Label, StrongLabels.Contains(plain) || (head is "label" or "target" or "class" or "sentiment" or "polarity"
            && words.Count == 2 && words[0] is not "economic" and not "working") ? Exact : Labels.Contains(plain) ? Strong
            : WeakLabels.Contains(plain) ? Weak : 0);
        Add(ColumnRole.Id, Ids.Contains(plain) || Ids.Contains(words[0]) && words[0] is "unnamed" ? Strong : words.Count > 1
            && IdWords.Contains(head) && head != "name" || EndsInId(head) ? Weak : 0);
        return [.. found.OrderByDescending(one => one.Strength)];

        void Add(ColumnRole role, int strength)
        {
            if (strength > 0) found.Add((role, strength));
        }
    }

    /// <summary>A thing that has ids: the word itself, or before a word for an id; "user_age" names no user.</summary>
    static int Entity(Dictionary<string, int> nouns, List<string> words, string plain)
    {
        if (nouns.TryGetValue(plain, out int whole))
            return plain.EndsWith("id", StringComparison.Ordinal) || plain is "asin" or "isbn" or "sku" or "stockcode" ? whole + 1 : whole;
        int last = words.Count - 1;
        bool id = IdWords.Contains(words[last]) && words.Count > 1;
        string noun = words[id ? last - 1 : last];
        if (!id && noun.Length > 3 && noun.EndsWith("id", StringComparison.Ordinal)) (noun, id) = (noun[..^2], true);
        // The names of users and titles of items stand for them where no id does.
        if (words.Count > 1 && words[last] is "title" && nouns.ContainsKey(words[last - 1]) && nouns == Items) return Weak;
        if (!nouns.TryGetValue(noun, out int strength)) return 0;
        return words[last] == "name" ? Weak : id ? strength + 1 : words.Count == 1 ? strength : Weak;
    }
}
