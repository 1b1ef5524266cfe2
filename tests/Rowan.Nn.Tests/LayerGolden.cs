using Rowan.Nn;
using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>One case of a layer: its outputs, and the gradients of all its inputs and parameters, against the numbers stored.</summary>
static class LayerGolden
{
    public delegate (Module? Module, Dictionary<string, Tensor> Outputs) Run(Golden golden, Dictionary<string, Tensor> inputs);

    public static void Check(Golden golden, Run run)
    {
        var inputs = golden.Names("inputs")
            .Where(input => !input.StartsWith("grad_", StringComparison.Ordinal) && golden.IsFloat("inputs", input))
            .ToDictionary(input => input, input => golden.Tensor("inputs", input));
        foreach (Tensor input in inputs.Values) input.RequiresGrad = true;
        (Module? module, Dictionary<string, Tensor> outputs) = run(golden, inputs);
        Assert.Equal(golden.Names("outputs").Where(output => golden.IsFloat("outputs", output)).Order(), outputs.Keys.Order());
        Tensor sum = 0f;
        foreach ((string output, Tensor value) in outputs)
        {
            Assert.Equal(golden.Shape("outputs", output), value.Shape.Sizes.ToArray());
            Golden.Near(golden.Floats("outputs", output), value.Span, output);
            if (golden.Has("inputs", $"grad_{output}")) sum += (value * golden.Tensor("inputs", $"grad_{output}")).Sum();
        }
        sum.Backward();
        Dictionary<string, ILearnable> parameters = module?.NamedParameters().ToDictionary(part => part.Name, part => part.Learnable) ?? [];
        foreach (string part in golden.Names("grads"))
        {
            // Masks of numbers and running statistics do not learn here.
            if (part.Contains("mask", StringComparison.Ordinal) || part.StartsWith("running", StringComparison.Ordinal)) continue;
            Tensor? gradient = inputs.TryGetValue(part, out Tensor? input) ? input.Gradient : ((Parameter)parameters[part]).Gradient;
            Golden.Near(golden.Floats("grads", part), gradient!.Span, $"gradient of {part}");
        }
    }
}
