using Rowan.Data;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>What is detected of columns, and what stating it changes.</summary>
public sealed class ColumnTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("user user_id userId User-ID CustomerID customer_id reviewerID visitorid encrypted_user_id uid", ColumnRole.User)]
    [InlineData("item item_id itemID movieId StockCode product_id asin ISBN business_id track_id anime_id", ColumnRole.Item)]
    [InlineData("rating Rating Book-Rating stars star_rating overall review_rating user_rating", ColumnRole.Rating)]
    [InlineData("time timestamp InvoiceDate event_time unixReviewTime date created_at review_date ts", ColumnRole.Time)]
    [InlineData("text review_body reviewText Review_Text headline short_description question1 tweet sentence", ColumnRole.Text)]
    [InlineData("label target class Churn Survived species income SalePrice is_fraud airline_sentiment", ColumnRole.Label)]
    public void NamesThatPeopleUseAreKnown(string names, ColumnRole role)
    {
        foreach (string name in names.Split(' ')) Assert.Equal(role, KnownNames.Of(name)[0].Role);
    }

    [Theory]
    [InlineData("user_age customer_segment item_price credit_score delivery_hours movie_genre")]
    public void NamesOfPropertiesAreNoUsersItemsOrRatings(string names)
    {
        foreach (string name in names.Split(' '))
            Assert.DoesNotContain(KnownNames.Of(name), known => known.Role is ColumnRole.User or ColumnRole.Item or ColumnRole.Rating);
    }

    [Fact]
    public void ColumnsAreFoundWhateverCaseAndMarksTheirNamesHave()
    {
        using DataSource source = DataSource.Of(Write("a.csv", "User ID,Item_Id,itemid2\n1,2,3\n"));
        using RecordReader reader = source.Open();
        Assert.Equal(0, reader.Column("user_id"));
        Assert.Equal(0, reader.Column("USER ID"));
        Assert.Equal(1, reader.Column("itemId"));
        string message = Assert.Throws<ArgumentException>(() => reader.Column("rating")).Message;
        Assert.Contains("a.csv' has no column 'rating'; its columns are User ID, Item_Id, itemid2", message, StringComparison.Ordinal);
        using DataSource two = DataSource.Of(Write("two.csv", "user_id,userid,x\n1,2,3\n"));
        using RecordReader both = two.Open();
        Assert.Equal(1, both.Column("UserId"));
        Assert.False(both.TryColumn("User-Id", out _));
    }

    /// <summary>A stated format may be digits alone; other columns of digits stay numbers.</summary>
    [Fact]
    public void DatesOfDigitsAreDatesWhereTheirFormatIsStated()
    {
        string text = "x,day,label\n" + string.Concat(Enumerable.Range(1, 28).Select(i => $"{i},202402{i:00},{i % 2}\n"));
        DataSchema stated = Infer(text, options: new ReadOptions { DateFormat = "yyyyMMdd" });
        Assert.Equal(ColumnKind.Time, stated.Columns[1].Kind);
        Assert.Equal(ColumnKind.Integer, stated.Columns[0].Kind);
        Assert.NotEqual(ColumnKind.Time, Infer(text).Columns[1].Kind);
        Assert.Contains("yyyyddMM", Assert.Throws<ArgumentException>(() =>
            Infer(text, options: new ReadOptions { DateFormat = "yyyyddMM" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheDataDecidesWhetherTheDayComesFirst()
    {
        DataSchema Of(string days, ReadOptions? options = null) => Infer("user,item,rating,"
            + "time\n" + string.Concat(days.Split(' ').Select((day, i) => $"u{i % 3},i{i % 4},{i % 5},{day}\n")), options: options);
        Assert.Equal(DateOrder.DayFirst, Of("02/07/2023 13/04/2023 05/05/2023").Columns[3].Format.DateOrder);
        Assert.Equal(DateOrder.MonthFirst, Of("02/07/2023 04/13/2023 05/05/2023").Columns[3].Format.DateOrder);
        Assert.Empty(Of("02/07/2023 13/04/2023 05/05/2023").Notes);
        DataSchema open = Of("02/07/2023 03/04/2023 05/05/2023");
        Assert.Equal(DateOrder.MonthFirst, open.Columns[3].Format.DateOrder);
        Assert.Contains("`date-format` dd/mm/yyyy", Assert.Single(open.Notes), StringComparison.Ordinal);
        Assert.Equal(DateOrder.DayFirst, Of("02.07.2023 03.04.2023 05.05.2023").Columns[3].Format.DateOrder);
        DataSchema stated = Of("02/07/2023 03/04/2023 05/05/2023", new ReadOptions { DateFormat = "dd/mm/yyyy" });
        Assert.Equal(DateOrder.DayFirst, stated.Columns[3].Format.DateOrder);
        Assert.Empty(stated.Notes);
        Assert.Contains("no column has dates of this format", Assert.Throws<ArgumentException>(() =>
            Of("1 2 3", new ReadOptions { DateFormat = "dd/mm/yyyy" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADecimalCommaIsReadWhereTheSeparatorIsNone()
    {
        DataSchema schema = Infer("user;item;rating\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"u{i % 5};i{i % 6};"
            + $"{i % 5},5\n")));
        Assert.Equal((ColumnRole.Rating, true), (schema.Columns[2].Role, schema.Columns[2].Format.DecimalComma));
        // A list of numbers in quotes is no number where the comma separates fields.
        Assert.False(Infer("a,b\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"\"{i % 5},{i % 7}\","
            + $"{i}\n"))).Columns[0].Format.DecimalComma);
        Assert.True(Infer("a,b\n\"4,5\",1\n\"3,5\",2\n", options: new ReadOptions { DecimalComma = true }).Columns[0].Format.DecimalComma);
        // Thousands decide against it, and so does a value that has both marks.
        Assert.False(Infer("a;b\n1,234,567;1\n1,234;2\n").Columns[0].Format.DecimalComma);
        Assert.True(Infer("a;b\n1.234;1\n1.234,5;2\n").Columns[0].Format.DecimalComma);
        // A column that leaves it open goes by the others; if all do, the assumption is named.
        DataSchema others = Infer("a;b;c\n1.234;4,5;x\n2.345;6,5;y\n");
        Assert.True(others.Columns[0].Format.DecimalComma);
        Assert.Empty(others.Notes);
        Assert.Contains("`decimal` comma", Assert.Single(Infer("a;b\n1.234;x\n2.345;y\n").Notes), StringComparison.Ordinal);
        Assert.Empty(Infer("a,b\n1.234,x\n2.345,y\n").Notes);
        Assert.Empty(Infer("a;b\n0.234;x\n0.345;y\n").Notes);
    }

    [Fact]
    public void TheUsualMarkersAreMissingInNumericColumnsAlone()
    {
        string[] markers = ["", "NA", "N/A", "NaN", "nan", "null", "None", "\\N", "#N/A", "-"];
        IEnumerable<string> amounts = markers.Concat(Enumerable.Range(1, 40).Select(i => $"{i}"));
        string text = "user,item,amount\n" + string.Concat(amounts.Select((value, i) => $"{(i % 4 == 0 ? "NA" : $"u{i % 5}")},"
            + $"{(i % 3 == 0 ? "nan" : $"i{i % 4}")},{value}\n"));
        DataSchema schema = Infer(text);
        Assert.Equal((ColumnKind.Integer, ColumnRole.Numeric, (long)markers.Length),
            (schema.Columns[2].Kind, schema.Columns[2].Role, schema.Columns[2].Missing));
        Assert.Equal([0L, 0L], schema.Columns.Take(2).Select(column => column.Missing));
        Assert.Equal([ColumnRole.User, ColumnRole.Item], schema.Columns.Take(2).Select(column => column.Role));
        using DataSource source = DataSource.Of(_folder["any.csv"]);
        using RecordReader reader = source.Open();
        for (int record = 0; record < markers.Length; record++)
        {
            Assert.True(reader.Read() && reader.IsMissingNumber(2));
            Assert.False(reader.IsMissing(0));
        }
        // What is stated replaces the usual ones.
        DataSchema stated = Infer("a,b\n1,x\n-9,y\n2,NA\n3,x\n", options: new ReadOptions { Missing = ["-9"] });
        Assert.Equal([1L, 0L], stated.Columns.Select(column => column.Missing));
    }

    [Fact]
    public void AStatedRoleLeavesOutOtherCandidates()
    {
        string text = "session_id,user_id,item_id,title,review,"
            + "label\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"s{i / 3},u{i % 7},i{i % 9},some title {i},a fine and "
                + $"long text {i},{i % 2}\n"));
        DataSchema guessed = Infer(text);
        Assert.Equal("user_id", guessed.Need(ColumnRole.User).Name);
        DataSchema stated = Infer(text, new StatedRoles().With("session_id", ColumnRole.User).With("review", ColumnRole.Text));
        Assert.Equal("session_id", stated.Need(ColumnRole.User).Name);
        Assert.Equal("review", stated.Need(ColumnRole.Text).Name);
        Assert.Contains("`user` is stated", stated.Columns[1].Note, StringComparison.Ordinal);
        Assert.Contains("`text` is stated", stated.Columns[3].Note, StringComparison.Ordinal);
    }

    DataSchema Infer(string text, StatedRoles? stated = null, ReadOptions? options = null)
    {
        using DataSource source = DataSource.Of(Write("any.csv", text), options);
        return SchemaInference.Infer(source, stated);
    }

    string Write(string name, string text)
    {
        File.WriteAllText(_folder[name], text);
        return _folder[name];
    }
}
