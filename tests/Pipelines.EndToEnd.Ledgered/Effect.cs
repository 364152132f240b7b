using System.Data.Common;
using Npgsql;
using Pipelines;

namespace Pipelines.EndToEnd.Ledgered;

/// <summary>
/// What every body here does: says in another database that it has begun, that it has done its step (once for all attempts), writes a row there and one in the program's own that may be there once, works a little, and says
/// that it has ended.
/// </summary>
internal static class Effect
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);
    private static readonly Lazy<NpgsqlDataSource> Source = new(() => NpgsqlDataSource.Create(
        Environment.GetEnvironmentVariable("PIPELINES_CONNECTION_LEDGER") ?? throw new InvalidOperationException("There is no connection to the ledger.")));

    public static async Task HappensAsync(TaskContext context)
    {
        Console.WriteLine($"attempt {context.Attempt} begins");
        await EnterAsync(context, "begun");
        await context.Step("once", () => EnterAsync(context, "stepped"));
        await context.TransactionAsync("there", (connection, _) => WriteAsync(context, connection, "there"), "ledger");
        await context.RateLimitAsync("effects", 1000.PerSecond with { Burst = 100 });
        await using (await context.LockAsync($"{context.TaskId} of {context.RunId}"))      // which only elements of one task wait for
            await context.TransactionAsync("here", (connection, _) => WriteAsync(context, connection, "here"));
        await Task.Delay(TimeSpan.FromMilliseconds(40 + (context.RunId * 31 + context.TaskId.Length * 7) % 200), context.Cancellation);
        await EnterAsync(context, "ended");
    }

    /// <summary>The same, and the task has succeeded with its last row.</summary>
    public static async Task HappensToTheEndAsync(TaskContext context)
    {
        await HappensAsync(context);
        await context.CompleteAsync("last", (connection, _) => WriteAsync(context, connection, "last"));
    }

    private static async Task WriteAsync(TaskContext context, DbConnection connection, string what)
    {
        await using var command = new NpgsqlCommand("insert into effect(what, run_id, task_id, map_index, attempt) values ($1, $2, $3, $4, $5)", (NpgsqlConnection)connection);
        foreach (var value in new object[] { what, context.RunId, context.TaskId, context.MapIndex ?? -1, context.Attempt })
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(context.Cancellation);
    }

    /// <summary>Tries until it is certain that the entry is there, once: a server that is away must not fail the attempt.</summary>
    private static async Task EnterAsync(TaskContext context, string what)
    {
        for (var entry = Guid.NewGuid(); ; await Task.Delay(Again, context.Cancellation))
        {
            try
            {
                await using var command = Source.Value.CreateCommand("""
                    insert into entry(entry, what, run_id, task_id, map_index, attempt, process) values ($1, $2, $3, $4, $5, $6, $7)
                    on conflict (entry) do nothing
                    """);
                foreach (var value in new object[] { entry, what, context.RunId, context.TaskId, context.MapIndex ?? -1, context.Attempt, Environment.ProcessId })
                    command.Parameters.Add(new() { Value = value });
                await command.ExecuteNonQueryAsync(context.Cancellation);
                return;
            }
            catch (NpgsqlException) when (!context.Cancellation.IsCancellationRequested)
            {
            }
        }
    }
}
