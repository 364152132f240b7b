using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Runs;

/// <summary>One task in one run, or one instance of a mapped task.</summary>
public sealed class TaskPageModel(Visit visit) : ConsolePage(visit)
{
    public const int ShownChildren = 500;

    internal PanelView View { get; private set; } = null!;

    public int Map { get; private set; }

    internal IEnumerable<InstanceRow> Children =>
        View.Children.Take(ShownChildren).Concat(View.Children.Skip(ShownChildren).Where(child => child.State == TaskState.Failed).Take(ShownChildren));

    public async Task<IActionResult> OnGetAsync(long run, string task, int? map, CancellationToken cancellation)
    {
        Map = map ?? -1;
        if (await PanelView.ReadAsync(Store, null, run, task, cancellation, Map) is not { } view)
            return Missing($"There is no run {run} with a task '{task}'{(Map < 0 ? "" : $" that has an element {Map}")}.");
        View = view;
        return Page();
    }
}
