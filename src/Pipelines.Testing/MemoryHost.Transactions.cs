using System.Data;
using System.Data.Common;

namespace Pipelines.Testing;

/// <content>SQL of the body, on a connection of the test's.</content>
internal sealed partial class MemoryHost
{
    /// <summary>The task's output, when it has succeeded with its last transaction, whatever its body does then; null: it has not.</summary>
    public byte[]? Completed { get; private set; }

    public async Task<byte[]> TransactAsync(
        string name, Func<DbConnection, DbTransaction, Task<byte[]>> body, string? connection, string idempotencyKey, bool completes, CancellationToken cancellation)
    {
        var done = await TransactAsync(name, body, connection, cancellation).ConfigureAwait(false);
        if (completes && connection is null)
            Completed ??= done;
        return done;
    }

    private Task<byte[]> TransactAsync(string name, Func<DbConnection, DbTransaction, Task<byte[]>> body, string? connection, CancellationToken cancellation) => steps.RunAsync(
        name,
        async () =>
        {
            var open = settings.Database?.Invoke(connection) ?? throw new FailTaskException("This test has no database.");
            await using var disposed = open.ConfigureAwait(false);
            if (open.State != ConnectionState.Open)
                await open.OpenAsync(cancellation).ConfigureAwait(false);
            var transaction = await open.BeginTransactionAsync(cancellation).ConfigureAwait(false);
            await using var ended = transaction.ConfigureAwait(false);
            var output = await body(open, transaction).ConfigureAwait(false);
            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
            return output;
        },
        RetryPolicy.None, cancellation);
}
