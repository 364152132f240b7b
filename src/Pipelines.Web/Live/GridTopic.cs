using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Live;

/// <summary>A window of a DAG's grid.</summary>
internal sealed record GridTopic(string DagId, GridWindow Window) : Topic
{
    private const int Backfills = 20;

    public override async Task<View?> LookAsync(IConsole console, CancellationToken cancellation) => await ViewAsync(console, cancellation);

    public override Task<bool> IsSeenAsync(Sight sight, CancellationToken cancellation) => sight.SeesAsync(DagId, cancellation);

    public async Task<GridView?> ViewAsync(IConsole console, CancellationToken cancellation)
    {
        if (await console.GridAsync(DagId, Window, cancellation) is not { } grid)
            return null;
        var backfills = await console.BackfillsAsync(DagId, Backfills, cancellation);
        return GridView.Of(grid, [.. backfills.Where(backfill => backfill.State is 'r' or 'p')], await console.NowAsync(cancellation));
    }
}

/// <summary>A grid as it was, and the difference from an earlier one.</summary>
internal sealed record GridView(string Fingerprint, Grid Grid, IReadOnlyList<BackfillRow> Backfills, DateTimeOffset Now) : View(Fingerprint)
{
    /// <summary>More changes than this at once are more than a fresh grid.</summary>
    private const int MostChanges = 500;

    public static GridView Of(Grid grid, IReadOnlyList<BackfillRow> backfills, DateTimeOffset now)
    {
        var text = new StringBuilder();
        foreach (var task in grid.Tasks)
            text.Append(task.TaskId).Append('\n');
        foreach (var run in grid.Runs)
            text.Append(CultureInfo.InvariantCulture, $"{run.Run.RunId} {run.Run.State}{run.Run.FinishedAt?.UtcTicks} {run.VersionId} {run.Strip}\n");
        foreach (var backfill in backfills)
            text.Append(CultureInfo.InvariantCulture, $"{Progress(backfill)}\n");
        text.Append(CultureInfo.InvariantCulture, $"{grid.Dag.Paused}{grid.Dag.VersionId}");
        return new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16], grid, backfills, now);
    }

    public override IEnumerable<(string Type, object Data)> Since(View? earlier)
    {
        if (earlier is not GridView before || !SameShape(before))
            return [("reload", new { })];
        var changes = Changes(before).Take(MostChanges + 1).ToList();
        return changes.Count > MostChanges ? [("reload", new { })] : changes;
    }

    private static (long, char, int, int, int, int) Progress(BackfillRow row) =>
        (row.Id, row.State, row.Total, row.Running, row.Succeeded, row.Failed + row.Cancelled);

    private IEnumerable<(string Type, object Data)> Changes(GridView before)
    {
        var longest = GridTable.Longest(Grid, Now);
        var groups = GridRows.Groups(Grid.Tasks);
        for (var i = 0; i < Grid.Runs.Count; i++)
        {
            var (run, old) = (Grid.Runs[i], before.Grid.Runs[i]);
            for (var t = 0; t < Grid.Tasks.Count; t++)
            {
                if (run.Strip[t] != old.Strip[t])
                    yield return ("cell", new { run = run.Run.RunId, task = Grid.Tasks[t].TaskId, state = run.Strip[t] });
            }

            if (run.Strip != old.Strip)
            {
                foreach (var group in groups)
                {
                    var state = GridRows.Worst(run.Strip, group.Tasks);
                    if (state != GridRows.Worst(old.Strip, group.Tasks))
                        yield return ("cell", new { run = run.Run.RunId, task = group.Key, state });
                }
            }

            if (run.Run.State != old.Run.State || run.Run.FinishedAt != old.Run.FinishedAt)
                yield return ("run", new { run = run.Run.RunId, state = run.Run.State, height = GridTable.Height(run.Run, longest, Now) });
        }

        foreach (var (row, old) in Backfills.Zip(before.Backfills))
        {
            if (Progress(row) != Progress(old))
            {
                yield return ("backfill", new
                {
                    id = row.Id, total = row.Total, running = row.Running, succeeded = row.Succeeded, failed = row.Failed, cancelled = row.Cancelled,
                });
            }
        }
    }

    /// <summary>The same columns and rows: then cells are all that can differ.</summary>
    private bool SameShape(GridView before) =>
        Grid.Dag.VersionId == before.Grid.Dag.VersionId && Grid.Dag.Paused == before.Grid.Dag.Paused
        && Grid.Tasks.SequenceEqual(before.Grid.Tasks)
        && Grid.Runs.Select(run => (run.Run.RunId, run.VersionId)).SequenceEqual(before.Grid.Runs.Select(run => (run.Run.RunId, run.VersionId)))
        && Grid.Runs.Zip(before.Grid.Runs).All(pair => SameTasks(pair.First.Strip, pair.Second.Strip))
        && Backfills.Select(row => (row.Id, row.State)).SequenceEqual(before.Backfills.Select(row => (row.Id, row.State)));

    /// <summary>A run that moved to a version with other tasks has gaps elsewhere.</summary>
    private static bool SameTasks(string strip, string before)
    {
        for (var t = 0; t < strip.Length; t++)
        {
            if (strip[t] == '.' != (before[t] == '.'))
                return false;
        }

        return true;
    }
}
