using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>The head of a DAG's pages.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="Now">The database's time.</param>
/// <param name="Tab">The page that is shown.</param>
internal sealed record DagHead(DagDetail Dag, DateTimeOffset Now, string Tab);
