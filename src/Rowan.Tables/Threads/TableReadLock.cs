using Rowan.Tables;

namespace Rowan;

/// <summary>Keeps steps and writes by other threads out of a table until it is disposed: <see cref="Table.LockForReading"/>.</summary>
public readonly ref struct TableReadLock
{
    readonly TableGuard _guard;
    readonly TableGuard.Hold _hold;

    internal TableReadLock(TableGuard guard, TableGuard.Hold hold)
    {
        (_guard, _hold) = (guard, hold);
        guard.OpenScope();
    }

    /// <summary>Lets others write again.</summary>
    public void Dispose()
    {
        _guard.CloseScope();
        _hold.Dispose();
    }
}
