using System.Text;

namespace Pipelines.Engine.Tests.Sdk;

/// <summary>Define for an attempt: nothing but the body that is asked for is made, and it is the right one.</summary>
public sealed class BodyOfTests
{
    [Fact]
    public async Task Every_task_of_a_graph_with_everything_in_it_is_found_by_its_id()
    {
        var dag = new Everything();
        var spec = DagBuilder.SpecOf(dag, new DagAttribute("everything"), "Everything", null);
        Assert.Equal(
            ["a", "b", "a.tell", "list", "m", "first", "g.x", "g.in.y", "part.raw", "part.sum", "part.raw.on_failure", "void.z", "drop", "tell", "on_success"],
            spec.Tasks.Select(task => task.Id));
        foreach (var task in spec.Tasks)
        {
            dag.Ran.Clear();
            var body = DagBuilder.BodyOf(dag, task.Id);
            Assert.NotNull(body);
            var output = await body(new Inputs(), new TaskContext { RunId = 1, DagId = "d", TaskId = task.Id, ScheduledFor = default, Logger = null! });
            if (task.Id == "first")
                Assert.Equal("raw", Encoding.UTF8.GetString(output!));
            else
                Assert.Equal([task.Id], dag.Ran);
        }

        Assert.Null(DagBuilder.BodyOf(dag, "x"));
        Assert.Null(DagBuilder.BodyOf(dag, "g"));
    }

    [Fact]
    public void A_task_that_is_not_asked_for_costs_a_handle_and_its_delegates()
    {
        var dag = new Wide();
        DagBuilder.BodyOf(dag, "t5");
        var before = GC.GetAllocatedBytesForCurrentThread();
        DagBuilder.BodyOf(dag, "t5");
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Wide.Tasks, 0, 500);
    }

    private sealed class Wide : Dag
    {
        public const int Tasks = 10_000;

        public override void Define(DagBuilder dag)
        {
            var last = dag.Task("first", Graph.One);
            for (var i = 1; i < Tasks; i++)
                last = dag.Task("t" + i, Graph.Same, last).After(last).Retry(3, TimeSpan.FromSeconds(1)).Pool("slow").Timeout(TimeSpan.FromMinutes(1)).OnFailure(Nobody);
        }

        private static void Nobody(TaskContext context) => throw context.Fail("nobody calls this");
    }

    private sealed class Everything : Dag
    {
        public List<string> Ran { get; } = [];

        public override void Define(DagBuilder dag)
        {
            dag.Defaults(priority: 3).RunTimeout(TimeSpan.FromHours(1)).FailFast();
            var a = dag.Task("a", Do);
            var b = dag.Task("b", Next, a).When(a, 1).DependsOnPast().Retry(1, TimeSpan.Zero).Timeout(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)).Queue("q").Priority(1);
            a.OnFailure(Tell);
            var list = dag.Task("list", (TaskContext context) => new[] { Do(context) });
            dag.Map("m", Next, list).MaxParallel(2);
            dag.FirstOf("first", a, b).TriggerRule(TriggerRule.OneSuccess);
            var group = dag.Group("g", g =>
            {
                g.Task("x", Do);
                g.Group("in", h => h.Task("y", Do));
            }).After(a);
            var sums = dag.MapGroup("part", list, (g, part) =>
            {
                var raw = g.Task("raw", Next, part);
                var sum = g.Task("sum", Next, raw);
                raw.OnFailure(context => { Do(context); });
                return sum;
            });
            dag.MapGroup("void", sums, (g, part) => { g.Task("z", Next, part); });
            dag.Task("drop", Next, a).After(group).TeardownOf(a);
            dag.OnFailure(Tell);
            dag.OnSuccess(async context =>
            {
                await Task.Yield();
                Do(context);
            });
        }

        private int Do(TaskContext context)
        {
            Ran.Add(context.TaskId);
            return 1;
        }

        private int Next(int input, TaskContext context) => input + Do(context);

        private void Tell(TaskContext context) => Do(context);
    }

    private sealed class Inputs : ITaskInputs
    {
        public T Read<T>(int index) => default!;

        public byte[]? Raw(int index) => index == 1 ? "raw"u8.ToArray() : null;
    }
}
