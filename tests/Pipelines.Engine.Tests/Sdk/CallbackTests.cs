using static Pipelines.Engine.Tests.Sdk.Graph;

namespace Pipelines.Engine.Tests.Sdk;

public sealed class CallbackTests
{
    [Fact]
    public void Callbacks_of_the_run_have_no_upstreams_and_several_are_allowed()
    {
        var spec = Of(dag =>
        {
            dag.Task("work", One);
            dag.OnFailure(PageOnCall).Retry(5, TimeSpan.FromSeconds(1)).Timeout(TimeSpan.FromSeconds(9)).Queue("calls").Pool("calls").Priority(9);
            dag.OnFailure(TellAsync);
            dag.OnFailure(_ => { });
            dag.OnSuccess(PageOnCall2);
            dag.OnSuccess(async _ => await Task.Yield());
        });
        Assert.Equal(["work", "page_on_call", "tell", "on_failure", "page_on_call2", "on_success"], spec.Tasks.Select(task => task.Id));
        Assert.Equal("Task OnFailure OnFailure OnFailure OnSuccess OnSuccess", string.Join(' ', spec.Tasks.Select(task => task.Role)));
        Assert.All(spec.Tasks, task => Assert.Empty(task.Upstreams));
        Assert.Equal((5, "calls", "calls", 9), (spec.Tasks[1].Retry.Retries, spec.Tasks[1].Pool, spec.Tasks[1].Queue, spec.Tasks[1].Priority));
        Assert.EndsWith(".PageOnCall", spec.Tasks[1].Code, StringComparison.Ordinal);
    }

    [Fact]
    public void Callbacks_of_a_task_stand_below_it_and_give_back_the_task()
    {
        var spec = Of(dag => dag.Group("g", g =>
        {
            g.Defaults(retry: new RetryPolicy { Retries = 2 });
            var load = g.Task("load", One).OnFailure(PageOnCall).OnSuccess(TellAsync).OnSuccess(_ => { }).Priority(3);
            g.Task("next", Same, load);
        }));
        Assert.Equal(["g.load", "g.load.page_on_call", "g.load.tell", "g.load.on_success", "g.next"], spec.Tasks.Select(task => task.Id));
        Assert.Equal(["", "g.load", "g.load", "g.load", "g.load"], spec.Tasks.Select(task => spec.Edges(task.Id)));
        Assert.Equal([3, 0, 0, 0, 0], spec.Tasks.Select(task => task.Priority));
        Assert.Equal("Task OnFailure OnSuccess OnSuccess Task", string.Join(' ', spec.Tasks.Select(task => task.Role)));
        Assert.All(spec.Tasks, task => Assert.Equal(2, task.Retry.Retries));
    }

    [Fact]
    public async Task Bodies_of_every_shape_run()
    {
        var ran = new List<string>();
        var dag = new DagBuilder();
        dag.Task("a", One)
            .OnFailure(context => ran.Add("action " + context.TaskId))
            .OnSuccess(async context => { await Task.Yield(); ran.Add("task " + context.TaskId); });
        dag.OnSuccess(context => ran.Add("action " + context.TaskId));
        dag.OnFailure(async context => { await Task.Yield(); ran.Add("task " + context.TaskId); });
        foreach (var id in new[] { "a.on_failure", "a.on_success", "on_success", "on_failure" })
            Assert.Null(await dag.Find(id)!.Body(null!, new TaskContext { RunId = 1, DagId = "d", TaskId = id, ScheduledFor = default, Logger = null! }));
        Assert.Equal(["action a.on_failure", "task a.on_success", "action on_success", "task on_failure"], ran);
    }

    [Fact]
    public void Nothing_runs_after_a_callback_and_it_runs_after_nothing_else()
    {
        Refused(dag => dag.Task("a", One).After(dag.OnFailure(_ => { })), "'a' is to run after the callback 'on_failure'");
        Refused(dag => dag.Task("a", (None _) => 1, dag.OnFailure(_ => { })), "the callback 'on_failure'");
        Refused(dag => dag.Task("a", One).When(dag.OnFailure(_ => { }), default), "the callback 'on_failure'");
        Refused(dag => dag.Task("a", One).TeardownOf(dag.OnFailure(_ => { })), "the callback 'on_failure'");
        Refused(dag => { var a = dag.Task("a", One); dag.OnFailure(_ => { }).After(a); }, "'on_failure' is a callback: what it runs after is fixed");
        Refused(dag => { var a = dag.Task("a", One); dag.OnFailure(_ => { }).When(a, 1); }, "'on_failure' is a callback: what it runs after is fixed");
        Refused(dag => dag.OnFailure(_ => { }).OnSuccess(_ => { }), "'on_failure' is a callback and cannot have callbacks");
        Refused(dag => dag.OnFailure(_ => { }).TriggerRule(TriggerRule.AllDone), "'on_failure' is a callback, which has its own rule");
        Refused(dag => dag.OnFailure(_ => { }).DependsOnPast(), "which has its own rule");
        Refused(dag => dag.OnFailure(_ => { }).MaxParallel(2), "mapped tasks");
        Refused(dag => { dag.OnFailure(_ => { }); dag.OnFailure(_ => { }); }, "Two callbacks have the id 'on_failure'", "as a method");
    }

    private static void PageOnCall(TaskContext context) => Assert.NotNull(context);

    private static void PageOnCall2(TaskContext context) => Assert.NotNull(context);

    private static Task TellAsync(TaskContext context) => Task.CompletedTask;
}
