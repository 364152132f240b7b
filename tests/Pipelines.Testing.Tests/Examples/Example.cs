namespace Pipelines.Testing.Tests.Examples;

/// <summary>
/// Runs the graphs that the examples of the public API's documentation define; <c>ExampleTests</c> of the architecture tests holds that every line of every example stands in one of these folders.
/// </summary>
internal static class Example
{
    /// <param name="define">The example; a task is added, for it may add none.</param>
    /// <param name="with">What comes to the run from outside.</param>
    public static async Task<DagTestRun> RunAsync(Action<DagBuilder> define, Func<DagTest, DagTest>? with = null)
    {
        var test = DagTest.For(() => new Inline(define));
        return await (with?.Invoke(test) ?? test).RunAsync();
    }

    /// <summary>Each in a run of its own.</summary>
    public static async Task SucceedAsync(params Action<DagBuilder>[] graphs)
    {
        foreach (var define in graphs)
        {
            var run = await RunAsync(define);
            Assert.True(run.Succeeded, run.ToString());
        }
    }

    [Dag("example", Start = "2026-01-01")]
    private sealed class Inline(Action<DagBuilder> define) : Dag
    {
        public override void Define(DagBuilder dag)
        {
            define(dag);
            dag.Task("ever", () => { });
        }
    }
}
