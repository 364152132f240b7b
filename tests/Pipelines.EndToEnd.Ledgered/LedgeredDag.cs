using Pipelines;

namespace Pipelines.EndToEnd.Ledgered;

/// <summary>An hour of ticks, a minute each, that have all passed.</summary>
[Dag("ledgered_ticks", Cron = "* * * * *", Start = "2020-01-01", End = "2020-01-01T01:00", Catchup = Catchup.All, MaxActiveRuns = 16)]
public sealed class LedgeredTicks : LedgeredDag;

/// <summary>For a backfill of as many days as a test likes.</summary>
[Dag("ledgered_days", Cron = "@daily", Start = "2020-01-01", End = "2022-01-01", Catchup = Catchup.None)]
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
/// Ten tasks in all the ways the engine has of moving on: a chain, a fan, a map with its reduction, a pool, a retry, a join whatever
/// happened, a wait without a body, and a callback. The test that judges the ledger has the same graph written down once more.
/// </summary>
public abstract class LedgeredDag : Dag
{
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
        dag.Task(Publish, sum).After(late, pause).OnSuccess(Thank);
    }

    public async Task<IReadOnlyList<long>> Plan(TaskContext context)
    {
        await context.SaveArtefactAsync("plan.txt", "text/plain", "three parts"u8.ToArray());
        await Effect.HappensAsync(context);
        return [context.RunId * 10, context.RunId * 10 + 1, context.RunId * 10 + 2];
    }

    public async Task<long> Part(long part, TaskContext context)
    {
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

    public Task Left(TaskContext context) => Effect.HappensAsync(context);

    public Task Right(TaskContext context) => Effect.HappensAsync(context);

    /// <summary>Fails on its first attempt, unless that one is lost.</summary>
    public async Task Flaky(TaskContext context)
    {
        await Effect.HappensAsync(context);
        if (context.Attempt == 1)
            throw new InvalidOperationException("The first attempt fails.");
    }

    public Task Join(TaskContext context) => Effect.HappensAsync(context);

    public async Task Logs(TaskContext context)
    {
        for (var line = 1; line <= 10; line++)
            Console.WriteLine($"line {line} of attempt {context.Attempt}");
        await Effect.HappensAsync(context);
        Console.WriteLine("the last line");
    }

    public Task Late(TaskContext context) => Effect.HappensAsync(context);

    public Task Thank(TaskContext context) => Effect.HappensAsync(context);

    public async Task<long> Publish(long sum, TaskContext context)
    {
        await Effect.HappensAsync(context);
        return sum == 60 * context.RunId + 6 ? sum : throw context.Fail($"Got {sum} in run {context.RunId}.");
    }
}
