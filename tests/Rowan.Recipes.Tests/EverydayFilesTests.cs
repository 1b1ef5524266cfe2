using System.Globalization;
using Rowan.Data;
using Rowan.Recipes;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>Files in well-known public layouts, made by the test: the task that a person
/// would expect, and the columns that it uses.</summary>
public sealed class EverydayFilesTests : IDisposable
{
    const int Records = 240;
    static readonly string[] Places = ["Berlin", "Paris", "Rome", "Oslo"], Colours = ["red", "green", "blue"];
    static readonly string[] Words =
        ["the", "a", "film", "plot", "story", "fine", "dull", "very", "long", "scene", "with", "actors", "great", "poor"];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static string User(int i) => $"A{i * 7 % 23 + 100}";

    static string Item(int i) => $"B00{i * 11 % 31 + 100}";

    static string Stars(int i) => (i * 13 % 5 + 1).ToString(CultureInfo.InvariantCulture);

    static string Seconds(int i) => (1_400_000_000L + i * 86_400).ToString(CultureInfo.InvariantCulture);

    static string Day(int i) => new DateTime(2020, 1, 1).AddDays(i).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static string Money(int i) => (i * 37 % 997 / 10.0).ToString("0.00", CultureInfo.InvariantCulture);

    static string Prose(int i, int words = 9) =>
        string.Join(' ', Enumerable.Range(0, words).Select(k => Words[(i * 31 + k * k * 7 + k * i) % Words.Length]))
        + $" {i}";

    static string Of(string[] some, int i) => some[i * 5 % some.Length];

    static string Yes(int i) => i * 3 % 4 == 0 ? "1" : "0";

    /// <summary>Name, header, a record, task, and the roles of the columns that the task uses.</summary>
    static readonly (string Name, string Header, Func<int, string> Record, string Task, string Roles)[] Files =
    [
        // Ratings and choices.
        ("movielens csv",
            "userId,movieId,rating,timestamp",
            i => $"{i * 7 % 23},{i * 11 % 31},{i % 9 / 2.0 + 0.5},{Seconds(i)}",
            "recommend", "userId=user movieId=item rating=rating timestamp=time"),
        ("movielens u.data",
            "",
            i => $"{i * 7 % 23 + 1}\t{i * 11 % 31 + 1}\t{Stars(i)}\t{Seconds(i)}",
            "recommend", "c1=user c2=item c3=rating c4=time"),
        ("book-crossing",
            "\"User-ID\";\"ISBN\";\"Book-Rating\"",
            i => $"\"{i * 7 % 23 + 276_700}\";\"0{i * 11 % 31 + 34_545_104}X\";\"{i % 11}\"",
            "recommend", "User-ID=user ISBN=item Book-Rating=rating"),
        ("online retail",
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
            i => $"5363{i / 4:00},8512{i * 11 % 31:00}A,{Colours[i * 11 % 31 % 3]} lantern,{i % 6 + 1},"
                + $"{i % 12 + 1}/{i % 28 + 1}/2010 8:26,{Money(i)},178{i * 7 % 23:00},{Of(Places, i)}",
            "recommend", "CustomerID=user StockCode=item InvoiceDate=time"),
        ("amazon ratings", "", i => $"{User(i)},{Item(i)},{Stars(i)}.0,{Seconds(i)}", "recommend", "c1=user c2=item c3=rating c4=time"),
        ("amazon reviews",
            "reviewerID,asin,reviewerName,reviewText,overall,summary,unixReviewTime,reviewTime",
            i => $"{User(i)},{Item(i)},John {i % 23},{Prose(i, 20)},{Stars(i)}.0,{Prose(i, 3)},{Seconds(i)},\"{i % 12 + 1:00} "
                + $"{i % 28 + 1}, 2014\"",
            "recommend", "reviewerID=user asin=item overall=rating unixReviewTime=time"),
        ("amazon customer reviews",
            "marketplace\tcustomer_id\treview_id\tproduct_id\tproduct_title"
            + "\tstar_rating\thelpful_votes\tverified_purchase\treview_body\treview_date",
            i => $"US\t{i * 7 % 23 + 12_000}\tR{i}XY\t{Item(i)}\tThe {Of(Colours, i)} "
                + $"book\t{Stars(i)}\t{i % 4}\t{(i % 3 == 0 ? "Y" : "N")}\t{Prose(i, 20)}\t{Day(i)}",
            "recommend", "customer_id=user product_id=item star_rating=rating review_date=time"),
        ("yelp reviews",
            "review_id,user_id,business_id,stars,useful,text,date",
            i => $"r{i}x,{User(i)},{Item(i)},{Stars(i)},{i % 5},{Prose(i, 15)},{Day(i)} 22:09:11",
            "recommend", "user_id=user business_id=item stars=rating date=time"),
        ("events of a shop",
            "event_time,event_type,product_id,category_id,brand,price,user_id,user_session",
            i => $"{Day(i)} 00:00:{i % 60:00} UTC,view,{i * 11 % 31 + 44_600},{i % 7},{Of(Colours, i)},{Money(i)},"
                + $"{i * 7 % 23 + 541_300},s{i / 3}",
            "recommend", "user_id=user product_id=item event_time=time"),
        ("retailrocket",
            "timestamp,visitorid,event,itemid,transactionid",
            i => $"{1433221332117L + i},{i * 7 % 23},view,{i * 11 % 31},",
            "recommend", "timestamp=time visitorid=user itemid=item"),
        ("last.fm",
            "userID\tartistID\tweight",
            i => $"{i * 7 % 23}\t{i * 11 % 31}\t{i * 37 % 997}",
            "recommend", "userID=user artistID=item"),
        ("anime",
            "user_id,anime_id,rating",
            i => $"{i * 7 % 23},{i * 11 % 31},{i % 12 - 1}",
            "recommend", "user_id=user anime_id=item rating=rating"),
        ("goodreads",
            "user_id,book_id,is_read,rating,is_reviewed",
            i => $"{i * 7 % 23},{i * 11 % 31},{Yes(i)},{i % 6},{Yes(i + 1)}",
            "recommend", "user_id=user book_id=item rating=rating"),
        ("steam",
            "userId,gameName,hoursPlayed",
            i => $"{i * 7 % 23 + 100},Game {i * 11 % 31},{Money(i)}",
            "recommend", "userId=user gameName=item"),
        ("session and user",
            "session_id,user_id,item_id,ts",
            i => $"s{i / 4},{User(i)},{Item(i)},{Seconds(i)}",
            "recommend", "user_id=user item_id=item ts=time"),
        ("plays with a flag",
            "user,song,liked",
            i => $"{User(i)},{Item(i)},{(i % 3 == 0 ? "true" : "false")}",
            "recommend", "user=user song=item liked=rating"),
        ("user names and titles",
            "user_name,item_title,rating",
            i => $"Ann {i * 7 % 23},The film {i * 11 % 31},{Stars(i)}",
            "recommend", "user_name=user item_title=item rating=rating"),
        // Texts.
        ("sms spam", "v1,v2", i => $"{(i % 3 == 0 ? "spam" : "ham")},{Prose(i)}", "classify", "v2=text v1=label"),
        ("imdb",
            "review,sentiment",
            i => $"{Prose(i, 30)},{(i % 2 == 0 ? "positive" : "negative")}",
            "classify", "review=text sentiment=label"),
        ("text and stars", "text,rating", i => $"{Prose(i, 12)},{Stars(i)}", "classify", "text=text rating=label"),
        ("ag news",
            "Class Index,Title,Description",
            i => $"{i % 4 + 1},{Prose(i, 5)},{Prose(i + 1, 20)}",
            "classify", "Title=text Description=text"),
        ("bbc", "category,text", i => $"{Of(["sport", "tech", "politics"], i)},{Prose(i, 30)}", "classify", "text=text category=label"),
        ("fake news",
            "id,title,author,text,label",
            i => $"{i},{Prose(i, 6)},Ann {i % 40},{Prose(i + 1, 40)},{Yes(i)}",
            "classify", "title=text text=text label=label"),
        ("tweets",
            "tweet_id,airline_sentiment,airline,text,tweet_created",
            i => $"{570306133677760513L + i},{Of(["neutral", "positive", "negative"], i)},{Of(["Delta", "United"], i)},"
                + $"{Prose(i, 12)},{Day(i)} 11:35:52 -0800",
            "classify", "text=text airline_sentiment=label"),
        ("clothing reviews",
            "Unnamed: 0,Clothing ID,Age,Title,Review Text,Rating,Recommended IND,Division Name",
            i => $"{i},{i * 11 % 31 + 700},{i % 50 + 20},{Prose(i, 3)},{Prose(i, 20)},{Stars(i)},{Yes(i)},{Of(["General", "Petite"], i)}",
            "classify", "Title=text Rating=label"),
        ("nameless text and label", "", i => $"{(i % 2 == 0 ? "good" : "bad")}\t{Prose(i)}", "classify", "c2=text c1=label"),
        ("questions",
            "question1,question2,is_duplicate",
            i => $"{Prose(i)},{Prose(i + 1)},{Yes(i)}",
            "classify", "question1=text question2=text is_duplicate=label"),
        // Tables.
        ("titanic",
            "PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked",
            i => $"{i + 1},{Yes(i)},{i % 3 + 1},\"Braund, Mr. Owen {i}\",{(i % 2 == 0 ? "male" : "female")},"
                + $"{(i % 9 == 0 ? "" : i % 60)},{i % 3},{i % 2},A/5 {21_000 + i},{Money(i)},{(i % 3 == 0 ? "C85" : "")},{"SCQ"[i % 3]}",
            "tabular", "Survived=label Pclass=numeric Sex=categorical Age=numeric Fare=numeric Embarked=categorical"),
        ("iris",
            "sepal_length,sepal_width,petal_length,petal_width,species",
            i => $"{4 + i % 30 / 10.0},{2 + i % 20 / 10.0},{1 + i % 50 / 10.0},{i % 25 / 10.0},"
                + $"{Of(["setosa", "versicolor", "virginica"], i)}",
            "tabular", "sepal_length=numeric petal_width=numeric species=label"),
        ("iris.data",
            "",
            i => $"{4 + i % 30 / 10.0},{2 + i % 20 / 10.0},{1 + i % 50 / 10.0},{i % 25 / 10.0},"
                + $"Iris-{Of(["setosa", "versicolor", "virginica"], i)}",
            "tabular", "c1=numeric c4=numeric c5=label"),
        ("wine.data",
            "",
            i => $"{i % 3 + 1},{11 + i % 40 / 10.0},{1 + i % 50 / 10.0},{i * 37 % 997}",
            "tabular", "c1=label c2=numeric c4=numeric"),
        ("adult.data",
            "",
            i => $"{i % 60 + 17}, {Of(["Private", "State-gov", "?"], i)}, {77_516 + i * 37}, Bachelors, "
                + $"{(i % 2 == 0 ? "Male" : "Female")}, {i % 60}, {(i % 4 == 0 ? ">50K" : "<=50K")}",
            "tabular", "c1=numeric c2=categorical c7=label"),
        ("housing",
            "longitude,latitude,housing_median_age,total_rooms,median_income,median_house_value,ocean_proximity",
            i => $"-122.{i % 90:00},37.{i % 80:00},{i % 52},{i * 37 % 997},{Money(i)},{i * 1_000 + 15_000},"
                + $"{Of(["NEAR BAY", "INLAND", "<1H OCEAN"], i)}",
            "tabular", "longitude=numeric median_house_value=label ocean_proximity=categorical"),
        ("ames",
            "Id,MSZoning,LotArea,Alley,YrSold,SalePrice",
            i => $"{i + 1},{Of(["RL", "RM"], i)},{i * 37 + 900},{(i % 5 == 0 ? "Pave" : "NA")},{2006 + i % 5},{100_000 + i * 317}",
            "tabular", "MSZoning=categorical LotArea=numeric Alley=categorical SalePrice=label"),
        ("telco churn",
            "customerID,gender,SeniorCitizen,tenure,MonthlyCharges,Churn",
            i => $"{i:0000}-VHV,{(i % 2 == 0 ? "Male" : "Female")},{Yes(i)},{i % 72},{Money(i)},{(i % 4 == 0 ? "Yes" : "No")}",
            "tabular", "gender=categorical tenure=numeric Churn=label"),
        ("bank churn",
            "RowNumber,CustomerId,Surname,CreditScore,Geography,Balance,Exited",
            i => $"{i + 1},{15_634_602 + i},Hill{i % 90},{400 + i % 300},{Of(Places, i)},{Money(i)},{Yes(i)}",
            "tabular", "CreditScore=numeric Geography=categorical Exited=label"),
        ("wine quality",
            "fixed acidity;volatile acidity;pH;alcohol;quality",
            i => $"{7 + i % 20 / 10.0};0.{i % 90:00};3.{i % 60:00};{9 + i % 50 / 10.0};{i % 6 + 3}",
            "tabular", "alcohol=numeric quality=label"),
        ("german numbers",
            "groesse;gewicht;preis",
            i => $"{1 + i % 90 / 10.0:0.0};{i % 70 + 40},{i % 10};{i + 1}.{i * 37 % 900 + 100},50".Replace("1.0;", "1,0;"
                + "", StringComparison.Ordinal),
            "tabular", "preis=label gewicht=numeric"),
        ("credit card",
            "Time,V1,V2,Amount,Class",
            i => $"{i * 3},{Money(i)},-{Money(i + 1)},{Money(i * 3)},{Yes(i)}",
            "tabular", "V1=numeric Amount=numeric Class=label"),
        ("mushroom",
            "class,cap-shape,cap-color,odor",
            i => $"{(i % 2 == 0 ? "e" : "p")},{"xbs"[i % 3]},{"nyw"[i * 5 % 3]},{"pal"[i * 7 % 3]}",
            "tabular", "class=label cap-shape=categorical odor=categorical"),
        ("auto mpg",
            "mpg,cylinders,horsepower,weight,origin,name",
            i => $"{10 + i % 30},{i % 3 * 2 + 4},{(i % 40 == 0 ? "?" : 60 + i % 90)},{2_000 + i * 7},{i % 3 + 1},car of kind {i}",
            "tabular", "mpg=label horsepower=numeric"),
        ("car sales",
            "brand,model,year,mileage,price",
            i => $"{Of(["VW", "BMW", "Audi"], i)},m{i % 20},{2000 + i % 20},\"{i + 1},{i * 37 % 900 + 100}\",\"${i % 9 + 1},"
                + $"{i * 37 % 900 + 100}.50\"",
            "tabular", "brand=categorical mileage=numeric price=label"),
        ("clicks with many columns",
            "user_id,ad_id,age,device,hour,site,click",
            i => $"{User(i)},{Item(i)},{i % 60 + 18},{Of(["phone", "tablet"], i)},{i % 24},s{i % 9},{Yes(i)}",
            "tabular", "age=numeric device=categorical click=label"),
        ("bands",
            "experience,noise,label",
            i => $"{Of(["1-2", "3-5", "5-10"], i)},{i % 10},{(i % 3 == 0 ? "yes" : "no")}",
            "tabular", "experience=categorical noise=numeric label=label"),
        ("zip codes",
            "zip,rooms,rent",
            i => $"0{i * 7 % 23 + 1001},{i % 5 + 1},{Money(i)}",
            "tabular", "zip=categorical rooms=numeric rent=label"),
        ("two customers",
            "customer,amount,default",
            i => $"{(i % 2 == 0 ? "new" : "returning")},{Money(i)},{Yes(i)}",
            "tabular", "customer=categorical amount=numeric default=label"),
        // Texts without labels.
        ("plain documents", "id,title,body", i => $"doc{i},{Prose(i, 4)},{Prose(i + 1, 40)}", "search", "id=id title=text body=text"),
        ("question and answer", "question,answer", i => $"{Prose(i)},{Prose(i + 1, 20)}", "search", "question=text answer=text"),
        // A person would have to say what these are.
        ("unknown names", "kennung;sache;menge", i => $"k{i * 7 % 23};s{i * 11 % 31};{i % 90}", "none", "`user` kennung `item` sache"),
        ("ids alone", "a", i => $"{i * 7919}", "none", ""),
    ];

    public static TheoryData<string> Names => [.. Files.Select(file => file.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ATaskIsDetectedAsAPersonWouldChooseIt(string name)
    {
        (_, string header, Func<int, string> record, string task, string roles) = Files.Single(file => file.Name == name);
        string path = _folder[record(0).Contains('\t', StringComparison.Ordinal) ? "any.tsv" : "any.csv"];
        File.WriteAllLines(path, Enumerable.Range(0, Records).Select(record).Prepend(header).Where(line => line.Length > 0));
        using DataSource source = DataSource.Of(path);
        DataSchema schema = SchemaInference.Infer(source);
        if (task == "none")
        {
            NoTaskException none = Assert.Throws<NoTaskException>(() => RecipeCatalog.Infer(schema));
            if (roles.Length > 0) Assert.Contains(roles, none.Options);
            return;
        }
        (Recipe recipe, RecipeFit fit) = RecipeCatalog.Infer(schema);
        string[] used = [.. fit.Schema!.Columns.Where(column => column.Role != ColumnRole.None)
            .Select(column => $"{column.Name}={RoleNames.Of(column.Role)}")];
        string said = $"{recipe.Kind}: {string.Join(' ', used)}";
        Assert.True(recipe.Kind == task, said);
        // A name may have spaces.
        foreach (string expected in System.Text.RegularExpressions.Regex.Matches(roles, "[^=]+=\\w+").Select(match => match.Value.Trim()))
            Assert.True(used.Contains(expected), $"{expected} is not in {said}");
    }
}
