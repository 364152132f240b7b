using System.Diagnostics;
using Pipelines;

namespace Pipelines.Benchmarks.Dags;

/// <summary>When a no-op body began and ended, on the machine's monotonic clock: comparable between processes.</summary>
public readonly record struct Stamp(long Start, long End)
{
    public static Stamp Now()
    {
        var now = Stopwatch.GetTimestamp();
        return new(now, now);
    }
}

/// <summary>W1 and W3: a chain of tasks, each taking the one before.</summary>
public abstract class Chain(int length) : Dag
{
    public override void Define(DagBuilder dag)
    {
        var last = dag.Task("t0", First);
        for (var i = 1; i < length; i++)
            last = dag.Task($"t{i}", Next, last);
    }

    public Stamp First() => Stamp.Now();

    public Stamp Next(Stamp before) => Stamp.Now();
}

[Dag("bench_chain10", MaxActiveRuns = 1_000_000)]
public sealed class Chain10() : Chain(10);

[Dag("bench_chain40", MaxActiveRuns = 1_000_000)]
public sealed class Chain40() : Chain(40);

[Dag("bench_chain200", MaxActiveRuns = 1_000_000)]
public sealed class Chain200() : Chain(200);

public sealed record FanArguments(int Width = 10_000);

/// <summary>W2: a list, an instance an element, and a join.</summary>
[Dag("bench_fan", MaxActiveRuns = 1_000_000)]
public sealed class Fan : Dag<FanArguments>
{
    public override void Define(DagBuilder dag)
    {
        var list = dag.Task(List);
        var work = dag.Map(Work, list);
        dag.Task(Join).After(work);
    }

    public int[] List() => [.. Enumerable.Range(0, Arguments.Width)];

    public Stamp Work(int element) => Stamp.Now();

    public Stamp Join() => Stamp.Now();
}

/// <summary>W4: one task, four beside each other, a join of them.</summary>
[Dag("bench_diamond", MaxActiveRuns = 1_000_000)]
public sealed class Diamond : Dag
{
    public override void Define(DagBuilder dag)
    {
        var top = dag.Task("top", First);
        var sides = Enumerable.Range(0, 4).Select(i => dag.Task($"side{i}", Next, top)).ToArray();
        dag.Task("bottom", Join, sides[0], sides[1], sides[2], sides[3]);
    }

    public Stamp First() => Stamp.Now();

    public Stamp Next(Stamp before) => Stamp.Now();

    public Stamp Join(Stamp a, Stamp b, Stamp c, Stamp d) => Stamp.Now();
}

/// <summary>W5: one task.</summary>
[Dag("bench_single", MaxActiveRuns = 1_000_000)]
public sealed class OneTask : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public Stamp Only() => Stamp.Now();
}

/// <summary>A grid of 50 rows: five chains of ten.</summary>
[Dag("bench_grid50", MaxActiveRuns = 1_000_000)]
public sealed class Grid50 : Dag
{
    public override void Define(DagBuilder dag)
    {
        for (var chain = 0; chain < 5; chain++)
        {
            var last = dag.Task($"load{chain}_0", First);
            for (var i = 1; i < 10; i++)
                last = dag.Task($"load{chain}_{i}", Next, last);
        }
    }

    public Stamp First() => Stamp.Now();

    public Stamp Next(Stamp before) => Stamp.Now();
}

/// <summary>A grid to watch: ten tasks of some 0.3 s, one after the other.</summary>
[Dag("bench_walk", MaxActiveRuns = 1_000_000)]
public sealed class Walk : Dag
{
    public override void Define(DagBuilder dag)
    {
        var last = dag.Task("w0", Step);
        for (var i = 1; i < 10; i++)
            last = dag.Task($"w{i}", Step).After(last);
    }

    public Task Step(TaskContext context) => Task.Delay(Random.Shared.Next(100, 500), context.Cancellation);
}
