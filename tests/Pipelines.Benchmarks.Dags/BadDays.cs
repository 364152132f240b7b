using Pipelines;

namespace Pipelines.Benchmarks.Dags;

/// <summary>How many attempts are to be lost before one returns.</summary>
public sealed record LastingArguments(int Lost = 0);

/// <summary>A task whose worker is killed under it.</summary>
[Dag("bench_lasting")]
public sealed class Lasting : Dag<LastingArguments>
{
    public override void Define(DagBuilder dag) => dag.Task(Last);

    public Task Last(TaskContext context) =>
        context.Attempt <= Arguments.Lost ? Task.Delay(Timeout.Infinite, context.Cancellation) : Task.CompletedTask;
}

/// <summary>Work that goes on for a while: 300 steps of 20 ms.</summary>
[Dag("bench_steps")]
public sealed class Steps : Dag
{
    public override void Define(DagBuilder dag)
    {
        var last = dag.Task("s0", Step);
        for (var i = 1; i < 300; i++)
            last = dag.Task($"s{i}", Step).After(last);
    }

    public Task Step(TaskContext context) => Task.Delay(20, context.Cancellation);
}

/// <summary>A tick every second. The program pauses it wherever something else is measured.</summary>
[Dag("bench_second", Cron = "* * * * * *", Catchup = Catchup.All)]
public sealed class EverySecond : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public Stamp Only() => Stamp.Now();
}
