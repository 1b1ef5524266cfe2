using System.Collections;
using System.Collections.Frozen;
using System.Globalization;

namespace Rowan.Extensions.AI;

/// <summary>Comparisons and conversions of boxed values, as C# makes them of the unboxed ones.</summary>
static class FilterValues
{
    static readonly FrozenDictionary<Type, Func<object, object>> Numbers = new Dictionary<Type, Func<object, object>>
    {
        [typeof(byte)] = value => Convert.ToByte(value, CultureInfo.InvariantCulture),
        [typeof(short)] = value => Convert.ToInt16(value, CultureInfo.InvariantCulture),
        [typeof(int)] = value => Convert.ToInt32(value, CultureInfo.InvariantCulture),
        [typeof(uint)] = value => Convert.ToUInt32(value, CultureInfo.InvariantCulture),
        [typeof(long)] = value => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        [typeof(ulong)] = value => Convert.ToUInt64(value, CultureInfo.InvariantCulture),
        [typeof(float)] = value => Convert.ToSingle(value, CultureInfo.InvariantCulture),
        [typeof(double)] = value => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        [typeof(decimal)] = value => Convert.ToDecimal(value, CultureInfo.InvariantCulture),
    }.ToFrozenDictionary();

    /// <summary>
    /// x == y. Floating-point NaN equals nothing; arrays and lists are equal when their elements are.
    /// </summary>
    public static bool AreEqual(object? x, object? y) => (x, y) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (double a, double b) => a == b,
        (float a, float b) => a == b,
        (string a, string b) => a == b,
        (IEnumerable a, IEnumerable b) when a is not string && b is not string => HaveEqualElements(a, b),
        _ => x.Equals(y),
    };

    /// <summary>The order of two values; null where one is null or NaN, so that no comparison holds.</summary>
    public static int? Compare(object? x, object? y) => (x, y) switch
    {
        (null, _) or (_, null) => null,
        (double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? null : a.CompareTo(b),
        (float a, float b) => float.IsNaN(a) || float.IsNaN(b) ? null : a.CompareTo(b),
        (string a, string b) => string.CompareOrdinal(a, b),
        (IComparable a, _) => a.CompareTo(y),
        _ => throw new NotSupportedException($"Values of type {x.GetType().Name} have no order."),
    };

    /// <summary>The order in which values are sorted: null first.</summary>
    public static int Order(object? x, object? y) => (x, y) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        (double a, double b) => a.CompareTo(b),
        (float a, float b) => a.CompareTo(b),
        _ => Compare(x, y)!.Value,
    };

    /// <summary>What a cast to a type does; null where it changes nothing.</summary>
    public static Func<object?, object?>? Converter(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (!Numbers.TryGetValue(type, out Func<object, object>? convert)) return null;
        return value => value is null || value.GetType() == type || value is not IConvertible || value is string or bool or DateTime
            ? value : convert(value);
    }

    static bool HaveEqualElements(IEnumerable x, IEnumerable y)
    {
        IEnumerator a = x.GetEnumerator(), b = y.GetEnumerator();
        while (a.MoveNext())
            if (!b.MoveNext() || !AreEqual(a.Current, b.Current)) return false;
        return !b.MoveNext();
    }
}
