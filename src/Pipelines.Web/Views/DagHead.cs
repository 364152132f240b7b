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
        ("Calendar", dag => $"{Links.Dag(dag)}/calendar"),
        ("Runs", dag => $"{Links.Dag(dag)}/runs"),
        ("Tasks", dag => $"{Links.Dag(dag)}/tasks"),
        ("Events", dag => $"{Links.Dag(dag)}/events"),
        ("Details", dag => $"{Links.Dag(dag)}/details"),
    ];

    /// <summary>What can be started from here.</summary>
    public static readonly IReadOnlyList<(string Name, Func<string, string> Url)> Buttons = [];

    public string Id => Dag.Spec.Id;

    public bool Retired => Dag.RetiredAt is not null;

    /// <summary>The next run by schedule; null: none is to come, or none will be made.</summary>
    public DateTimeOffset? Next => Dag.Paused || Retired ? null : Dag.NextDue;
}
