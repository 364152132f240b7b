using Pipelines;

namespace Pipelines.EndToEnd.Dags;

/// <summary>A mapped group, a branch that comes together again, a setup with its teardown, a failure at the end, and callbacks that say what they were told.</summary>
[Dag("all_shapes")]
public sealed class AllShapes : Dag
{
    public enum Route
    {
        Full,
        Delta,
    }

    public override void Define(DagBuilder dag)
    {
        dag.OnFailure(Told).Retry(2, TimeSpan.FromMilliseconds(10));
        dag.OnSuccess(context => Told(context));
        var cluster = dag.Task(Start);
        var regions = dag.Task(Regions, cluster);
        var counts = dag.MapGroup("region", regions, (g, region) => g.Task(Count, g.Task(Download, region), region), maxParallel: 2);
        var route = dag.Task(Choose, counts);
        var branches = dag.Group("load", g => g.FirstOf(
            "any", g.Task("full", Load, counts).When(route, Route.Full), g.Task("delta", Load, counts).When(route, Route.Delta)));
        dag.Task(Break, branches).OnFailure(Told).OnSuccess(context => Told(context));
        dag.Task(Drop, cluster).TeardownOf(cluster);
    }

    public string Start() => "c1";

    public string[] Regions(string cluster) => ["eu", "us", "apac"];

    public string Download(string region, TaskContext context) => $"{region}{context.MapIndex}";

    public int Count(string raw, string region) => raw == $"{region}{raw[^1]}" ? raw.Length : throw new InvalidOperationException($"{raw} is not of {region}");

    public Route Choose(IReadOnlyList<int> counts) => counts.SequenceEqual([3, 3, 5]) ? Route.Delta : Route.Full;

    public string Load(IReadOnlyList<int> counts, TaskContext context) => $"{context.TaskId} {counts.Sum()}";

    public void Break(string loaded) => throw new InvalidOperationException(loaded);

    public string Drop(string cluster) => $"dropped {cluster}";

    public void Told(TaskContext context)
    {
        foreach (var failure in context.Failures)
            Console.WriteLine($"{context.TaskId} was told: {failure.TaskId} {failure.Error}");
    }
}
