using Pipelines;

namespace Pipelines.EndToEnd.Ledgered;

/// <summary>An hour of ticks, a minute each, that have all passed.</summary>
[Dag("ledgered_ticks", Cron = "* * * * *", Start = "2020-01-01", End = "2020-01-01T01:00", Catchup = Catchup.All, MaxActiveRuns = 16, VersionPolicy = VersionPolicy.Adopt)]
public sealed class LedgeredTicks : LedgeredDag;

/// <summary>For a backfill of as many days as a test likes.</summary>
[Dag("ledgered_days", Cron = "@daily", Start = "2020-01-01", End = "2050-01-01", Catchup = Catchup.None, VersionPolicy = VersionPolicy.AdoptPending)]
public sealed class LedgeredDays : LedgeredDag
{
    public override void Define(DagBuilder dag)
    {
        base.Define(dag);
        dag.Notify(NotifyOn.Success, "nobody");
    }
}

/// <summary>Only when asked for.</summary>
[Dag("ledgered", MaxActiveRuns = 100)]
public sealed class LedgeredByHand : LedgeredDag
{
    public override void Define(DagBuilder dag)
    {
        base.Define(dag);
        dag.Schedule(new Asset("ledgered/nothing"));    // which nobody updates, but its attempts ask for updates
    }
}

/// <summary>
/// Thirteen tasks and a callback in all the ways the engine has of moving on: a chain, a fan, a map with its reduction, a pool, a retry, a join
/// whatever happened, waits without a body and in one, and signals. The test that judges the ledger has the same graph written down once more.
/// </summary>
public abstract class LedgeredDag : Dag
{
    /// <summary>Patched in the built assembly where a test replaces it: even versions have one task more.</summary>
    private static readonly string Version = "version-0001";

    public override void Define(DagBuilder dag)
    {
        var plan = dag.Task(Plan);
        var sum = dag.Task(Sum, dag.Map(Part, plan), plan);
        var left = dag.Task(Left).After(plan).Pool("narrow");
        var right = dag.Task(Right).After(plan).Pool("narrow");
        var flaky = dag.Task(Flaky).After(left).Retry(3, TimeSpan.FromMilliseconds(50));
        var join = dag.Task(Join).After(left, right);
        var logs = dag.Task(Logs).After(right);
        var late = dag.Task(Late).After(flaky, join).TriggerRule(TriggerRule.AllDone);
        var pause = dag.Delay("pause", TimeSpan.FromMilliseconds(50)).After(logs);
        var rest = dag.Task(Rest, dag.Signal<long>("word"));
        var publish = dag.Task(Publish, sum, rest).After(late, pause).OnSuccess(Thank);
        if ((Version[^1] - '0') % 2 == 0)
            dag.Task(Audit).After(publish);
    }

    public async Task<IReadOnlyList<long>> Plan(TaskContext context)
    {
        await context.SaveArtefactAsync("plan.txt", "text/plain", "three parts"u8.ToArray());
        await Effect.HappensAsync(context);
        return [context.RunId * 10, context.RunId * 10 + 1, context.RunId * 10 + 2];
    }

    public async Task<long> Part(long part, TaskContext context)
    {
        await context.SetValueAsync("part", part);
        await Effect.HappensAsync(context);
        return part * 2;
    }

    /// <summary>A value of another run, a missing one, one twice or in another order would show here.</summary>
    public async Task<long> Sum(IReadOnlyList<long> doubled, IReadOnlyList<long> plan, TaskContext context)
    {
        await Effect.HappensAsync(context);
        return doubled.SequenceEqual(plan.Select(part => part * 2)) && plan[0] == context.RunId * 10
            ? doubled.Sum()
            : throw context.Fail($"Got {string.Join(", ", doubled)} of {string.Join(", ", plan)} in run {context.RunId}.");
    }

    public Task Left(TaskContext context) => Effect.HappensToTheEndAsync(context);

    public async Task Right(TaskContext context)
    {
        await Effect.HappensAsync(context);
        await context.SignalAsync(context.RunId, "word", context.RunId * 3);
    }

    /// <summary>Two signals, each sent by several attempts where some are lost or fail: one twice or a missing one would show here.</summary>
    public async Task<long> Rest(long word, TaskContext context)
    {
        await context.SleepAsync("rest", TimeSpan.FromMilliseconds(50));
        var answer = await context.WaitForSignalAsync<long>("answer");
        await Effect.HappensAsync(context);
        return word == context.RunId * 3 && answer?.Value == context.RunId * 5 ? word + answer.Value : throw context.Fail($"Got {word} and {answer} in run {context.RunId}.");
    }

    public Task Audit(TaskContext context) => Effect.HappensAsync(context);

    /// <summary>Fails on its first attempt, unless that one is lost.</summary>
    public async Task Flaky(TaskContext context)
    {
        await context.SignalAsync(context.RunId, "answer", context.RunId * 5);
        await Effect.HappensAsync(context);
        if (context.Attempt == 1)
            throw new InvalidOperationException("The first attempt fails.");
    }

    public Task Join(TaskContext context) => Effect.HappensToTheEndAsync(context);

    public async Task Logs(TaskContext context)
    {
        for (var line = 1; line <= 10; line++)
            Console.WriteLine($"line {line} of attempt {context.Attempt}");
        await Effect.HappensAsync(context);
        Console.WriteLine("the last line");
    }

    public Task Late(TaskContext context) => Effect.HappensToTheEndAsync(context);

    public Task Thank(TaskContext context) => Effect.HappensAsync(context);

    public async Task<long> Publish(long sum, long told, TaskContext context)
    {
        await Effect.HappensAsync(context);
        return sum == 60 * context.RunId + 6 && told == 8 * context.RunId ? sum : throw context.Fail($"Got {sum} and {told} in run {context.RunId}.");
    }
}
