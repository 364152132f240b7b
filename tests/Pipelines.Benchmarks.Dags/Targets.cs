using Pipelines;

namespace Pipelines.Benchmarks.Dags;

/// <summary>21,000 tasks: 210 rows of 100, each after its left neighbour and the one above that.</summary>
[Dag("bench_grid21000")]
public sealed class Grid21000 : Dag
{
    public override void Define(DagBuilder dag)
    {
        var column = new TaskNode<Stamp>[210];
        for (var row = 0; row < column.Length; row++)
            column[row] = dag.Task($"r{row}c0", First);
        for (var no = 1; no < 100; no++)
        {
            var next = new TaskNode<Stamp>[column.Length];
            for (var row = 0; row < column.Length; row++)
                next[row] = dag.Task($"r{row}c{no}", Next, column[row], column[Math.Max(0, row - 1)]);
            column = next;
        }
    }

    public Stamp First() => Stamp.Now();

    public Stamp Next(Stamp left, Stamp above) => Stamp.Now();
}

/// <summary>How many instances wait for what.</summary>
public sealed record WaitingArguments(int Retry = 0, int HeldBack = 0, int Pooled = 0);

/// <summary>Instances that wait as long as the system lives: for a retry, for their turn in a mapped task, for a slot of a pool that is full.</summary>
[Dag("bench_waiting", MaxActiveRuns = 1_000_000)]
public sealed class Waiting : Dag<WaitingArguments>
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(6);

    public override void Define(DagBuilder dag)
    {
        dag.Map("retry", Later, dag.Task(ToRetry)).Retry(2, TimeSpan.FromHours(1));
        dag.Map("held_back", Later, dag.Task(ToHoldBack), maxParallel: 1).Retry(2, TimeSpan.FromHours(1));
        dag.Map("pooled", Hold, dag.Task(ToPool)).Pool("bench_full");
    }

    public int[] ToRetry() => [.. Enumerable.Range(0, Arguments.Retry)];

    public int[] ToHoldBack() => [.. Enumerable.Range(0, Arguments.HeldBack)];

    public int[] ToPool() => [.. Enumerable.Range(0, Arguments.Pooled)];

    public void Later(int element, TaskContext context) => throw context.RetryIn(Long);

    public Task Hold(int element, TaskContext context) => Task.Delay(Long, context.Cancellation);
}

/// <summary>One task in a pool that has room.</summary>
[Dag("bench_roomy", MaxActiveRuns = 1_000_000)]
public sealed class Roomy : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only).Pool("bench_roomy");

    public Stamp Only() => Stamp.Now();
}

/// <summary>How many sensors one run has, and how often they are polled.</summary>
public sealed record SensorArguments(int Sensors = 0);

/// <summary>Sensors that never find anything.</summary>
[Dag("bench_sensors", MaxActiveRuns = 1_000_000)]
public sealed class Sensors : Dag<SensorArguments>
{
    public override void Define(DagBuilder dag)
    {
        var all = dag.Task(All);
        dag.MapGroup("each", all, (g, one) =>
        {
            g.Sensor(Ready, one).Poll(TimeSpan.FromMinutes(1), timeout: TimeSpan.FromDays(7));
        });
    }

    public int[] All() => [.. Enumerable.Range(0, Arguments.Sensors)];

    public bool Ready(int one) => false;
}

/// <summary>Delays that are over at once.</summary>
[Dag("bench_delays", MaxActiveRuns = 1_000_000)]
public sealed class Delays : Dag<SensorArguments>
{
    public override void Define(DagBuilder dag)
    {
        var all = dag.Task(All);
        dag.MapGroup("each", all, (g, one) =>
        {
            g.Delay("pause", TimeSpan.FromSeconds(30));
        });
    }

    public int[] All() => [.. Enumerable.Range(0, Arguments.Sensors)];
}
