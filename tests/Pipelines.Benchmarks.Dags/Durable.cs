using System.Diagnostics;
using Pipelines;

namespace Pipelines.Benchmarks.Dags;

/// <summary>Waits for a signal, again and again, in a body.</summary>
[Dag("bench_signals", MaxActiveRuns = 1_000_000)]
public sealed class Signals : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Wait);

    public async Task Wait(TaskContext context)
    {
        for (var i = 0; i < 300; i++)
            await context.WaitForSignalAsync<int>("go");
    }
}

/// <summary>Sleeps for as long as the run says.</summary>
[Dag("bench_sleep", MaxActiveRuns = 1_000_000)]
public sealed class Sleeps : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Sleep);

    public Task Sleep(TaskContext context) => context.SleepAsync("long", TimeSpan.Zero);
}

/// <summary>A hundred steps that do nothing, and how long each took.</summary>
[Dag("bench_step")]
public sealed class HundredSteps : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Run);

    public async Task<double[]> Run(TaskContext context)
    {
        var took = new double[100];
        for (var i = 0; i < took.Length; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await context.Step($"step {i}", () => Task.FromResult(i));
            took[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        return took;
    }
}
