using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>What stands above every page of a DAG: what it is, whether it runs, and its tabs.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="Now">The database's time.</param>
/// <param name="Tab">The name of the tab that is open.</param>
internal sealed record DagHead(DagDetail Dag, DateTimeOffset Now, string Tab)
{
    /// <summary>All tabs, and where each leads.</summary>
    public static readonly IReadOnlyList<(string Name, Func<string, string> Url)> Tabs =
    [
        ("Grid", Links.Dag),
        ("Graph", Links.Graph),
        ("Calendar", dag => $"{Links.Dag(dag)}/calendar"),
        ("Runs", dag => $"{Links.Dag(dag)}/runs"),
        ("Tasks", dag => $"{Links.Dag(dag)}/tasks"),
        ("Versions", Links.Versions),
        ("Events", dag => $"{Links.Dag(dag)}/events"),
        ("Details", dag => $"{Links.Dag(dag)}/details"),
    ];

    /// <summary>What can be started from here.</summary>
    public static readonly IReadOnlyList<(string Name, Func<string, string> Url)> Buttons =
    [
        ("Backfill", dag => Links.With("/backfills/new", ("dag", dag, ""))),
        ("Trigger run", dag => $"{Links.Dag(dag)}/trigger"),
    ];

    public string Id => Dag.Spec.Id;

    public bool Retired => Dag.RetiredAt is not null;

    /// <summary>The next run by schedule; null: none is to come, or none will be made.</summary>
    public DateTimeOffset? Next => Dag.Paused || Retired ? null : Dag.NextDue;
}
