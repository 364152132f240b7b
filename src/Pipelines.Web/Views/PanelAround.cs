using System.Text.RegularExpressions;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>What lies around a task in a run: the same task in the runs before, and the tasks below that it holds up.</summary>
/// <param name="Runs">The same task in the newest runs up to this one, oldest first.</param>
/// <param name="Blocked">The tasks below that have not run, in their order, each with its state.</param>
internal sealed partial record PanelAround(IReadOnlyList<TaskRun> Runs, IReadOnlyList<(string TaskId, char State)> Blocked)
{
    /// <summary>How many runs the panel's strip shows.</summary>
    public const int Strip = 36;

    /// <summary>The median of those that succeeded, in seconds; null: none has.</summary>
    public double? Typical
    {
        get
        {
            var seconds = Runs.Where(run => run.State == TaskState.Succeeded).Select(run => run.Seconds).OfType<double>().Order().ToArray();
            return seconds.Length == 0 ? null : seconds[seconds.Length / 2];
        }
    }

    /// <summary>In how many of the runs it failed with the same error.</summary>
    public int Same(ErrorText error) => Runs.Count(run => run.State == TaskState.Failed && ErrorText.Of(run.Detail, run.Why) is { } other && Fingerprint(other) == Fingerprint(error));

    /// <summary>An error without what differs from time to time: numbers, ids and quoted names.</summary>
    public static string Fingerprint(ErrorText error) => $"{error.Type}: {Varying().Replace(error.Message.Length > 300 ? error.Message[..300] : error.Message, "#")}";

    public static async Task<PanelAround?> ReadAsync(IConsole console, PanelView view, CancellationToken cancellation)
    {
        if (view.TaskId is not { } task)
            return null;
        var runs = await console.TaskRunsAsync(view.Run.Run.DagId, task, view.Run.Run.ScheduledFor, Strip, cancellation);
        if (view.Shown?.State is not (TaskState.Failed or TaskState.UpstreamFailed or TaskState.RetryWait or TaskState.Cancelled))
            return new(runs, []);
        var states = await console.RunStatesAsync(view.Run.Run.RunId, cancellation);
        var below = new HashSet<string>(StringComparer.Ordinal) { task };
        var blocked = new List<(string, char)>();
        foreach (var spec in view.Run.Spec.Tasks)
        {
            if (!spec.Upstreams.Any(up => below.Contains(up.Task)))
                continue;
            below.Add(spec.Id);
            var state = states.GetValueOrDefault(spec.Id, TaskState.Scheduled);
            if (state is TaskState.UpstreamFailed or TaskState.Scheduled or TaskState.Cancelled)
                blocked.Add((spec.Id, state));
        }

        return new(runs, blocked);
    }

    [GeneratedRegex(@"'[^']*'|""[^""]*""|[0-9a-fA-F]{8,}(-[0-9a-fA-F]{4,})*|\d+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Varying();
}
