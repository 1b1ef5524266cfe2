using Rowan.Numerics;

namespace Rowan.Onnx;

static partial class Translations
{
    static Dictionary<string, Action<OpContext>> Elementwise => new()
    {
        ["Identity"] = op => op.Set(op.In(0)),
        ["Add"] = Plain("Add"),
        ["Subtract"] = Plain("Sub"),
        ["Multiply"] = Plain("Mul"),
        ["Divide"] = Plain("Div"),
        ["Remainder"] = Plain("Mod", ("fmod", 1L)),
        ["Maximum"] = Plain("Max"),
        ["Minimum"] = Plain("Min"),
        [nameof(Negate)] = Plain("Neg"),
        [nameof(Exp)] = Plain("Exp"),
        [nameof(Log)] = Plain("Log"),
        [nameof(Sqrt)] = Plain("Sqrt"),
        [nameof(Abs)] = Plain("Abs"),
        [nameof(Sign)] = Plain("Sign"),
        [nameof(Relu)] = Plain("Relu"),
        [nameof(Tanh)] = Plain("Tanh"),
        [nameof(Sigmoid)] = Plain("Sigmoid"),
        [nameof(Softsign)] = Plain("Softsign"),
        [nameof(Erf)] = Plain("Erf"),
        [nameof(Sin)] = Plain("Sin"),
        [nameof(Cos)] = Plain("Cos"),
        [nameof(HardSigmoid)] = Plain("HardSigmoid", ("alpha", 1f / 6), ("beta", 0.5f)),
        [nameof(HardSwish)] = Plain("HardSwish"),
        [nameof(Square)] = op => op.Set(op.Node("Mul", [op.In(0), op.In(0)])),
        [nameof(Rsqrt)] = op => op.Set(op.Node("Reciprocal", [op.Node("Sqrt", [op.In(0)])])),
        ["Power"] = op => op.Set(op.Node("Pow", [op.In(0), op.Float(op.Floats[0])])),
        [nameof(LeakyRelu)] = op => op.Set(op.Node("LeakyRelu", [op.In(0)], ("alpha", ((LeakyRelu)op.Settings!).Slope))),
        [nameof(HardTanh)] = op => op.Set(Clipped(op, ((HardTanh)op.Settings!).Low, ((HardTanh)op.Settings!).High)),
        [nameof(Clamp)] = op => op.Set(Clipped(op, ((Clamp)op.Settings!).Low, ((Clamp)op.Settings!).High)),
        [nameof(Silu)] = op => op.Set(op.Node("Mul", [op.In(0), op.Node("Sigmoid", [op.In(0)])])),
        [nameof(Mish)] = op => op.Set(op.Node("Mul", [op.In(0), op.Node("Tanh", [op.Node("Softplus", [op.In(0)])])])),
        [nameof(LogSigmoid)] = op => op.Set(op.Node("Neg", [op.Node("Softplus", [op.Node("Neg", [op.In(0)])])])),
        [nameof(Softplus)] = SoftplusOf,
        [nameof(Elu)] = EluOf,
        [nameof(Gelu)] = op => op.Set(Halved(op, op.Node("Erf", [op.Node("Mul", [op.In(0), op.Float(0.70710678f)])]))),
        [nameof(GeluTanh)] = op =>
        {
            string cube = op.Node("Mul", [op.Node("Mul", [op.In(0), op.In(0)]), op.In(0)]);
            string inner = op.Node("Add", [op.In(0), op.Node("Mul", [cube, op.Float(0.044715f)])]);
            op.Set(Halved(op, op.Node("Tanh", [op.Node("Mul", [inner, op.Float(0.7978845608f)])])));
        },
    };

    static Dictionary<string, Action<OpContext>> Comparisons => new()
    {
        ["EqualTo"] = Plain("Equal"),
        ["NotEqualTo"] = op => op.Set(op.Node("Not", [op.Node("Equal", op.All())])),
        ["GreaterThan"] = Plain("Greater"),
        ["GreaterThanOrEqual"] = Plain("GreaterOrEqual"),
        ["LessThan"] = Plain("Less"),
        ["LessThanOrEqual"] = Plain("LessOrEqual"),
        ["EqualToId"] = op => op.Set(op.Node("Equal", [op.In(0), op.Graph.Int(op.Int(0))])),
        ["And"] = Plain("And"),
        ["Or"] = Plain("Or"),
        ["Xor"] = Plain("Xor"),
        ["Not"] = Plain("Not"),
        ["Where"] = Plain("Where"),
        ["MaskedFill"] = op => op.Set(op.Node("Where", [op.In(1), op.Float(op.Floats[0]), op.In(0)])),
        ["ToTensor"] = op => op.Set(op.Cast(op.In(0), OnnxType.Float)),
        ["ToAdditive"] = op => op.Set(op.Node("Where", [op.In(0), op.Float(float.NegativeInfinity), op.Float(0)])),
    };

    /// <summary>x/2·(1 + factor).</summary>
    static string Halved(OpContext op, string factor) =>
        op.Node("Mul", [op.Node("Mul", [op.In(0), op.Float(0.5f)]), op.Node("Add", [factor, op.Float(1)])]);

    static string Clipped(OpContext op, float low, float high) => op.Node("Clip",
        [op.In(0), float.IsNegativeInfinity(low) ? "" : op.Float(low), float.IsPositiveInfinity(high) ? "" : op.Float(high)]);

    static void SoftplusOf(OpContext op)
    {
        var settings = (Softplus)op.Settings!;
        string scaled = settings.Beta == 1 ? op.In(0) : op.Node("Mul", [op.In(0), op.Float(settings.Beta)]);
        string soft = op.Node("Softplus", [scaled]);
        if (settings.Beta != 1) soft = op.Node("Div", [soft, op.Float(settings.Beta)]);
        op.Set(op.Node("Where", [op.Node("Greater", [scaled, op.Float(settings.Threshold)]), op.In(0), soft]));
    }

    /// <summary>s·x where x is positive, else s·a·(eᵇˣ − 1).</summary>
    static void EluOf(OpContext op)
    {
        (float alpha, float scale, float inputScale) = (Elu)op.Settings!;
        if (scale == 1 && inputScale == 1) op.Set(op.Node("Elu", [op.In(0)], ("alpha", alpha)));
        else if (inputScale == 1) op.Set(op.Node("Selu", [op.In(0)], ("alpha", alpha), ("gamma", scale)));
        else
        {
            string x = op.Node("Min", [op.In(0), op.Float(0)]);
            string exp = op.Node("Sub", [op.Node("Exp", [op.Node("Mul", [x, op.Float(inputScale)])]), op.Float(1)]);
            op.Set(op.Node("Where", [op.Node("Greater", [op.In(0), op.Float(0)]), op.Node("Mul", [op.In(0), op.Float(scale)]),
                op.Node("Mul", [exp, op.Float(scale * alpha)])]));
        }
    }
}
