using Rowan.Nn;

namespace Rowan.Onnx;

/// <summary>
/// Exports models as ONNX files. The forward pass runs a few times on inputs like the example, in several sizes; its operations are
/// translated one by one, and sizes that changed become axes of the graph. So any model made of Rowan's operations is exported, with its
/// own modules, tables and functions.
/// </summary>
/// <remarks>
/// The model computes in evaluation, as after Eval(). Ids are inputs of type int64, floats of float32, masks of bool. Bags of flat ids are
/// two inputs: NAME_ids, and NAME_offsets where each bag starts, with the number of ids at the end. ONNX Runtime does not check ids: a
/// negative one counts from the end.
/// </remarks>
public static class OnnxExport
{
    /// <summary>Exports a model that computes one thing from one thing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file; written whole or not at all.</param>
    /// <param name="example">An input as the model takes it; its values are drawn from to make others.</param>
    /// <param name="options">Names, metadata and verification; null for defaults.</param>
    /// <exception cref="NotSupportedException">The forward pass does what ONNX cannot; the message names it.</exception>
    /// <exception cref="ArgumentException">The example does not fit the model, or an option does not fit the example.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime computes something else; nothing was written.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static OnnxExportReport ExportOnnx<TInput, TOutput>(this Module<TInput, TOutput> model, string path, TInput example,
        OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ModelExport.Run(model, path, given => model.Forward((TInput)given[0]), [example is Indices ? "ids" : "input"], [example],
            options);
    }

    /// <inheritdoc cref="ExportOnnx{TInput, TOutput}(Module{TInput, TOutput}, string, TInput, OnnxExportOptions?)"/>
    public static OnnxExportReport ExportOnnx(this Sequential model, string path, Indices example, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ModelExport.Run(model, path, given => model.Forward((Indices)given[0]), ["ids"], [example], options);
    }

    /// <summary>Exports a model through a function of one input.</summary>
    /// <param name="model">The model whose parts keep their names.</param>
    /// <param name="path">The file; written whole or not at all.</param>
    /// <param name="forward">What is exported. The names of its parameters are those of the graph's inputs.</param>
    /// <param name="example">An input.</param>
    /// <param name="options">Names, metadata and verification; null for defaults.</param>
    /// <inheritdoc cref="ExportOnnx{TInput, TOutput}(Module{TInput, TOutput}, string, TInput, OnnxExportOptions?)" path="/exception"/>
    public static OnnxExportReport ExportOnnx<T, TOutput>(this Module model, string path, Func<T, TOutput> forward, T example,
        OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(forward);
        return ModelExport.Run(model, path, given => forward((T)given[0]), NamesOf(forward), [example], options);
    }

    /// <summary>Exports a model through a function of two inputs.</summary>
    /// <param name="model">The model whose parts keep their names.</param>
    /// <param name="path">The file; written whole or not at all.</param>
    /// <param name="forward">What is exported. The names of its parameters are those of the graph's inputs.</param>
    /// <param name="first">The first input.</param>
    /// <param name="second">The second input.</param>
    /// <param name="options">Names, metadata and verification; null for defaults.</param>
    /// <inheritdoc cref="ExportOnnx{TInput, TOutput}(Module{TInput, TOutput}, string, TInput, OnnxExportOptions?)" path="/exception"/>
    public static OnnxExportReport ExportOnnx<T1, T2,
    TOutput>(this Module model, string path, Func<T1, T2, TOutput> forward, T1 first, T2 second,
        OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(forward);
        return ModelExport.Run(model, path, given => forward((T1)given[0], (T2)given[1]), NamesOf(forward), [first, second], options);
    }

    /// <summary>Exports a model through a function of three inputs.</summary>
    /// <param name="model">The model whose parts keep their names.</param>
    /// <param name="path">The file; written whole or not at all.</param>
    /// <param name="forward">What is exported. The names of its parameters are those of the graph's inputs.</param>
    /// <param name="first">The first input.</param>
    /// <param name="second">The second input.</param>
    /// <param name="third">The third input.</param>
    /// <param name="options">Names, metadata and verification; null for defaults.</param>
    /// <inheritdoc cref="ExportOnnx{TInput, TOutput}(Module{TInput, TOutput}, string, TInput, OnnxExportOptions?)" path="/exception"/>
    public static OnnxExportReport ExportOnnx<T1, T2, T3,
    TOutput>(this Module model, string path, Func<T1, T2, T3, TOutput> forward, T1 first,
        T2 second, T3 third, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(forward);
        return ModelExport.Run(model, path, given => forward((T1)given[0], (T2)given[1], (T3)given[2]), NamesOf(forward),
            [first, second, third], options);
    }

    /// <summary>Exports a model through a function of any number of inputs, given in a list.</summary>
    /// <param name="model">The model whose parts keep their names.</param>
    /// <param name="path">The file; written whole or not at all.</param>
    /// <param name="forward">What is exported: takes the inputs in the order of the examples.</param>
    /// <param name="examples">The inputs.</param>
    /// <param name="options">Names of the inputs and more; null for defaults: input_0, input_1, ….</param>
    /// <inheritdoc cref="ExportOnnx{TInput, TOutput}(Module{TInput, TOutput}, string, TInput, OnnxExportOptions?)" path="/exception"/>
    public static OnnxExportReport ExportOnnxOf(this Module model, string path, Func<IReadOnlyList<object>, object?> forward,
        IReadOnlyList<object> examples, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(examples);
        return ModelExport.Run(model, path, forward, [.. examples.Select((_, i) => $"input_{i}")], [.. examples], options);
    }

    static string[] NamesOf(Delegate forward) =>
        [.. forward.Method.GetParameters().TakeLast(forward.GetType().GenericTypeArguments.Length - 1)
            .Select((parameter, i) => string.IsNullOrEmpty(parameter.Name) ? $"input_{i}" : parameter.Name)];
}
