// A model with two tables learns who likes what. It sees ratings only; that films come in kinds it finds out by itself.
// This is matrix factorization (Koren, Bell and Volinsky 2009): rating ≈ mean + user's bias + film's bias + user·film.
using Rowan;
using Rowan.Retrieval;
using Nn = Rowan.Nn;

namespace TwoTables;

public static class Program
{
    const int Users = 400, FilmsOfAKind = 20, RatingsOfAUser = 30, Dim = 4;
    const int Epochs = 20, Batch = 256;

    static readonly string[] _kinds = ["western", "comedy", "mystery"];
    static int _claims;

    public static int Main()
    {
        var rng = new Rng(seed: 2);
        Rating[] ratings = MakeUp(rng);
        Rating[] heldOut = ratings[..(ratings.Length / 10)], known = ratings[heldOut.Length..];
        Console.WriteLine($"{known.Length:N0} ratings to learn from, {heldOut.Length:N0} held out; of all {Users} × {Films} pairs "
            + $"{(double)ratings.Length / (Users * Films):P0} are rated");

        var model = new Taste(Users, Films, Dim, mean: known.Average(rating => rating.Stars), rng);
        Parts(model);
        LossFalls(model, known, rng);
        BetterThanTheMean(model, known, heldOut);
        KindsWereFound(model);
        Console.WriteLine($"\n{_claims} claims hold.");
        return 0;
    }

    static int Films => _kinds.Length * FilmsOfAKind;

    static void Parts(Taste model)
    {
        Claim("A part is a public property; its name is the path to it, in the spelling that PyTorch would save it under");
        Console.WriteLine(model.Summary());
        Check(model.NamedParameters().Select(part => part.Name)
            .SequenceEqual(["users.weight", "films.weight", "user_bias.weight", "film_bias.weight"]));
    }

    static void LossFalls(Taste model, Rating[] known, Rng rng)
    {
        Claim("One optimizer moves all four tables, and the loss falls");
        var optimizer = new Adam(model.Parameters()) { LearningRate = 0.01f };
        float first = 0, last = 0;
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            float sum = 0;
            foreach (long[] batch in rng.RandPerm(known.Length).Chunk(Batch))
            {
                Rating[] some = [.. batch.Select(at => known[at])];
                optimizer.ZeroGrad();
                Tensor loss = Losses.MeanSquaredError(model.Forward(some), Stars(some));
                loss.Backward();
                optimizer.Step();
                sum += loss.Item() * some.Length;
            }
            last = sum / known.Length;
            if (epoch == 1) first = last;
            if (epoch is 1 or 2 or 5 or 10 or Epochs) Console.WriteLine($"epoch {epoch,2}: mean squared error {last:0.000}");
        }
        Check(last < 0.3f * first);
    }

    static void BetterThanTheMean(Taste model, Rating[] known, Rating[] heldOut)
    {
        Claim("It predicts ratings that it never saw, far better than the mean does, and better than its biases alone");
        float mean = known.Average(rating => rating.Stars);
        double fromMean = RootMeanSquare(heldOut.Select(rating => rating.Stars - mean));
        using var off = Gradients.Off();                                  // Nothing is recorded: nobody will ask for gradients here.
        float[] biases = model.Biases(heldOut).ToArray(), all = model.Forward(heldOut).ToArray();
        double fromBiases = RootMeanSquare(heldOut.Select((rating, i) => rating.Stars - biases[i]));
        double fromAll = RootMeanSquare(heldOut.Select((rating, i) => rating.Stars - all[i]));
        Console.WriteLine($"root mean square error: mean {fromMean:0.000}, its biases {fromBiases:0.000}, biases and vectors "
            + $"{fromAll:0.000}; the noise in the ratings is {Noise:0.000}");
        Check(fromAll < 0.5 * fromMean && fromAll < 0.6 * fromBiases);
    }

    static void KindsWereFound(Taste model)
    {
        Claim("Films of a kind lie together, though nobody said that there are kinds");
        // The index reads the table's own memory, row after row; a cosine compares what films are, not how good.
        var index = new ExactIndex(model.Films.Weight.AsArray(), Dim);
        int alike = 0;
        for (int film = 0; film < Films; film++)
        {
            // The nearest film is the film itself.
            Match[] nearest = index.Search(model.Films.Weight[film].ToArray(), 4)[1..];
            alike += nearest.Count(match => match.Id / FilmsOfAKind == film / FilmsOfAKind);
            if (film % FilmsOfAKind == 6)
                Console.WriteLine($"{Title(film),-10} → "
                + $"{string.Join(", ", nearest.Select(match => $"{Title(match.Id)} {match.Score:0.00}"))}");
        }
        double share = alike / (3.0 * Films);
        Console.WriteLine($"of the three nearest films {share:P0} are of the same kind; by chance it would be "
            + $"{(FilmsOfAKind - 1.0) / (Films - 1):P0}");
        Check(share > 0.9);
    }

    const float Noise = 0.3f;

    /// <summary>
    /// Stars = 3 + how good the film is + how kind the user is + the user's liking of the film's kind + noise; the ratings in random
    /// order.
    /// </summary>
    static Rating[] MakeUp(Rng rng)
    {
        Tensor liking = Tensor.Randn(rng, Users, _kinds.Length), mild = Tensor.Randn(rng, Users), good = Tensor.Randn(rng, Films);
        var ratings = new List<Rating>();
        for (int user = 0; user < Users; user++)
        {
            foreach (long film in rng.RandPerm(Films)[..RatingsOfAUser])
            {
                float noise = Tensor.Randn(rng, 1).Item();
                ratings.Add(new Rating(user, film, 3 + 0.4f * good.At(film) + 0.3f * mild.At(user) + liking.At(user, film / FilmsOfAKind)
                    + Noise * noise));
            }
        }
        return [.. rng.RandPerm(ratings.Count).Select(at => ratings[(int)at])];
    }

    static string Title(long film) => $"{_kinds[film / FilmsOfAKind]} {film % FilmsOfAKind + 1}";

    static Tensor Stars(Rating[] ratings) => (float[])[.. ratings.Select(rating => rating.Stars)];

    static double RootMeanSquare(IEnumerable<float> errors) => Math.Sqrt(errors.Average(error => (double)error * error));

    static void Claim(string text) => Console.WriteLine($"\n{++_claims}. {text}.");

    static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException($"claim {_claims} does not hold");
    }

    sealed record Rating(long User, long Film, float Stars);

    /// <summary>y = mean + user's bias + film's bias + user·film.  Shapes: n pairs → [n].</summary>
    sealed class Taste(int users, int films, int dim, float mean, Rng rng) : Nn.Module
    {
        public Nn.Embedding Users { get; } = Small(users, dim, rng);
        public Nn.Embedding Films { get; } = Small(films, dim, rng);
        public Nn.Embedding UserBias { get; } = Small(users, 1, rng);
        public Nn.Embedding FilmBias { get; } = Small(films, 1, rng);

        public Tensor Forward(Rating[] pairs) => Biases(pairs)
            + (Users.Forward(UserIds(pairs)) * Films.Forward(FilmIds(pairs))).Sum(dim: 1);

        public Tensor Biases(Rating[] pairs) => (UserBias.Forward(UserIds(pairs)) + FilmBias.Forward(FilmIds(pairs))).Reshape(pairs.Length)
            + mean;

        static long[] UserIds(Rating[] pairs) => [.. pairs.Select(pair => pair.User)];

        static long[] FilmIds(Rating[] pairs) => [.. pairs.Select(pair => pair.Film)];

        // An embedding draws N(0, 1), whose products would begin as noise of ±2 stars. Small vectors begin near the mean.
        static Nn.Embedding Small(int rows, int dim, Rng rng) =>
            Nn.Embedding.FromPretrained(Tensor.Randn(rng, rows, dim) * 0.1f, freeze: false);
    }
}
