using System.Linq.Expressions;
using System.Reflection;

namespace Rowan.Extensions.AI;

/// <summary>The values of parts of a filter that do not depend on the record: captured locals, members, statics, calculations.</summary>
static class Constants
{
    /// <summary>The value of a node.</summary>
    /// <exception cref="InvalidOperationException">A member of null is read, such as Value of a nullable without one.</exception>
    public static object? Evaluate(Expression node)
    {
        switch (node)
        {
            case ConstantExpression constant:
                return constant.Value;
            case MemberExpression member when Nullable.GetUnderlyingType(member.Expression?.Type ?? typeof(object)) is null:
                object? owner = member.Expression is null ? null : Evaluate(member.Expression);
                if (member.Expression is not null && owner is null)
                    throw new InvalidOperationException($"The filter reads '{member.Member.Name}' of null.");
                return member.Member is FieldInfo field ? field.GetValue(owner) : ((PropertyInfo)member.Member).GetValue(owner);
            case NewArrayExpression { NodeType: ExpressionType.NewArrayInit } array:
                return Array.ConvertAll([.. array.Expressions], Evaluate);
            default:
                // Interpreted: compiling is slower, and impossible under Native AOT.
                return Expression.Lambda<Func<object?>>(Expression.Convert(node, typeof(object))).Compile(preferInterpretation: true)();
        }
    }
}

/// <summary>Whether a part of a filter depends on the record, or on an element of one of its lists.</summary>
sealed class Parameters : ExpressionVisitor
{
    readonly HashSet<ParameterExpression> _own = [];
    bool _found;

    public static bool AreIn(Expression node)
    {
        var visitor = new Parameters();
        visitor.Visit(node);
        return visitor._found;
    }

    protected override Expression VisitLambda<T>(Expression<T> node)
    {
        _own.UnionWith(node.Parameters);
        return base.VisitLambda(node);
    }

    protected override Expression VisitParameter(ParameterExpression node)
    {
        _found |= !_own.Contains(node);
        return node;
    }
}
