using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Rowan.Numerics;

/// <summary>Checks that cost nothing while they hold: the message is built only when the condition fails.</summary>
[StackTraceHidden]
static class Require
{
    /// <summary>Throws <see cref="ArgumentException"/> with the message unless the condition holds.</summary>
    /// <param name="holds">What must be true.</param>
    /// <param name="message">Operation, values, bound, remedy; formatted only on failure.</param>
    /// <param name="paramName">The parameter at fault, where one is.</param>
    public static void That([DoesNotReturnIf(false)] bool holds,
        [InterpolatedStringHandlerArgument(nameof(holds))] ref RequireMessage message, string? paramName = null)
    {
        if (!holds) throw new ArgumentException(message.ToString(), paramName);
    }

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/> with the message unless the condition holds.</summary>
    public static void InRange([DoesNotReturnIf(false)] bool holds,
        [InterpolatedStringHandlerArgument(nameof(holds))] ref RequireMessage message, string paramName)
    {
        if (!holds) throw new ArgumentOutOfRangeException(paramName, message.ToString());
    }

    /// <summary>Throws <see cref="InvalidOperationException"/> with the message unless the condition holds.</summary>
    public static void State([DoesNotReturnIf(false)] bool holds,
        [InterpolatedStringHandlerArgument(nameof(holds))] ref RequireMessage message)
    {
        if (!holds) throw new InvalidOperationException(message.ToString());
    }

    /// <summary>Throws <see cref="InvalidDataException"/> with the message unless the condition holds: for what files say.</summary>
    public static void Data([DoesNotReturnIf(false)] bool holds,
        [InterpolatedStringHandlerArgument(nameof(holds))] ref RequireMessage message)
    {
        if (!holds) throw new InvalidDataException(message.ToString());
    }
}

/// <summary>An interpolated message that stays unformatted while the condition holds.</summary>
[InterpolatedStringHandler]
ref struct RequireMessage
{
    DefaultInterpolatedStringHandler _text;

    /// <summary>Begins a message; <paramref name="needed"/> is false while the condition holds, and nothing is formatted.</summary>
    public RequireMessage(int literalLength, int formattedCount, bool holds, out bool needed)
    {
        needed = !holds;
        _text = needed ? new(literalLength, formattedCount, System.Globalization.CultureInfo.InvariantCulture) : default;
    }

    /// <summary>Adds fixed text.</summary>
    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    /// <summary>Adds a value.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>Adds a value with a format.</summary>
    public void AppendFormatted<T>(T value, string? format) => _text.AppendFormatted(value, format);

    /// <inheritdoc/>
    public override string ToString() => _text.ToStringAndClear();
}
