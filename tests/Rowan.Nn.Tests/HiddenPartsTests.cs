using System.Collections;
using System.Collections.Frozen;
using System.Collections.Immutable;
using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>Every way to keep a part where training cannot see it is refused, and every way that is supported is counted.</summary>
public class HiddenPartsTests
{
    static Linear New() => new(2, 2, bias: false);

    static Tensor Learning() => new(new float[2], 2) { RequiresGrad = true };

    /// <summary>A module for each way to hide something, and the place that the message names.</summary>
    static readonly (Func<Module> Make, string Place)[] Hidden =
    [
        (() => new PublicField(), "Layer"),
        (() => new BaseField(), "_inBase"),
        (() => new BaseInternal(), "Inside"),
        (() => new BaseCaptured(New()), "layer"),
        (() => new Captured(New()), "layer"),
        (() => new ByField(New()), "_kept"),
        (() => new ByField((New(), 3)), "_kept.Item1"),
        (() => new TuplePair(), "Pair.Item2"),
        (() => new ByField(new Linear[] { New() }), "_kept[0]"),
        (() => new ByField(new List<List<Linear>> { new() { New() } }), "_kept[0][0]"),
        (() => new ByField(new List<(string, Linear)> { ("a", New()) }), "_kept[0].Item2"),
        (() => new Nested(), "[1][0]"),
        (() => new ImmutableField(), "_layers[1]"),
        (() => new ByField(ImmutableArray.Create(New())), "_kept"),
        (() => new ByField(ImmutableList.Create(New())), "_kept[0]"),
        (() => new ByField(new Holder(New())), "_kept.Inner"),
        (() => new ByField(new DerivedHolder(New())), "_kept.Inner"),
        (() => new ByField(new List<Holder> { new(New()) }), "_kept[0].Inner"),
        (() => new ByField(new StructHolder(New())), "_kept.Inner"),
        (() => new ByField(new Lazy<Linear>(New)), "Lazy<Linear>"),
        (() => new LazyProperty(), "Lazy<Linear>"),
        (() => new ByField(new ThreadLocal<Linear>(New)), "ThreadLocal<Linear>"),
        (() => new ByField(new Dictionary<string, Linear> { ["a"] = New() }), "_kept[a]"),
        (() => new ByField(new Dictionary<Linear, int> { [New()] = 1 }), "_kept[key]"),
        (() => new ByField(new Dictionary<string, List<Linear>> { ["a"] = [New()] }), "_kept[a][0]"),
        (() => new ByField(new Hashtable { ["a"] = New() }), "_kept[a]"),
        (() => new ByField(new ArrayList { New() }), "_kept[0]"),
        (() => new ByField(new HashSet<Linear> { New() }), "_kept"),
        (() => new ByField(new Queue<Linear>([New()])), "_kept[0]"),
        (() => new ByField(Enumerable.Range(0, 2).Select(_ => New())), "_kept"),
        (() => new ByField(Lambda(New())), "_kept[captured].layer"),
        (() => new ByField(new Linear[1, 1] { { New() } }), "_kept[0]"),
        (() => new ByField(Task.FromResult(New())), "_kept"),
        (() => new ByField(new KeyValuePair<string, Linear>("a", New())), "_kept.value"),
        (() => new ByField(new Parameter(Tensor.Ones(2))), "_kept"),
        (() => new ByField(new Table(2, 2)), "_kept"),
        (() => new ByField(new Nn.Buffer(Tensor.Ones(2))), "_kept"),
        (() => new TensorProperty(), "Weight"),
        (() => new ByField(Learning()), "_kept"),
        (() => new ByField(new[] { Learning() }), "_kept[0]"),
        (() => new LearningBuffer(), "code' holds a tensor"),
        (() => new Sequential(new WrappedStep()), "_hidden"),
        (() => new ModuleList<Wrapped>(new Wrapped()), "_hidden"),
        (() => new ModuleDict<Wrapped> { ["a"] = new() }, "_hidden"),
        (() => new ByObject(New()), "Part"),
        (() => new Mixed(), "Items[1]"),
        (() => new MadeAnew(), "layer' is another part"),
        (() => new WithParent(), "parent"),
    ];

    public static TheoryData<int> Ways => [.. Enumerable.Range(0, Hidden.Length)];

    [Theory, MemberData(nameof(Ways))]
    public void APartThatTrainingCannotSeeIsRefused(int way)
    {
        (Func<Module> make, string place) = Hidden[way];
        Action<Module>[] asked =
        [
            module => module.Parameters().Count(), module => module.NamedModules().Count(), module => module.StateDict(), module
                => module.LoadStateDict(new StateDict(), strict: false),
            module => module.Summary(), module => module.Eval(), module => module.Train(), module => module.Freeze(),
        ];
        foreach (Action<Module> ask in asked)
        {
            string message = Assert.Throws<InvalidOperationException>(() => ask(make())).Message;
            Assert.Contains(place, message, StringComparison.Ordinal);
            // Inside other modules it is found as well.
            Assert.Contains(place, Assert.Throws<InvalidOperationException>(() => ask(new Outer(make()))).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void PartsInListsAndDictionariesAreCountedUnderTheirNames()
    {
        Assert.Equal(["layers.0.weight", "layers.1.weight"], Names(new ListOf(ImmutableArray.Create(New(), New()))));
        Assert.Equal(["layers.0.weight", "layers.1.weight"], Names(new ListOf(new Linear?[] { New(), null,
            New() }.OfType<Linear>().ToList())));
        Assert.Equal(["by_name.a.weight", "by_name.b.weight"], Names(new DictionaryOf(new Dictionary<string, Linear> { ["b"] = New(),
            ["a"] = New() })));
        Assert.Equal(["by_name.a.weight", "by_name.b.weight"], Names(new DictionaryOf(new Dictionary<string, Linear> { ["b"] = New(),
            ["a"] = New() }.ToFrozenDictionary())));
        Assert.Equal(["by_name.a.weight"], Names(new DictionaryOf(ImmutableDictionary<string, Linear>.Empty.Add("a", New()))));
        Assert.Equal(["by_name.a.weight"], Names(new DictionaryOf(new ModuleDict<Linear> { ["a"] = New() })));
        Assert.Equal(["vectors.1", "vectors.2", "codes.a"], new OtherDictionaries().StateDict().Names);
        Assert.Single(new OtherDictionaries().Parameters().OfType<Table>());
        Assert.Contains("'a.b'", Assert.Throws<ArgumentException>(() => Names(new DictionaryOf(new Dictionary<string, Linear> {
            ["a.b"] = New() }))).Message, StringComparison.Ordinal);

        var dictionary = new DictionaryOf(new Dictionary<string, Linear> { ["a"] = New() });
        dictionary.Eval();
        Assert.False(dictionary.ByName["a"].Training);
    }

    [Fact]
    public void AModuleDictKeepsItsOrderAndRefusesBadNames()
    {
        var dictionary = new ModuleDict<Linear> { ["z"] = New(), ["a"] = New() };
        dictionary.Add("m", New());
        Assert.Equal(["z.weight", "a.weight", "m.weight"], dictionary.StateDict().Names);
        Assert.Equal(["z", "a", "m"], dictionary.Keys);
        Linear other = New();
        dictionary["a"] = other;
        Assert.Same(other, dictionary.Values.ElementAt(1));
        Assert.True(dictionary.TryGetValue("a", out Linear? found) && ReferenceEquals(found, other) && dictionary.Remove("a")
            && !dictionary.ContainsKey("a"));
        Assert.Equal(2, dictionary.Count);
        Assert.Contains("there are z, m", Assert.Throws<KeyNotFoundException>(() => dictionary["a"]).Message, StringComparison.Ordinal);
        Assert.Contains("'z' already", Assert.Throws<ArgumentException>(() => dictionary.Add("z", New())).Message,
            StringComparison.Ordinal);
        foreach (string bad in (string[])["", "a.b"])
        {
            Assert.Throws<ArgumentException>(() => dictionary.Add(bad, New()));
            Assert.Throws<ArgumentException>(() => dictionary[bad] = New());
        }
        Assert.Equal(2, new ModuleDict<Linear>(dictionary).Count);
    }

    /// <summary>References that are no parts of their own do no harm: to the module itself, to parts that are shown, to data of any
    /// size.</summary>
    [Fact]
    public void WhatIsShownMayBeKeptElsewhereToo()
    {
        Assert.Equal(["extra", "layer.weight"], Names(new Allowed()));
        var outer = new Outer(new Allowed());
        Assert.Equal(["inner.extra", "inner.layer.weight"], Names(outer));
        outer.Eval();
        Assert.False(outer.Inner.Training);
    }

    /// <summary>A part that comes after an optimizer was made is found when the module is next saved.</summary>
    [Fact]
    public void WhatComesLaterIsFoundWhenItIsSaved()
    {
        var module = new ByField(new List<Linear>());
        Assert.Empty(module.Parameters());
        ((List<Linear>)module.Show()).Add(New());
        Assert.Throws<InvalidOperationException>(() => module.StateDict());
    }

    /// <summary>One of the names of a tied table is enough; two arrays that differ are refused, and nothing is changed.</summary>
    [Fact]
    public void ATiedPartIsLoadedFromAnyOfItsNames()
    {
        var model = new TiedPair();
        float[] values = [.. Enumerable.Range(1, 12).Select(i => (float)i)];
        foreach (string name in (string[])["emb.weight", "head.weight"])
        {
            model.Emb.Weight.WriteValues(0, new float[12]);
            LoadedState passed = model.LoadStateDict(new StateDict(StateEntry.Over(name, [4, 3], values)));
            Assert.Empty(passed.Missing);
            Assert.Equal(values, Read(model.Emb.Weight));
        }
        model.LoadStateDict(model.StateDict());
        float[] other = [.. values];
        other[7] = 0;
        string message = Assert.Throws<ArgumentException>(() => model.LoadStateDict(new StateDict(StateEntry.Over("emb.weight", [4, 3],
            values), StateEntry.Over("head.weight", [4, 3], other)))).Message;
        foreach (string part in (string[])["'emb.weight' and 'head.weight'", "value 7: 8 and 0",
            "nothing was loaded"]) Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Equal(values, Read(model.Emb.Weight));
        Assert.Contains("'emb.weight' is missing; 'head.weight' is missing", Assert.Throws<ArgumentException>(()
            => model.LoadStateDict(new StateDict())).Message, StringComparison.Ordinal);
    }

    static IEnumerable<string> Names(Module module) => module.NamedParameters().Select(named => named.Name);

    static float[] Read(Table table)
    {
        var values = new float[table.Count * table.Dim];
        table.ReadValues(0, values);
        return values;
    }

    static Func<Tensor, Tensor> Lambda(Linear layer) => x => layer.Forward(x);

    sealed class TiedPair : Module
    {
        public Embedding Emb { get; } = new(4, 3, rng: new Rng(1));
        public TiedLinear Head => field ??= new(Emb.Weight);
    }

    sealed class Outer(Module inner) : Module
    {
        public Module Inner { get; } = inner;
    }

#pragma warning disable CA1051, CS0649 // Fields that are public are what is tested.
    sealed class PublicField : Module
    {
        public Linear Layer = New();
    }

    class FieldInBase : Module
    {
        readonly Linear _inBase = New();
        public Tensor Run(Tensor x) => _inBase.Forward(x);
    }

    sealed class BaseField : FieldInBase;

    class InternalInBase : Module
    {
        internal Linear Inside { get; } = New();
    }

    sealed class BaseInternal : InternalInBase;

    class CapturedInBase(Linear layer) : Module
    {
        public Tensor Run(Tensor x) => layer.Forward(x);
    }

    sealed class BaseCaptured(Linear layer) : CapturedInBase(layer);

    sealed class Captured(Linear layer) : Module
    {
        public Tensor Run(Tensor x) => layer.Forward(x);
    }

    sealed class ByField(object kept) : Module
    {
        readonly object _kept = kept;
        public object Show() => _kept;
    }

    sealed class ByObject(object part) : Module
    {
        public object Part { get; } = part;
    }

    sealed class TuplePair : Module
    {
        public (int A, Linear B) Pair { get; } = (1, New());
    }

    sealed class Nested : Module
    {
        public IReadOnlyList<IReadOnlyList<Linear>> Layers { get; } = [[], [New()]];
    }

    sealed class ImmutableField : Module
    {
        readonly ImmutableArray<Linear> _layers = [New(), New()];
        public int Count => _layers.Length;
        public IEnumerable<Linear> First => [_layers[0]];
    }

    class Holder(Linear inner)
    {
        public Linear Inner { get; } = inner;
    }

    sealed class DerivedHolder(Linear inner) : Holder(inner);

    readonly struct StructHolder(Linear inner)
    {
        public Linear Inner { get; } = inner;
    }

    sealed class LazyProperty : Module
    {
        public Lazy<Linear> Layer { get; } = new(New);
    }

    sealed class TensorProperty : Module
    {
        public Tensor Weight { get; } = Learning();
    }

    sealed class LearningBuffer : Module
    {
        public Nn.Buffer Code { get; } = new(Learning());
    }

    sealed class Wrapped : Module
    {
        readonly Linear _hidden = New();
        public Tensor Run(Tensor x) => _hidden.Forward(x);
    }

    sealed class WrappedStep : Module<Tensor, Tensor>
    {
        readonly Linear _hidden = New();
        public override Tensor Forward(Tensor input) => _hidden.Forward(input);
    }

    sealed class Mixed : Module
    {
        public IEnumerable<object> Items { get; } = new List<object> { 3, New() };
    }

    sealed class MadeAnew : Module
    {
        public Linear Layer => New();
    }

    sealed class WithParent : Module
    {
        public WithParent() => Child = new Branch(this);
        public Branch Child { get; }
    }

    sealed class Branch(Module parent) : Module
    {
        public Module Parent { get; } = parent;
    }
#pragma warning restore CA1051, CS0649

    sealed class ListOf(IEnumerable<Linear> layers) : Module
    {
        public IEnumerable<Linear> Layers { get; } = layers;
    }

    sealed class DictionaryOf(IReadOnlyDictionary<string, Linear> byName) : Module
    {
        public IReadOnlyDictionary<string, Linear> ByName { get; } = byName;
    }

    sealed class OtherDictionaries : Module
    {
        public Dictionary<int, ILearnable> Vectors { get; } = new() { [2] = new Parameter(Tensor.Ones(1)), [1] = new Table(2, 2) };
        public SortedList<string, Nn.Buffer> Codes { get; } = new() { ["a"] = new(Tensor.Ones(2)) };
        public Dictionary<string, long> Counts { get; } = new() { ["a"] = 1 };
        public IReadOnlyDictionary<string, string> Words { get; } = new Dictionary<string, string> { ["a.b"] = "c" };
    }

    sealed class Allowed : Module
    {
        readonly Dictionary<string, Linear> _cache = [];
        readonly List<object> _anything;
        readonly Func<Tensor, Tensor> _run;
        readonly Recursive[] _deep = [new([new([])])];
        readonly Tensor _values;
        Tensor? _last;

        public Allowed()
        {
            _cache["layer"] = Layer;
            _run = x => Layer.Forward(x);
            _anything = [this, Layer.Weight, 3, "text", new Dictionary<string, long> { ["a"] = 1 }, typeof(Linear), new Rng(1),
                Tensor.Ones(2), new long[1_000]];
            _values = Kept.Value;
            Run(Kept.Value.Value.Reshape(1, 2));
        }

        public Linear Layer { get; } = New();
        public ILearnable Extra => Kept.Value;
        public Wrapper Kept { get; } = new();
        public Tensor? Last => _last;
        public int Size => _anything.Count + _deep.Length + (int)_values.Count;

        // What was computed is kept for a look at it, and is no part.
        public Tensor Run(Tensor x) => _last = _run(x);
    }

    readonly struct Recursive(List<Recursive> inner)
    {
        readonly List<Recursive> _inner = inner;
        public int Count => _inner.Count;
    }

    sealed class Wrapper
    {
        public Parameter Value { get; } = new(Tensor.Ones(2));
    }
}
