using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Rowan.TestSupport;

namespace Rowan.Docs.Tests;

/// <summary>
/// 129 lines that a PyTorch or TorchSharp user wrote first: how many compile, and that docs/from-torchsharp.md shows those that do and
/// says why the others stay out.
/// </summary>
public partial class SpellingLinesTests
{
    const string Prelude = """
        using System; using System.Collections.Generic; using System.Linq; using Rowan; using Nn = Rowan.Nn; using Rowan.Formats;
        class S
        {
            static Tensor x = Tensor.Ones(2,3), y = Tensor.Ones(2,3);
            static Indices ids = new[]{1,2,0};
            static Nn.Embedding emb = new(10,3);
            static Nn.Linear lin = new(3,3);
            static Mask m = new[,]{{true,false,true},{false,false,true}};

        """;

    [Fact]
    public void TheLinesThatCompileAreOnThePageAndTheOthersAreExplained()
    {
        string[] lines = [.. Lines.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        Assert.Equal(129, lines.Length);
        HashSet<int> failing = Failing(lines);
        int compile = lines.Length - failing.Count;
        Assert.True(compile >= 115, $"{compile} lines compile; these do not:\n{string.Join('\n', failing.Order().Select(i => lines[i]))}");

        string page = File.ReadAllText(Repository.File("docs", "from-torchsharp.md"));
        Assert.Contains($"{compile} do", page, StringComparison.Ordinal);
        string samples = Plain(string.Concat(Sample().Matches(page).Select(match => match.Groups[1].Value)));
        string[] explained = [.. page.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line =>
            Plain(line.Split('`')[1]))];
        Assert.Empty(lines.Where((line, i) => !failing.Contains(i) && !samples.Contains(Plain(line), StringComparison.Ordinal)));
        Assert.Equal(lines.Where((_, i) => failing.Contains(i)).Select(Plain).Order(),
            lines.Select(Plain).Where(explained.Contains).Order());
    }

    /// <summary>Each line is a method, so that one which does not compile says nothing of another.</summary>
    static HashSet<int> Failing(string[] lines)
    {
        string source = Prelude + string.Join('\n', lines.Select((line, i) => $"    void L{i}() {{ {line} }}")) + "\n}\n";
        int first = Prelude.Count(c => c == '\n');
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path =>
            MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create("Lines", [CSharpSyntaxTree.ParseText(source)], references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        return [.. compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(d =>
            d.Location.GetLineSpan().StartLinePosition.Line - first)];
    }

    /// <summary>Without spaces, null-forgiving marks, and what a page that runs must name: a file of its own, data.</summary>
    static string Plain(string code) =>
        Spaces().Replace(code.Replace("\"x.pt\"", "path", StringComparison.Ordinal).Replace("null!", "data", StringComparison.Ordinal),
            "").Replace("!", "", StringComparison.Ordinal);

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Sample();

    [GeneratedRegex(@"//.*|\s")]
    private static partial Regex Spaces();

    const string Lines = """
        var e = new Nn.Embedding(10, 3, paddingIdx: 0);
        var e = new Nn.Embedding(10, 3, maxNorm: 1f);
        var o = new Adam(emb.Parameters(), learningRate: 0.01f);
        var o = new Adam(emb.Parameters(), 0.01f);
        Tensor z = emb[ids];
        Tensor z = emb.Weight[2];
        Tensor z = x[0..1];
        Tensor z = x[.., 0];
        Indices z = ids[0..2];
        long z = ids[0];
        Tensor z = x > 0f;
        Mask z = x > y;
        Tensor z = x.Pow(2);
        Tensor z = Ops.Where(m, x, y);
        Tensor z = Ops.Einsum("ij,kj->ik", x, y);
        var z = x.TopK(2);
        Indices z = x.ArgMax(1);
        Tensor z = x.CumSum(1);
        Tensor z = x.Min(1);
        Tensor z = Ops.Bmm(x, y);
        Tensor z = Ops.Cdist(x, y);
        Tensor z = Ops.Cat([x, y], 0);
        Tensor z = x.Std();
        Tensor z = x.Var(1);
        Tensor z = x.Sum(-1);
        Tensor z = x.Expand(4,2,3);
        Tensor z = x.Repeat(2,1);
        Tensor z = x.View(-1);
        var z = x.Chunk(2, 0);
        var z = x.Split(1, 0);
        Tensor z = Tensor.Arange(0, 10);
        Indices z = Indices.Arange(10);
        Tensor z = Tensor.ZerosLike(x);
        Tensor z = new Tensor(new float[,]{{1,2},{3,4}});
        Tensor z = Tensor.Tril(Tensor.Ones(3,3));
        Tensor z = x.LogSumExp(1);
        Tensor z = x.MaskedFill(m, float.NegativeInfinity);
        Tensor z = x.ScatterAdd(1, ids, y);
        Tensor z = Losses.CrossEntropy(x, new[]{0,1});
        using (Gradients.NoGrad()) { }
        var s = new Nn.Sequential(lin, new Nn.Relu(), lin);
        var s = new Nn.Sequential(emb, lin);
        var s = new Nn.ModuleDict();
        emb.Weight.RequiresGrad = false;
        lin.Weight.RequiresGrad = false;
        lin.Bias.Value = Tensor.Zeros(3);
        lin.Weight.Grad.ToString();
        var g = lin.Weight.Gradient.Norm();
        Tensor z = lin.Weight * 2;
        Tensor z = emb.Weight * 2;
        Tensor z = Ops.MatMul(x, emb.Weight.T);
        Tensor z = Ops.MatMulTransposed(x, TableTensors.AsTensor(emb.Weight));
        Tensor z = Ops.MatMulTransposed(x, emb.Weight);
        lin.To("cuda");
        x.RegisterHook(g => g);
        emb.Apply(mod => {});
        foreach (var p in lin.Parameters()) p.Value.ToString();
        var p = new Parameter(Tensor.Zeros(3)); Tensor z = x + p;
        Tensor z = x.Dot(y);
        Tensor z = 1 - x;
        Tensor z = x.Sum(1, keepDim: true);
        Tensor z = x.Sum(new[]{0,1});
        Tensor z = x.Mean(0, 1);
        var h = new Nn.Lstm(3, 4, num_layers: 2);
        var h = new Nn.Lstm(3, 4, batchFirst: true); (Tensor o, (Tensor hn, Tensor cn)) = h.Forward(Tensor.Ones(1,2,3));
        var t = new Nn.TransformerEncoderLayer(8, 2, feedForwardDim: 16, dropout: 0, batchFirst: true);
        var t = new Nn.Transformer(8, 2);
        var t = new Nn.RmsNorm(8);
        var t = new Nn.GroupNorm(2, 8);
        var t = new Nn.LstmCell(3, 8);
        var t = new Nn.GruCell(3, 8);
        var t = new Nn.PRelu();
        var t = new Nn.Dropout1d(0.1f);
        var z = new Nn.Embedding(10,3).Forward([1,2,3]);
        var z = new Nn.Embedding(10,3).Forward(new[]{ new[]{1,2}, new[]{3,4} });
        var z = new Nn.Embedding(10,3).Forward(new List<int>{1,2});
        Indices z = Indices.From([1L,2,3,4],[2,2]);
        foreach (var q in new Nn.Embedding(10,3).Weight.Gradient.Rows) { } Tensor d = emb.Weight.Gradient.ToDense();
        Tensor d = TableTensors.ToTensor(emb.Weight.Gradient);
        Tensor z = Nn.Functional.OneHot(ids, 3);
        Tensor z = x.Sort(1);
        float z = x[0,1];
        float z = x[0,1].Item();
        float z = (float)x[0,1];
        x[0,1] = 3f;
        var z = x.Shape[0]; int w = x.Shape[0];
        int n = (int)x.Shape[^1];
        x.Backward(); x.Gradient.ToString();
        var (v, i) = x.Max(1);
        bool b = x.Any();
        var c = new Nn.Conv1d(3, 4, kernelSize: 3, padding: "same");
        var d = new Nn.ModuleList<Nn.Module>([lin]); d.Add(emb);
        var d = new Nn.ModuleList([lin]);
        var o = new Sgd([lin, emb]) ;
        var o = new Sgd([.. lin.Parameters(), .. emb.Parameters()]) { LearningRate = 1f, Momentum = 0.9f };
        lin.Save("x.pt");
        Checkpoint.Save(lin, "x.pt");
        var l = new DataLoader(null!, 32, shuffle: true);
        Tensor z = x / x.Norm(dim: 1, keepDim: true);
        Tensor z = Losses.TripletMargin(x, y, x, margin: 1f).Mean();
        var s = new CosineSchedule(new Sgd(lin.Parameters()), 10); s.Step();
        var f = lin.Forward(x) is { } q ? q.Relu().Dropout(0.1f) : x;
        Tensor z = x.Transpose(0,1); Tensor w = x.T; Tensor u = x.MT;
        Tensor z = x.Flip(0);
        Tensor z = Tensor.Eye(3);
        Tensor z = x.Equal(y);
        Tensor z = x.Squeeze();
        Tensor z = x.Softmax();
        Tensor z = x.Square();
        Tensor z = x.Rsqrt();
        Tensor z = x.MatMul(y.T); Tensor w = x.Matmul(y);
        Tensor z = x.Diagonal();
        Tensor z = x.To(typeof(double));
        lin.Eval(); lin.Train(false);
        Nn.Init.XavierUniform_(lin.Weight);
        lin.Weight.CopyFrom(Nn.Init.XavierUniform(new Rng(0), [3,3]).Value.Span);
        var r = new Rng(); var r2 = new Rng(3);
        Tensor z = x.Prod(1);
        Tensor z = x.Sign();
        Tensor z = Ops.IndexSelect(x, 0, ids); Tensor w = x.IndexSelect(0, ids);
        var o = new NAdam(lin.Parameters());
        var o = new Adamax(lin.Parameters());
        Tensor z = x.Tile(2);
        Tensor z = x.RepeatInterleave(2, 0);
        var z = ids.ToArray(); var s = ids.Select(i => i + 1);
        Indices z = ids.Slice(0, 1, 2);
        Tensor z = ids.ToTensor();
        Tensor z = x.Pad(1, 1);
        Losses.Ctc(x, ids);
        """;
}
