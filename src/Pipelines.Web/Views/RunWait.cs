using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>What a queued run waits for.</summary>
/// <param name="Text">Goes on after "waits for".</param>
/// <param name="Runs">The runs that take its place, some of them.</param>
internal sealed record RunWait(string Text, IReadOnlyList<long> Runs)
{
    private const int Shown = 3;

    public static async Task<RunWait?> ReadAsync(IConsole console, RunDetail detail, CancellationToken cancellation)
    {
        var run = detail.Run;
        if (run.State != 'q' || await console.DagAsync(run.DagId, cancellation) is not { } dag)
            return null;
        if (dag.Paused && run.BackfillId is null)
            return new("the DAG, which is paused, to be resumed", []);
        var backfill = run.BackfillId is { } id ? await console.BackfillAsync(id, cancellation) : null;
        if (backfill is { State: 'p' })
            return new($"backfill {backfill.Id}, which is paused, to be resumed", []);
        if (detail.Entity is { InLine: true } entity)
            return new($"the open run of the key {entity.Key} to end", []);
        var most = backfill?.MaxActive ?? dag.Spec.MaxActiveRuns;
        var active = (await console.RunsAsync(run.DagId, 'r', run.BackfillId, most + 1, cancellation)).Where(one => one.BackfillId == run.BackfillId).Select(one => one.RunId).ToList();
        return active.Count >= most
            ? new($"a place: {(most == 1 ? "only one run" : $"at most {most} runs")} of {(backfill is null ? "the DAG" : $"backfill {backfill.Id}")} may run at once, and so many do", [.. active.Take(Shown)])
            : new("the scheduler, which starts it at its next pass", []);
    }
}
