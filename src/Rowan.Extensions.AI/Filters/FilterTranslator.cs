using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Extensions.VectorData.ProviderServices;

namespace Rowan.Extensions.AI;

/// <summary>The value of a part of a filter.</summary>
/// <param name="record">The record that is filtered.</param>
/// <param name="element">The element that the innermost <c>Any</c> looks at.</param>
delegate object? FilterValue(StoredRecord record, object? element);

/// <summary>
/// LINQ filters to functions of stored records. Nothing is compiled at run time, so filters work under Native AOT.
/// </summary>
/// <remarks>
/// Supported: comparisons, <c>&amp;&amp;</c>, <c>||</c>, <c>!</c>, null, <c>HasValue</c> and <c>Value</c> of nullables, numeric
/// conversions, <c>Contains</c> of lists, arrays and spans, <c>Any</c> with a condition, <c>StartsWith</c>, <c>EndsWith</c> and
/// <c>Contains</c> of strings, and anything that does not depend on the record. Arrays and lists are equal when their elements are.
/// </remarks>
sealed class FilterTranslator
{
    readonly CollectionModel _model;
    readonly Func<PropertyModel, Func<StoredRecord, object?>> _reader;
    readonly ParameterExpression _record;

    FilterTranslator(CollectionModel model, Func<PropertyModel, Func<StoredRecord, object?>> reader, ParameterExpression record) =>
        (_model, _reader, _record) = (model, reader, record);

    /// <summary>A filter as a function.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="model">The properties that it may name.</param>
    /// <param name="reader">How a property of a stored record is read.</param>
    /// <exception cref="NotSupportedException">A part of the filter has no translation; the message names it.</exception>
    /// <exception cref="InvalidOperationException">A property is unknown, or a captured value cannot be read.</exception>
    public static Func<StoredRecord, bool> Translate(LambdaExpression filter, CollectionModel model,
        Func<PropertyModel, Func<StoredRecord, object?>> reader)
    {
        FilterValue value = new FilterTranslator(model, reader, filter.Parameters[0]).Visit(filter.Body, null);
        return record => value(record, null) is true;
    }

    FilterValue Visit(Expression node, ParameterExpression? element)
    {
        if (node == element) return static (_, element) => element;
        if (PropertyOf(node) is { } property)
        {
            Func<StoredRecord, object?> read = _reader(property);
            return (record, _) => read(record);
        }
        if (!Parameters.AreIn(node))
        {
            object? constant = Constants.Evaluate(node);
            return (_, _) => constant;
        }
        switch (node)
        {
            case BinaryExpression binary:
                return Binary(binary, Visit(binary.Left, element), Visit(binary.Right, element));
            case UnaryExpression { NodeType: ExpressionType.Not } not when not.Type == typeof(bool):
                FilterValue negated = Visit(not.Operand, element);
                return (record, one) => negated(record, one) is not true;
            case UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert:
                FilterValue converted = Visit(convert.Operand, element);
                if (FilterValues.Converter(convert.Type) is { } to) return (record, one) => to(converted(record, one));
                return convert.Method is null ? converted : throw NotSupported(node);
            case MemberExpression { Expression: { } owner } member when Nullable.GetUnderlyingType(owner.Type) is not null:
                FilterValue nullable = Visit(owner, element);
                return member.Member.Name == nameof(Nullable<int>.HasValue)
                    ? (record, one) => nullable(record, one) is not null
                    // As in a database, a comparison with the value of null is false.
                    : nullable;
            case MethodCallExpression call when ContainsOf(call) is var (source, item):
                return Contains(source, Visit(item, element), element);
            case MethodCallExpression { Method.Name: nameof(Enumerable.Any), Arguments: [var items, var condition] } any
                when any.Method.DeclaringType == typeof(Enumerable):
                LambdaExpression lambda = condition is UnaryExpression { NodeType: ExpressionType.Quote } quoted
                    ? (LambdaExpression)quoted.Operand : (LambdaExpression)condition;
                FilterValue list = Visit(items, element), passes = Visit(lambda.Body, lambda.Parameters[0]);
                return (record, one) => list(record, one) is IEnumerable all
                    && all.Cast<object?>().Any(each => passes(record, each) is true);
            case MethodCallExpression { Method.Name: nameof(Enumerable.Any), Arguments: [var items] } any
                when any.Method.DeclaringType == typeof(Enumerable):
                FilterValue elements = Visit(items, element);
                return (record, one) => elements(record, one) is IEnumerable all && all.GetEnumerator().MoveNext();
            case MethodCallExpression { Object: { } text, Arguments: [var part] } method when method.Method.DeclaringType == typeof(string):
                return Text(method, Visit(text, element), Visit(part, element));
        }
        throw NotSupported(node);
    }

    FilterValue Binary(BinaryExpression node, FilterValue left, FilterValue right) => node.NodeType switch
    {
        ExpressionType.AndAlso => (record, one) => left(record, one) is true && right(record, one) is true,
        ExpressionType.OrElse => (record, one) => left(record, one) is true || right(record, one) is true,
        ExpressionType.Equal => (record, one) => FilterValues.AreEqual(left(record, one), right(record, one)),
        ExpressionType.NotEqual => (record, one) => !FilterValues.AreEqual(left(record, one), right(record, one)),
        ExpressionType.LessThan => (record, one) => FilterValues.Compare(left(record, one), right(record, one)) < 0,
        ExpressionType.LessThanOrEqual => (record, one) => FilterValues.Compare(left(record, one), right(record, one)) <= 0,
        ExpressionType.GreaterThan => (record, one) => FilterValues.Compare(left(record, one), right(record, one)) > 0,
        ExpressionType.GreaterThanOrEqual => (record, one) => FilterValues.Compare(left(record, one), right(record, one)) >= 0,
        _ => throw NotSupported(node),
    };

    FilterValue Contains(Expression source, FilterValue item, ParameterExpression? element)
    {
        if (Parameters.AreIn(source))
        {
            FilterValue list = Visit(source, element);
            return (record, one) => list(record, one) is IEnumerable all && Has(all, item(record, one));
        }
        // A fixed list is looked up in constant time.
        HashSet<object> values = [];
        bool hasNull = false;
        foreach (object? value in Constants.Evaluate(source) as IEnumerable ?? throw NotSupported(source))
            if (value is null) hasNull = true;
            else values.Add(value);
        return (record, one) => item(record, one) is { } value ? values.Contains(value) : hasNull;

        static bool Has(IEnumerable all, object? value)
        {
            foreach (object? one in all)
                if (FilterValues.AreEqual(one, value)) return true;
            return false;
        }
    }

    /// <summary>The list and the item of a call of one of the methods named Contains; null for another call.</summary>
    static (Expression Source, Expression Item)? ContainsOf(MethodCallExpression call)
    {
        if (call.Method.Name != nameof(Enumerable.Contains) || call.Method.DeclaringType == typeof(string)) return null;
        return call switch
        {
            { Object: { } list, Arguments: [var item] } => (list, item),
            { Object: null, Arguments: [var list, var item] } => (Unspanned(list), item),
            { Object: null, Arguments: [var list, var item, ConstantExpression { Value: null }] } => (Unspanned(list), item),
            _ => null,
        };
    }

    /// <summary>The array behind a conversion to a span, which the compiler inserts.</summary>
    static Expression Unspanned(Expression node) => node switch
    {
        MethodCallExpression { Method.Name: "op_Implicit", Arguments: [var array] } => Unspanned(array),
        UnaryExpression { NodeType: ExpressionType.Convert } convert when convert.Type.IsByRefLike || convert.Method is not null =>
            Unspanned(convert.Operand),
        _ => node,
    };

    FilterValue Text(MethodCallExpression call, FilterValue text, FilterValue part) => call.Method.Name switch
    {
        nameof(string.Contains) when call.Arguments[0].Type == typeof(string) => (record, one) =>
            text(record, one) is string all && part(record, one) is string some && all.Contains(some, StringComparison.Ordinal),
        nameof(string.StartsWith) when call.Arguments[0].Type == typeof(string) => (record, one) =>
            text(record, one) is string all && part(record, one) is string some && all.StartsWith(some, StringComparison.Ordinal),
        nameof(string.EndsWith) when call.Arguments[0].Type == typeof(string) => (record, one) =>
            text(record, one) is string all && part(record, one) is string some && all.EndsWith(some, StringComparison.Ordinal),
        nameof(string.Equals) when call.Arguments[0].Type == typeof(string) => (record, one) =>
            FilterValues.AreEqual(text(record, one), part(record, one)),
        _ => throw NotSupported(call),
    };

    /// <summary>The property that a node reads of the record; null for another node.</summary>
    PropertyModel? PropertyOf(Expression node)
    {
        string? name = node switch
        {
            MemberExpression member when member.Expression == _record => member.Member.Name,
            MethodCallExpression { Method.Name: "get_Item", Arguments: [var key] } call when call.Object == _record
                && !Parameters.AreIn(key) => (string?)Constants.Evaluate(key),
            IndexExpression { Arguments: [var key] } item when item.Object == _record && !Parameters.AreIn(key) =>
                (string?)Constants.Evaluate(key),
            _ => null,
        };
        if (name is null) return null;
        if (!_model.PropertyMap.TryGetValue(name, out PropertyModel? property))
            throw new InvalidOperationException($"Property name '{name}' in the filter is not a property of the records; they have "
                + $"{string.Join(", ", _model.PropertyMap.Keys)}.");
        return property is VectorPropertyModel
            ? throw new NotSupportedException($"Property '{name}' in the filter is a vector; filter by the key or data properties.")
            : property;
    }

    static NotSupportedException NotSupported(Expression node) => new(
        $"The filter has a part '{node}' that is not supported. There are comparisons, &&, ||, !, Contains, Any, HasValue, Value, "
        + "StartsWith, EndsWith, and values that do not depend on the record.");
}
