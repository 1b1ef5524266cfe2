using System.Globalization;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>The words of a fastText model with their vectors, n-grams included, or the labels of a classifier.</summary>
sealed class FastTextVectors : VectorReader
{
    readonly FastTextModel _model;
    readonly bool _labels;
    readonly float[] _vector;
    readonly FastTextModel.Scratch _scratch;
    byte[] _label = [];
    long _row = -1;

    public FastTextVectors(string path, VectorReadOptions options) : base(path, options)
    {
        _model = FastTextModel.Open(path);
        _labels = options.Labels;
        IsWhole = options is { Labels: false, Latin1: false, SpacesAs: null };
        if (_labels && _model.Labels.Count == 0)
        {
            _model.Dispose();
            throw new ArgumentException($"`labels`: {path} has no labels; it is a {KindName} model of word vectors", nameof(options));
        }
        _vector = new float[_model.Dim];
        _scratch = new FastTextModel.Scratch(_model.Dim);
    }

    public FastTextModel Model => _model;

    /// <summary>Whether words are read as they are, so that the model may be copied with its n-grams unless a word is skipped.</summary>
    public bool IsWhole { get; }

    public override string Format => "fasttext";

    public override string Dialect => $"fastText {KindName} model{(_model.File.IsOld ? " of the format before version 11" : "")}, "
        + (_labels ? "vectors of its labels" : _model.HasNgrams
            ? string.Create(CultureInfo.InvariantCulture, $"words with n-grams of {Settings.Shortest} to {Settings.Longest} characters in "
                + $"{Settings.Buckets:#,0} buckets") : "words without n-grams")
        + (_labels || _model.Labels.Count == 0 ? "" : $", {_model.Labels.Count} labels (`labels` reads them)");

    public override long? Count => _labels ? _model.Labels.Count : _model.Words;

    public override int Dim => _model.Dim;

    public override ReadOnlySpan<float> Vector => _vector;

    public override string Place => string.Create(CultureInfo.InvariantCulture,
        $"{(_labels ? $"label {_row}" : $"offset {_model.File.OffsetOf(Math.Min(_row, _model.Words - 1))}, word {_row}")}");

    public override IReadOnlyList<string> Labels => _model.Labels;

    public override bool HasNgrams => !_labels && _model.HasNgrams;

    public override bool TryUnknown(string name, Span<float> into) => !_labels && _model.TryRead(name, into);

    private protected override ReadOnlySpan<byte> RawName => _labels ? _label : _model.WordBytes(_row);

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        if (++_row >= Count) return false;
        if (_labels)
        {
            _label = Encoding.UTF8.GetBytes(_model.Labels[(int)_row]);
            _model.ReadLabel((int)_row, _vector);
        }
        else Require.Data(_model.TryRead(_model.WordBytes(_row), _vector, _scratch),
            $"{Path}: word {_row} has no row; {ByteSource.Remedy}");
        return true;
    }

    private protected override bool AllowsEmptyNames => false;

    private protected override void Close() => _model.Dispose();

    FastTextSettings Settings => _model.File.Settings;

    string KindName => _model.Kind switch
    {
        FastTextKind.Cbow => "CBOW", FastTextKind.SkipGram => "skip-gram", _ => "supervised",
    };
}
