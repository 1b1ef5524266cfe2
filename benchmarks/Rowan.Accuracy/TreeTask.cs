using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.LightGbm;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Accuracy;

/// <summary>Records for LightGBM: numbers as they are, other columns one-hot.</summary>
sealed class TreeRow
{
    public bool Label { get; set; }

    public float Target { get; set; }

    public float[] Numbers { get; set; } = [];

    public string[] Values { get; set; } = [];
}

/// <summary>The tabular task with its default settings, next to gradient-boosted trees (LightGBM) on the same records.</summary>
sealed class TreeTask : RecipeTask
{
    const int Iterations = 1_000, Patience = 50, Tenth = 10, DrawnRecords = 20_000, Cities = 200;
    const double LearningRate = 0.05;

    static readonly string[] s_adultNumbers = ["age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week"],
        s_adultValues = ["workclass", "education", "marital-status", "occupation", "relationship", "race", "sex", "native-country"];

    public override string Name => "trees";

    public override string Protocol => "Adult and drawn records with a number to predict; both models stop by a tenth of the train file";

    public override string Needs => "adult/adult.data adult/adult.test";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        // What a user gets who sets nothing.
        UsedPreset = Preset.Auto;
        string folder = Directory.CreateTempSubdirectory("rowan-trees-").FullName;
        try
        {
            string train = Path.Combine(data, "adult", "adult.data"), test = Path.Combine(data, "adult", "adult.test");
            TrainReport adult = Train(new TabularRecipe(), train, test, new ReadOptions(), new StatedRoles(), "label-trim=.", log);
            double trees = Classes(Rows(train, Adult), Rows(test, Adult));
            string drawn = Path.Combine(folder, "drawn.csv"), drawnTest = Path.Combine(folder, "drawn-test.csv");
            Draw(drawn, DrawnRecords, 1);
            Draw(drawnTest, DrawnRecords / 4, 2);
            TrainReport number = Train(new TabularRecipe(), drawn, drawnTest, new ReadOptions(),
                new StatedRoles { Columns = [("y", ColumnRole.Label)] }, "", log);
            double error = Numbers(Rows(drawn, Drawn), Rows(drawnTest, Drawn));
            return
            [
                new("adult, default settings", "AUC", Figure(adult, "auc"),
                    string.Create(CultureInfo.InvariantCulture, $"LightGBM {trees:0.0000} (this run)"), 0.923),
                new("drawn records, default settings", "RMSE (noise 1)", Figure(number, "rmse"), string.Create(CultureInfo.InvariantCulture,
                    $"LightGBM {error:0.0000} (this run)"), null, HigherIsBetter: false),
            ];
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    static TreeRow Adult(RecordReader reader) => new()
    {
        Label = reader.Field(reader.Column("Y")).Contains('>'),
        Numbers = [.. s_adultNumbers.Select(name => Number(reader, name))], Values = Values(reader, s_adultValues),
    };

    static TreeRow Drawn(RecordReader reader) => new()
    {
        Target = Number(reader, "y"), Numbers = [.. Enumerable.Range(1, 6).Select(i => Number(reader, $"x{i}"))],
        Values = Values(reader, ["city", "kind"]),
    };

    static float Number(RecordReader reader, string name) =>
        float.TryParse(reader.Field(reader.Column(name)), NumberStyles.Float, CultureInfo.InvariantCulture, out float number)
            ? number : float.NaN;

    // One dictionary of values serves all columns, so each value has the name of its column.
    static string[] Values(RecordReader reader, string[] names) => [.. names.Select(name => $"{name}={reader.Field(reader.Column(name))}")];

    static List<TreeRow> Rows(string file, Func<RecordReader, TreeRow> row)
    {
        using DataSource data = DataSource.Of(file, new ReadOptions());
        using RecordReader reader = data.Open();
        var rows = new List<TreeRow>();
        while (reader.Read()) rows.Add(row(reader));
        return rows;
    }

    /// <summary>The AUC of LightGBM on test records.</summary>
    static double Classes(List<TreeRow> train, List<TreeRow> test)
    {
        var ml = new MLContext(seed: 1);
        LightGbmBinaryTrainer trainer = ml.BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options
        {
            NumberOfIterations = Iterations, LearningRate = LearningRate, EarlyStoppingRound = Patience,
            LabelColumnName = nameof(TreeRow.Label),
        });
        (IDataView learn, IDataView validate, IDataView measure) = Views(ml, train, test);
        return ml.BinaryClassification.Evaluate(trainer.Fit(learn, validate).Transform(measure), nameof(TreeRow.Label)).AreaUnderRocCurve;
    }

    /// <summary>The root mean squared error of LightGBM on test records.</summary>
    static double Numbers(List<TreeRow> train, List<TreeRow> test)
    {
        var ml = new MLContext(seed: 1);
        LightGbmRegressionTrainer trainer = ml.Regression.Trainers.LightGbm(new LightGbmRegressionTrainer.Options
        {
            NumberOfIterations = Iterations, LearningRate = LearningRate, EarlyStoppingRound = Patience,
            LabelColumnName = nameof(TreeRow.Target),
        });
        (IDataView learn, IDataView validate, IDataView measure) = Views(ml, train, test);
        return ml.Regression.Evaluate(trainer.Fit(learn, validate).Transform(measure), nameof(TreeRow.Target)).RootMeanSquaredError;
    }

    /// <summary>Features of the records; every tenth record of the train file is validated on.</summary>
    static (IDataView Learn, IDataView Validate, IDataView Measure) Views(MLContext ml, List<TreeRow> train, List<TreeRow> test)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(TreeRow));
        schema[nameof(TreeRow.Numbers)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, train[0].Numbers.Length);
        schema[nameof(TreeRow.Values)].ColumnType = new VectorDataViewType(TextDataViewType.Instance, train[0].Values.Length);
        IDataView View(IEnumerable<TreeRow> rows) => ml.Data.LoadFromEnumerable(rows, schema);
        IDataView learn = View(train.Where((_, i) => i % Tenth != 0).ToList()),
        validate = View(train.Where((_, i) => i % Tenth == 0).ToList());
        var features = ml.Transforms.Categorical.OneHotEncoding("OneHot", nameof(TreeRow.Values),
            Microsoft.ML.Transforms.OneHotEncodingEstimator.OutputKind.Bag)
            .Append(ml.Transforms.Concatenate("Features", nameof(TreeRow.Numbers), "OneHot")).Fit(learn);
        return (features.Transform(learn), features.Transform(validate), features.Transform(View(test)));
    }

    /// <summary>
    /// y = 10·sin(π·x₁·x₂) + 20·(x₃ − ½)² ± 10·x₄ + 5·x₅ + an effect of the city and of the city with x₆ + noise of deviation 1, after
    /// Friedman (1991); the sign is that of the kind. A twentieth of the numbers is missing.
    /// </summary>
    static void Draw(string file, int records, ulong seed)
    {
        Rng cities = new(7), rng = new(seed);
        float[] effects = [.. Enumerable.Range(0, Cities).Select(_ => (float)Normal(cities))];
        using var writer = new StreamWriter(file);
        writer.WriteLine("x1,x2,x3,x4,x5,x6,city,kind,y");
        for (int record = 0; record < records; record++)
        {
            double[] x = [.. Enumerable.Range(0, 6).Select(_ => (double)rng.NextSingle())];
            int city = (int)(Cities * Math.Pow(rng.NextSingle(), 2)), kind = (int)(rng.NextUInt32() % 4);
            double y = 10 * Math.Sin(Math.PI * x[0] * x[1]) + 20 * Math.Pow(x[2] - 0.5, 2) + (kind < 2 ? 10 : -10) * x[3] + 5 * x[4]
                + 3 * effects[city] + (x[5] > 0.5 ? 2 * effects[city * 7 % Cities] : 0) + Normal(rng);
            x[5] = Math.Exp(4 * x[5]);
            string numbers = string.Join(',',
                x.Select(value => rng.NextSingle() < 0.05f ? "" : value.ToString("0.0000", CultureInfo.InvariantCulture)));
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{numbers},c{city},{"abcd"[kind]},{y:0.000}"));
        }
    }

    static double Normal(Rng rng) => Math.Sqrt(-2 * Math.Log(1 - rng.NextSingle())) * Math.Cos(2 * Math.PI * rng.NextSingle());
}
