using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;
using Pipelines.Web.Views.Graph;

namespace Pipelines.Web.Pages.Dags;

/// <summary>A version of a DAG, and what it has that another has not: the one before it, unless asked for.</summary>
public sealed class VersionModel(Visit visit) : ConsolePage(visit)
{
    private const int Offered = 200;

    private string? _open;
    private bool _across;

    /// <summary>The DAG.</summary>
    public DagDetail Dag { get; private set; } = null!;

    /// <summary>The version.</summary>
    public VersionDetail Shown { get; private set; } = null!;

    /// <summary>What it is compared with; null: nothing, it is the first.</summary>
    public VersionDetail? Against { get; private set; }

    /// <summary>All that it can be compared with.</summary>
    public IReadOnlyList<VersionRow> Versions { get; private set; } = [];

    internal VersionDiff? Diff { get; private set; }

    internal GraphView View { get; private set; } = null!;

    internal GraphBar Bar => new(View.Groups, _across, across => Href(_open, across), open => Href(open, _across), "#tasks");

    /// <summary>Shows it.</summary>
    public async Task<IActionResult> OnGetAsync(string dag, int version, int? against, string? open, string? dir, CancellationToken cancellation)
    {
        if (await Store.DagAsync(dag, cancellation) is not { } found)
            return Missing($"There is no DAG '{dag}'.");
        if (await Store.VersionAsync(dag, version, cancellation) is not { } shown)
            return Missing($"The DAG '{dag}' has no version {version}.");
        if ((against ?? shown.Before) is { } other && (Against = await Store.VersionAsync(dag, other, cancellation)) is null)
            return Missing($"The DAG '{dag}' has no version {other} to compare with.");
        (Dag, Shown, _open, _across) = (found, shown, open, dir == "right");
        Versions = await Store.VersionsAsync(dag, Offered, cancellation);
        await ClockAsync(cancellation);
        Diff = Against is null ? null : VersionDiff.Of(Against.Spec, Shown.Spec);
        var spec = Against is null || Diff is null ? Shown.Spec : Diff.Union(Against.Spec, Shown.Spec);
        View = new(spec, TaskGroups.Of(spec.Tasks.Select(task => task.Id), open), _across)
        {
            Task = task => $"#task-{Uri.EscapeDataString(task)}", Open = groups => Href(groups, _across),
            Changes = Changes(Diff), AddedEdges = Diff?.AddedEdges ?? new HashSet<(string, string)>(), RemovedEdges = Diff?.RemovedEdges ?? new HashSet<(string, string)>(),
        };
        return Page();
    }

    private static Dictionary<string, char> Changes(VersionDiff? diff)
    {
        var changes = new Dictionary<string, char>(StringComparer.Ordinal);
        foreach (var (tasks, kind) in diff is null ? [] : new[] { (diff.Added, 'a'), (diff.Removed, 'd'), ([.. diff.Tasks.Select(task => task.Task)], 'c') })
        {
            foreach (var task in tasks)
                changes[task] = kind;
        }

        return changes;
    }

    private string Href(string? open, bool across) => "?" + string.Join('&', new[]
    {
        Against is { } other ? string.Create(CultureInfo.InvariantCulture, $"against={other.Version.VersionId}") : null, open is null ? null : $"open={Uri.EscapeDataString(open)}", across ? "dir=right" : null,
    }.OfType<string>());
}
