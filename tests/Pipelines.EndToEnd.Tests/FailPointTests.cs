using NodaTime;
using Pipelines.Engine;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;

namespace Pipelines.EndToEnd.Tests;

/// <summary>
/// A process dies once at every point where it could, before and after each statement it sends; another one of its kind is there.
/// The points are the blocks of the .sql files themselves, so a new statement is swept without a word here.
/// </summary>
internal static class FailPoints
{
    private static readonly string[] Reads =
    [
        "scheduler/due", "scheduler/ready_waits", "scheduler/open_backfills", "scheduler/next_due", "catalog/load_bundle", "catalog/load_version", "catalog/sources", "worker/outputs", "worker/mine", "worker/failures", "worker/updates", "worker/load_steps", "transactions/place",
    ];

    /// <summary>What a worker sends: its own statements, and it fetches what it runs.</summary>
    public static IEnumerable<string> OfWorkers => Around(Queries.All.Keys.Where(IsOfWorkers)).Concat([FailPoint.BeforeBody, FailPoint.AfterBody]);

    /// <summary>What a scheduler sends: its own statements, it loads what is dropped, and it delivers.</summary>
    public static IEnumerable<string> OfSchedulers => Around(Queries.All.Keys.Where(block =>
        block.StartsWith("scheduler/", StringComparison.Ordinal) || block is "notifications/claim" or "notifications/record"
        || (block.StartsWith("catalog/", StringComparison.Ordinal) && !IsOfWorkers(block)))).Append(FailPoint.AfterDelivery);

    /// <summary>Starts a process that dies at the point, with a home of its own, and does <paramref name="provoke"/> until it has.</summary>
    public static async Task DieAtAsync(Installation at, string point, Func<Running, Task> provoke, params string[] arguments)
    {
        var process = at.StartWith("PIPELINES_FAILPOINT", point, Path.Combine(at.Home, $"dies-{point.Replace('/', '-').Replace('@', '-')}"), arguments);
        await at.UntilAsync($"a process dies at {point}", async () =>
        {
            if (!process.HasExited)
                await provoke(process);
            return process.HasExited;
        });
        var ended = await process.EndAsync();
        Assert.True(ended.Code == 128 + 9, $"At {point} the process has not died but ended with code {ended.Code}.\n{process}");
    }

    private static bool IsOfWorkers(string block) => block.StartsWith("worker/", StringComparison.Ordinal) || block is "catalog/load_bundle" or "catalog/load_version"
        or "transactions/place" or "transactions/mark" or "transactions/keep" or "transactions/complete" or "transactions/record"
        or "locks/take" or "locks/release" or "locks/rate" or "signals/take" or "signals/send" or "values/save";

    /// <summary>After a plain read nothing has changed: dying there is dying before whatever comes next.</summary>
    private static IEnumerable<string> Around(IEnumerable<string> blocks) => blocks.Order(StringComparer.Ordinal).SelectMany(block =>
        Reads.Contains(block) ? [$"{block}.before"] : new[] { $"{block}.before", $"{block}.after" });
}

public sealed class WorkerFailPointTests
{
    /// <summary>Later hits of the busiest statement: idle, with work handed out, with reports, with both.</summary>
    private static readonly string[] More = ["worker/advance.after@2", "worker/advance.before@3", "worker/advance.after@3", "worker/advance.after@5", "worker/append_log.after@2"];

    [Fact]
    public async Task A_worker_that_dies_at_any_point_loses_nothing()
    {
        await using var at = await Installation.CreateAsync(Built.Ledgered);
        await using var ledger = await Ledger.OpenAsync(at);
        await at.SchedulerAsync("ledgered");
        await at.WorkerAsync("--slots", "32");
        await using var db = new Db(at.Database);
        var operations = new PostgresOperations(db);
        var started = 0;
        var told = 0;

        // What is sent after a broken call only takes connections to be broken, which the others would not survive while they start.
        var points = FailPoints.OfWorkers.Concat(More).ToLookup(point => point.StartsWith("worker/mine", StringComparison.Ordinal));
        await Parallel.ForEachAsync(points[false], new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (point, _) => await DieAtAsync(point));
        foreach (var point in points[true])
            await DieAtAsync(point);
        await at.UntilAsync("all runs end", async () => await at.CountAsync("select count(*) from dag_run where state in ('q', 'r')") == 0);

        var lost = await ledger.JudgeAsync(at, 60 + started, null, new HashSet<int>());
        Assert.True(lost > 0, "No attempt was lost, so nothing was proven.");

        Task DieAtAsync(string point) =>
            FailPoints.DieAtAsync(at, point, process => ProvokeAsync(point, process), "worker", "--slots", "1", "--lease", "3");

        async Task ProvokeAsync(string point, Running process)
        {
            if (await at.CountAsync("select count(*) from dag_run where state in ('q', 'r') and kind = 'm'") < 4)
            {
                Interlocked.Increment(ref started);
                await operations.StartRunAsync(new NewRun("ledgered"), "test", CancellationToken.None);
            }

            var known = await at.WorkerIdsOf(process) is { Length: > 0 };
            if (known && point.StartsWith("worker/leave", StringComparison.Ordinal) && Interlocked.Exchange(ref told, process.Id) != process.Id)
                process.Terminate();
            if (known && point.StartsWith("worker/mine", StringComparison.Ordinal))
                await at.CountAsync("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'pipelines engine' and state <> 'idle'");
        }
    }
}

public sealed class SchedulerFailPointTests
{
    [Fact]
    public async Task A_scheduler_that_dies_at_any_point_misses_nothing_and_doubles_nothing()
    {
        await using var at = await Installation.CreateAsync(Built.Ledgered, Built.Dags);
        await using var ledger = await Ledger.OpenAsync(at);
        at.DropCorrupt("broken");
        await at.SchedulerAsync("every_second");
        await at.LoadedAsync("ledgered_days");
        at.Open("misbehave");
        await at.WorkerAsync("--slots", "32");
        await using var db = new Db(at.Database);
        var operations = new PostgresOperations(db);
        var days = 0;

        await Parallel.ForEachAsync(FailPoints.OfSchedulers, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (point, _) =>
            await FailPoints.DieAtAsync(at, point, _ => ProvokeAsync(point), "scheduler", "--dags", at.Dags));
        var ticks = await at.TickNoMoreAsync();
        await at.UntilAsync("all backfills end", async () => await at.CountAsync("select count(*) from backfill where state = 'r'") == 0);

        await ledger.JudgeAsync(at, 60 + days, new HashSet<int>(), new HashSet<int>());
        await Proof.SucceededOnceAsync(at.Store, "ledgered_ticks", 60);
        await Proof.SucceededOnceAsync(at.Store, "ledgered_days", days);
        Assert.Equal(days, await at.CountAsync("select count(*) from notification where what = 's'"));
        await Proof.SucceededOnceAsync(at.Store, "hourly", 48);
        await Proof.SucceededOnceAsync(at.Store, "every_second", ticks);

        async Task ProvokeAsync(string point)
        {
            if (point.StartsWith("scheduler/tell", StringComparison.Ordinal))
                await at.ScalarAsync("update dag set next_due = clock_timestamp() where dag_id = 'misbehaves'");
            if (await at.CountAsync("select count(*) from backfill where state = 'r'") >= 4)
                return;
            var day = new LocalDate(2020, 1, 1).PlusDays(Interlocked.Increment(ref days) - 1);
            await operations.CreateBackfillAsync(new NewBackfill("ledgered_days", day, day, "missing", false, 1, 1), "test", CancellationToken.None);
        }
    }
}
