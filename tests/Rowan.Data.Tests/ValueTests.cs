using System.Globalization;
using Rowan.Data;

namespace Rowan.Tests;

public sealed class ValueTests
{
    [Theory]
    [InlineData("4.5", 4.5, 4.5)]
    [InlineData("4,5", 4.5, 4.5)]
    [InlineData("1,234", 1234, 1.234)]
    [InlineData("1.234", 1.234, 1234)]
    [InlineData("1,234.5", 1234.5, 1234.5)]
    [InlineData("1.234,5", 1234.5, 1234.5)]
    [InlineData("1 234 567,5", 1234567.5, 1234567.5)]
    [InlineData("1\u00a0234,5", 1234.5, 1234.5)]
    [InlineData("1'234'567.5", 1234567.5, 1234567.5)]
    [InlineData("$1,234.50", 1234.5, 1234.5)]
    [InlineData("-$5", -5, -5)]
    [InlineData("$-5", -5, -5)]
    [InlineData("5 €", 5, 5)]
    [InlineData("EUR 5", 5, 5)]
    [InlineData("(3.25)", -3.25, -3.25)]
    [InlineData("\u22123", -3, -3)]
    [InlineData("12 %", 12, 12)]
    [InlineData("1e-5", 1e-5, 1e-5)]
    [InlineData("+7", 7, 7)]
    [InlineData(".5", 0.5, 0.5)]
    [InlineData(" 8 ", 8, 8)]
    public void NumbersAreReadWithEitherDecimalMark(string text, double point, double comma)
    {
        Assert.True(NumberText.TryParse(text, false, out double asPoint));
        Assert.True(NumberText.TryParse(text, true, out double asComma));
        Assert.Equal((point, comma), (asPoint, asComma));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1-2")]
    [InlineData("12:30")]
    [InlineData("1.2.3")]
    [InlineData("1,2,3")]
    [InlineData("12,34,56")]
    [InlineData("1234,567.8")]
    [InlineData("1.234.56")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    [InlineData("10k")]
    [InlineData("--5")]
    [InlineData("$")]
    [InlineData(".")]
    [InlineData("2023-01-05")]
    public void WhatIsNoNumberIsNone(string text)
    {
        Assert.False(NumberText.TryParse(text, false, out _));
        Assert.False(NumberText.TryParse(text, true, out _));
    }

    [Theory]
    [InlineData("2023-02-01")]
    [InlineData("2023/02/01")]
    [InlineData("2023.02.01")]
    [InlineData("2023-2-1")]
    [InlineData("2023-02-01 00:00:00 UTC")]
    [InlineData("2023-02-01T00:00:00Z")]
    [InlineData("2023-02-01T02:00:00+02:00")]
    [InlineData("2023-01-31 19:00:00 -0500")]
    [InlineData("2023-02-01 00:00:00.000")]
    [InlineData("20230201T000000Z")]
    [InlineData("01/02/2023")]
    [InlineData("1/2/2023 0:00")]
    [InlineData("01.02.2023")]
    [InlineData("1-2-2023, 12:00 AM")]
    [InlineData("1/2/23")]
    [InlineData("02 1, 2023", false)]
    [InlineData("1 February 2023", false)]
    [InlineData("01-Feb-2023", false)]
    [InlineData("1-Feb-23", false)]
    [InlineData("Feb 1, 2023", false)]
    [InlineData("February 1st, 2023 12:00 AM", false)]
    [InlineData("Wed, 01 Feb 2023 00:00:00 GMT", false)]
    [InlineData("Wed Feb 01 00:00:00 +0000 2023", false)]
    [InlineData("Wed Feb  1 00:00:00 2023", false)]
    public void DatesAreReadInTheUsualForms(string text, bool dayMayComeFirst = true)
    {
        decimal expected = (decimal)(new DateTime(2023, 2, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalSeconds;
        // The tests run without the data of cultures, so one that has other marks is made.
        var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (other.NumberFormat.NumberDecimalSeparator, other.NumberFormat.NumberGroupSeparator) = (",", ".");
        (other.DateTimeFormat.ShortDatePattern, other.DateTimeFormat.DateSeparator, other.DateTimeFormat.TimeSeparator) =
            ("d.M.yyyy", ".", ".");
        other.DateTimeFormat.Calendar.TwoDigitYearMax = 1999;
        foreach (CultureInfo culture in new[] { CultureInfo.InvariantCulture, other })
        {
            CultureInfo before = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = culture;
            try
            {
                Assert.True(TimeText.TryParse(text, ValueFormat.Default.WithDates("dd/mm/yyyy"), out decimal time), text);
                Assert.Equal(expected, time);
            }
            finally { CultureInfo.CurrentCulture = before; }
        }
        if (dayMayComeFirst) return;
        Assert.True(TimeText.TryParse(text, ValueFormat.Default.WithDates("mm/dd/yyyy"), out decimal same));
        Assert.Equal(expected, same);
    }

    [Theory]
    [InlineData("1-2")]
    [InlineData("12:30")]
    [InlineData("1.2.3")]
    [InlineData("02-29")]
    [InlineData("10.0.0.1")]
    [InlineData("2023-02-29")]
    [InlineData("31/04/2023")]
    [InlineData("13/13/2023")]
    [InlineData("2023-01")]
    [InlineData("January 2023")]
    [InlineData("May")]
    [InlineData("Monday")]
    [InlineData("1/2")]
    [InlineData("10/11/12/13")]
    [InlineData("2023-02-01 25:00")]
    [InlineData("2023-02-01 and more")]
    [InlineData("2023-02/01")]
    public void WhatHasNoYearMonthAndDayIsNoDate(string text)
    {
        Assert.False(DateText.TryParse(text, out _));
        Assert.False(TimeText.TryParse(text, ValueFormat.Default, out _));
    }

    /// <summary>Every day of some years in every form, with the order that the form has.</summary>
    [Fact]
    public void EveryDayIsReadBack()
    {
        string[] forms = ["yyyy-MM-dd HH:mm:ss", "dd/MM/yyyy h:mm tt", "d.M.yyyy", "yyyyMMdd'T'HHmmss", "dd MMM yyyy", "MMMM d, "
            + "yyyy HH:mm", "ddd MMM d HH:mm:ss yyyy", "dd-MMM-yyyy", "R", "O"];
        for (var day = new DateTime(1998, 12, 25, 0, 0, 0, DateTimeKind.Utc); day.Year < 2005; day = day.AddDays(1))
            foreach (string form in forms)
            {
                string text = day.ToString(form, CultureInfo.InvariantCulture);
                Assert.True(TimeText.TryParse(text, ValueFormat.Default.WithDates("dd/mm/yyyy"), out decimal time), text);
                Assert.Equal((decimal)(day - DateTime.UnixEpoch).TotalSeconds, time);
            }
    }

    [Fact]
    public void IntegersAreTimesExactly()
    {
        Assert.True(TimeText.TryParse("1600000000123456788", ValueFormat.Default, out decimal earlier));
        Assert.True(TimeText.TryParse("1600000000123456789", ValueFormat.Default, out decimal later));
        Assert.True(earlier < later);
        Assert.Equal(1_600_000_000_123_456_789m, later);
        Assert.True(TimeText.TryParse("1.6e9", ValueFormat.Default, out decimal seconds) && seconds == 1_600_000_000);
    }

    [Fact]
    public void AFormatOfDatesIsAnOrderOrADotNetFormat()
    {
        Assert.Equal(DateOrder.DayFirst, ValueFormat.Default.WithDates("dd.mm.yyyy").DateOrder);
        Assert.Equal(DateOrder.DayFirst, ValueFormat.Default.WithDates("%d/%m/%Y").DateOrder);
        Assert.Equal(DateOrder.MonthFirst, ValueFormat.Default.WithDates("MM/dd/yyyy").DateOrder);
        Assert.True(TimeText.TryParse("20230201 10", ValueFormat.Default.WithDates("yyyyMMdd "
            + "HH"), out decimal time) && time == 1_675_245_600);
        foreach (string wrong in new[] { "mm/yyyy", "HH:mm", "soon", "" })
            Assert.Contains("`date-format`", Assert.Throws<ArgumentException>(() =>
                ValueFormat.Default.WithDates(wrong)).Message, StringComparison.Ordinal);
    }
}
