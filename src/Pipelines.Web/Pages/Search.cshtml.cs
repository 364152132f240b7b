using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Hosting;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages;

/// <summary>DAGs, tasks, pages, a run by its number, and errors of the last 30 days that hold a text. <c>part=found</c> gives only what was found.</summary>
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

    public IReadOnlyList<(string Name, string Url)> Pages { get; private set; } = [];

    public bool Found => Pages.Count + Dags.Count + Tasks.Count + Errors.Count > 0 || Run is not null;

    public async Task<IActionResult> OnGetAsync(string? q, string? part, CancellationToken cancellation)
    {
        Text = (q ?? "").Trim();
        if (Text.Length is 0 or > 200)
            return Answer(part);
        Pages = [.. Navigation.Sections.SelectMany(section => section.Entries).Select(entry => (entry.Name, entry.Url)).Append(("Settings", "/settings")).Where(page => Holds(page.Item1))];
        await ClockAsync(cancellation);
        var all = await Store.DagLinesAsync(cancellation);
        Dags = [.. all.Where(dag => Holds(dag.Spec.Id) || Holds(dag.Spec.Description) || Holds(dag.Spec.Owner) || dag.Spec.Tags?.Any(Holds) == true).OrderBy(dag => !Holds(dag.Spec.Id)).Take(MostDags)];
        Tasks = await Store.FindTasksAsync(Text, MostTasks, cancellation);
        if (long.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            Run = (await Store.RunAsync(number, cancellation))?.Run;
        var failures = await Store.FailuresAsync(Now.AddDays(-30), null, cancellation);
        Errors = [.. FailureGroup.Of(failures, all.ToDictionary(dag => dag.Spec.Id, StringComparer.Ordinal)).Where(group => Holds(group.What)).Take(MostErrors)];
        return Answer(part);
    }

    private IActionResult Answer(string? part) => part == "found" ? Partial("_Found", this) : Page();

    private bool Holds(string? text) => text?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true;
}
