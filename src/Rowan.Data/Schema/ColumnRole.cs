namespace Rowan.Data;

/// <summary>What a column is for.</summary>
public enum ColumnRole
{
    /// <summary>Not used.</summary>
    None,

    /// <summary>Who chose, bought, rated.</summary>
    User,

    /// <summary>What was chosen, bought, rated.</summary>
    Item,

    /// <summary>How much: a number of stars, a count.</summary>
    Rating,

    /// <summary>When.</summary>
    Time,

    /// <summary>Words to be read.</summary>
    Text,

    /// <summary>What is to be predicted: a class, several classes, a number, a click.</summary>
    Label,

    /// <summary>One of several values, each of which gets a vector.</summary>
    Categorical,

    /// <summary>Several such values in one field, between separators.</summary>
    MultiValued,

    /// <summary>A quantity.</summary>
    Numeric,

    /// <summary>The name of the record itself, different in each.</summary>
    Id,
}

/// <summary>What the fields of a column look like.</summary>
public enum ColumnKind
{
    /// <summary>No field has a value.</summary>
    Empty,

    /// <summary>Whole numbers.</summary>
    Integer,

    /// <summary>Numbers.</summary>
    Number,

    /// <summary>Dates and times.</summary>
    Time,

    /// <summary>Names: short and without white space, mostly.</summary>
    Name,

    /// <summary>Prose: several words a field.</summary>
    Prose,
}
