using System.Data.Common;

namespace Pipelines.Engine.Ports;

/// <summary>A connection that the operator configured.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">How to connect; it may hold a password.</param>
public sealed record NamedConnection(string Name, string Text);

/// <summary>One try of a step whose work is SQL.</summary>
/// <param name="WorkerId">Whose attempt it is.</param>
/// <param name="Key">The instance.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Since">The instance's first start: another one means another life.</param>
/// <param name="Name">The step's name.</param>
/// <param name="IdempotencyKey">What the instance is called elsewhere.</param>
/// <param name="Connection">Where; null: in the store's own database.</param>
/// <param name="Completes">Whether the attempt is to end with it, if it is done in the store's own database.</param>
public sealed record TransactionCall(
    int WorkerId, InstanceKey Key, short Attempt, DateTimeOffset Since, string Name, string IdempotencyKey, NamedConnection? Connection, bool Completes)
{
    public int Tries { get; init; } = 1;

    /// <summary>Whether it may have been done before, elsewhere.</summary>
    public bool Look { get; init; }
}

/// <summary>What a try has come to.</summary>
public enum TransactionEnd
{
    /// <summary>Committed, and the step is kept with it.</summary>
    Kept,

    /// <summary>Committed, and the attempt has ended with it.</summary>
    Completed,

    /// <summary>Done in another database, now or before: the step is to be kept yet.</summary>
    Elsewhere,

    /// <summary>The step had been done already; nothing was changed.</summary>
    DoneBefore,

    /// <summary>The attempt is not this worker's any more; nothing was changed.</summary>
    Fenced,
}

/// <param name="End">What it has come to.</param>
/// <param name="Output">UTF-8 JSON; null: it is where steps are kept.</param>
public sealed record TransactionAnswer(TransactionEnd End, byte[]? Output = null);

/// <summary>SQL of bodies, committed together with the fact that it was done.</summary>
public interface ITransactionStore
{
    /// <exception cref="TransactionConflictException">Rolled back for another transaction's sake.</exception>
    /// <exception cref="TransactionLostException">The connection broke.</exception>
    /// <exception cref="FailTaskException">It can never be done so.</exception>
    Task<TransactionAnswer> TransactAsync(TransactionCall call, Func<DbConnection, DbTransaction, Task<byte[]>> body, CancellationToken cancellation);
}

/// <summary>A serialization failure or a deadlock: nothing has happened, and another try may succeed.</summary>
public sealed class TransactionConflictException(string message, Exception inner) : Exception(message, inner);

/// <summary>The connection is gone, or was never there.</summary>
/// <param name="message">Which, and why.</param>
/// <param name="uncertain">Whether it may have been committed.</param>
/// <param name="inner">The driver's word.</param>
public sealed class TransactionLostException(string message, bool uncertain, Exception inner) : Exception(message, inner)
{
    public bool Uncertain { get; } = uncertain;
}
