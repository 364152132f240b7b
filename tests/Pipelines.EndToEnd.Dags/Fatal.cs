using System.Diagnostics;
using Pipelines;

namespace Pipelines.EndToEnd.Dags;

/// <summary>Takes its whole process with it, each attempt in a way of its own.</summary>
[Dag("kills_its_process", MaxActiveRuns = 100)]
public sealed class KillsItsProcess : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public void Only(TaskContext context)
    {
        switch (context.Attempt)
        {
            case 1:
                Deeper(0);
                break;
            case 2:
                Environment.Exit(0);
                break;
            case 3:
                Environment.FailFast("on purpose");
                break;
            case 4:
                var thread = new Thread(() => throw new InvalidOperationException("nobody catches this"));
                thread.Start();
                thread.Join();
                break;
            default:
                Process.GetCurrentProcess().Kill();
                break;
        }
    }

    private static int Deeper(int depth) => depth < 0 ? depth : 1 + Deeper(depth + 1);
}

/// <summary>Waits on workers of another queue, which the one above never meets.</summary>
[Dag("waits_elsewhere")]
public sealed class WaitsElsewhere : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only).Queue("elsewhere");

    public Task<int> Only(TaskContext context) => Gate.PassAsync("elsewhere", context.Cancellation);
}
