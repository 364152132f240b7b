using Pipelines;

namespace Pipelines.EndToEnd.Dags;

/// <summary>One task that does nothing.</summary>
[Dag("good", MaxActiveRuns = 100)]
public sealed class Good : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public string Only(TaskContext context) => $"run {context.RunId}";
}

/// <summary>48 ticks that have all passed.</summary>
[Dag("hourly", Cron = "0 * * * *", Start = "2026-01-01", End = "2026-01-03", Catchup = Catchup.All)]
public sealed class Hourly : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public void Only()
    {
    }
}

/// <summary>A tick every second, from when it is first seen.</summary>
[Dag("every_second", Cron = "* * * * * *", Catchup = Catchup.All, MaxActiveRuns = 100)]
public sealed class EverySecond : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public void Only()
    {
    }
}

/// <summary>Three tasks in a row, the middle one held by a gate, in a pool.</summary>
[Dag("gated", MaxActiveRuns = 100)]
public sealed class Gated : Dag
{
    public override void Define(DagBuilder dag)
    {
        var held = dag.Task(Hold).Pool("gates");
        dag.Task(Release).After(held);
    }

    /// <summary>Honours its token.</summary>
    public Task<int> Hold(TaskContext context) => Gate.PassAsync($"hold-{context.RunId}", context.Cancellation);

    public void Release()
    {
    }
}

/// <summary>Two tasks beside each other: a test opens one and leaves the other waiting.</summary>
[Dag("quick_and_slow")]
public sealed class QuickAndSlow : Dag
{
    public override void Define(DagBuilder dag)
    {
        dag.Task(Quick);
        dag.Task(Slow);
    }

    /// <summary>Finishes its work whatever its token says.</summary>
    public Task<int> Quick() => Gate.PassAsync("quick", CancellationToken.None);

    public Task<int> Slow(TaskContext context) => Gate.PassAsync("slow", context.Cancellation);
}
