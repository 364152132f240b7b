using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Runs;

/// <summary>A run: its facts, its task instances, and all that happened to it.</summary>
public sealed class RunPageModel(Visit visit) : ConsolePage(visit)
{
    public const int Events = 500;

    /// <summary>More instances of mapped tasks than this are left to their tasks' pages, but for those that need a look.</summary>
    private const int ShownChildren = 100;

    private Dictionary<(string? Task, int? Map), string> _why = [];

    public RunDetail Detail { get; private set; } = null!;

    public IReadOnlyList<InstanceRow> Rows { get; private set; } = [];

    public int Hidden => Detail.Instances.Count - Rows.Count;

    public IReadOnlyList<EventRow> History { get; private set; } = [];

    public string? Why(InstanceRow row) =>
        row.State == TaskState.Scheduled && row.Unmet > 0 ? $"waits for {row.Unmet} upstream"
        : row.RetryAt is { } at ? $"tries again {Times.Until(at, Now)}"
        : row.State is TaskState.Succeeded ? null
        : _why.GetValueOrDefault((row.TaskId, row.Key.MapIndex));

    public async Task<IActionResult> OnGetAsync(long run, CancellationToken cancellation)
    {
        if (await Store.RunAsync(run, cancellation) is not { } detail)
            return Missing($"There is no run {run}.");
        Detail = detail;
        var events = await Store.RunEventsAsync(run, Events, cancellation);
        foreach (var e in events)
        {
            if (e.Why is not null)
                _why[(e.TaskId, e.MapIndex)] = e.Why;
        }

        History = [.. events.Reverse()];
        var children = detail.Instances.Count(instance => instance.Key.MapIndex >= 0);
        Rows = children <= ShownChildren ? detail.Instances
            : [.. detail.Instances.Where(instance => instance.Key.MapIndex < 0 || instance.State is 'f' or 'y' or 'r')
                .Take(detail.Spec.Tasks.Count + ShownChildren)];
        await ClockAsync(cancellation);
        return Page();
    }
}
