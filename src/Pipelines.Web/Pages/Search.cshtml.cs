using System.Globalization;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages;

/// <summary>DAGs, tasks, a run by its number, and errors of the last 30 days that hold a text.</summary>
public sealed class SearchModel(Visit visit) : ConsolePage(visit)
{
    private const int MostDags = 20;
    private const int MostTasks = 30;
    private const int MostErrors = 20;

    public string Text { get; private set; } = "";

    public IReadOnlyList<DagLine> Dags { get; private set; } = [];

    public IReadOnlyList<(string DagId, string TaskId)> Tasks { get; private set; } = [];

    public RunSummary? Run { get; private set; }

    internal IReadOnlyList<FailureGroup> Errors { get; private set; } = [];

    public bool Found => Dags.Count + Tasks.Count + Errors.Count > 0 || Run is not null;

    public async Task OnGetAsync(string? q, CancellationToken cancellation)
    {
        Text = (q ?? "").Trim();
        if (Text.Length is 0 or > 200)
            return;
        await ClockAsync(cancellation);
        var all = await Store.DagLinesAsync(cancellation);
        Dags = [.. all.Where(dag => Holds(dag.Spec.Id) || Holds(dag.Spec.Description) || Holds(dag.Spec.Owner) || dag.Spec.Tags?.Any(Holds) == true).OrderBy(dag => !Holds(dag.Spec.Id)).Take(MostDags)];
        Tasks = await Store.FindTasksAsync(Text, MostTasks, cancellation);
        if (long.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            Run = (await Store.RunAsync(number, cancellation))?.Run;
        var failures = await Store.FailuresAsync(Now.AddDays(-30), null, cancellation);
        Errors = [.. FailureGroup.Of(failures, all.ToDictionary(dag => dag.Spec.Id, StringComparer.Ordinal)).Where(group => Holds(group.What)).Take(MostErrors)];
    }

    private bool Holds(string? text) => text?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true;
}
