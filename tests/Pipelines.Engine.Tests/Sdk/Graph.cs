namespace Pipelines.Engine.Tests.Sdk;

/// <summary>A graph under test, and short words for what it has become.</summary>
internal static class Graph
{
    public static DagSpec Finished(this DagBuilder dag) => dag.Finish(new DagAttribute("test"), "Test", null);

    public static DagSpec Of(Action<DagBuilder> define)
    {
        var dag = new DagBuilder();
        define(dag);
        return dag.Finished();
    }

    public static TaskSpec Task(this DagSpec spec, string id) => spec.Tasks.Single(task => task.Id == id);

    /// <summary>"a w:b i:c": an upstream as such, one that is only waited for, one by index; with its condition, if it has one.</summary>
    public static string Edges(this DagSpec spec, string id) => string.Join(' ', spec.Task(id).Upstreams.Select(edge =>
        edge.Kind switch { EdgeKind.Wait => "w:", EdgeKind.Index => "i:", _ => "" } + edge.Task + (edge.When is null ? "" : $"={edge.When.ToJsonString()}")));

    public static void Refused(Action define, params string[] why)
    {
        var message = Assert.Throws<DagDefinitionException>(define).Message;
        Assert.All(why, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    /// <summary>The graph cannot be defined, or not be finished.</summary>
    public static void Refused(Action<DagBuilder> define, params string[] why) => Refused(() => { Of(define); }, why);

    public static int One() => 1;

    public static int Same(int x) => x;

    public static int[] List() => [1, 2];
}
