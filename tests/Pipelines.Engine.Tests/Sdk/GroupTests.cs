using static Pipelines.Engine.Tests.Sdk.Graph;

namespace Pipelines.Engine.Tests.Sdk;

public sealed class GroupTests
{
    [Fact]
    public void Ids_begin_with_the_names_of_the_groups()
    {
        var spec = Of(dag =>
        {
            dag.Group("load", g =>
            {
                Assert.Same(dag, g);
                var eu = g.Group("eu", inner => inner.Task("read", Same, inner.Task(One)));
                Assert.Equal("load.eu.read", eu.TaskId);
                g.Task("sum", Same, eu);
            });
            dag.Task("after", One);
        });
        Assert.Equal(["load.eu.one", "load.eu.read", "load.sum", "after"], spec.Tasks.Select(task => task.Id));
        Assert.Equal(["load.eu.read"], spec.Task("load.sum").Inputs);
    }

    [Fact]
    public void Defaults_of_a_group_add_to_those_outside_and_end_with_it()
    {
        var spec = Of(dag =>
        {
            dag.Defaults(retry: new RetryPolicy { Retries = 3 }, pool: "slow");
            dag.Group("g", g =>
            {
                g.Task("before", One);
                g.Defaults(pool: "fast", queue: "gpu");
                g.Defaults(priority: 5, timeout: TimeSpan.FromSeconds(9));
                g.Task("inside", One);
            });
            dag.Task("after", One);
        });
        Assert.Equal((3, null, "slow", 0, "default"), Policies(spec.Task("g.before")));
        Assert.Equal((3, TimeSpan.FromSeconds(9), "fast", 5, "gpu"), Policies(spec.Task("g.inside")));
        Assert.Equal((3, null, "slow", 0, "default"), Policies(spec.Task("after")));
    }

    [Fact]
    public void After_a_group_is_after_its_last_tasks_and_a_group_after_something_begins_after_it()
    {
        var spec = Of(dag =>
        {
            var (setup, other) = (dag.Task("setup", One), dag.Task("other", One));
            var group = dag.Group("g", g =>
            {
                var a = g.Task("a", One).OnFailure(_ => { });
                g.Task("b", Same, a);
                g.Task("c", One);
                g.Task("drop", One).TeardownOf(other);
                g.OnSuccess(_ => { });
            }).After(setup);
            var next = dag.Group("next", g => { g.Task("x", Same, g.Task("w", One)); }).After(group);
            dag.Task("end", One).After(group, next);
        });
        Assert.Equal("setup", spec.Edges("g.a"));
        Assert.Equal("g.a", spec.Edges("g.b"));
        Assert.Equal("setup", spec.Edges("g.c"));
        Assert.Equal("g.b g.c", spec.Edges("next.w"));
        Assert.Equal("next.w", spec.Edges("next.x"));
        Assert.Equal("g.b g.c next.x", spec.Edges("end"));
    }

    [Fact]
    public void A_group_is_named_has_tasks_and_is_after_what_is_above()
    {
        Refused(dag => dag.Group("g", _ => { }), "group 'g' has no task");
        Refused(dag => dag.Group("g", g => { g.OnFailure(_ => { }); }), "has no task");
        Refused(dag => dag.Group("a/b", g => { g.Task(One); }), "'a/b.one'", "1 to 100 letters");
        Refused(dag => dag.Group("", g => { g.Task(One); }), "group name ''", "1 to 100 letters");
        Refused(dag => dag.Group("g", g => { g.Task(One); }).After(dag.Task("late", One)), "'g.one'", "Define 'late' first");
        Refused(dag => { dag.Task("load", One); dag.Group("g", g => { g.Task("load", One); }); dag.Group("g", g => { g.Task("load", One); }); }, "Two tasks have the id 'g.load'");
    }

    private static (int Retries, TimeSpan? Timeout, string? Pool, int Priority, string Queue) Policies(TaskSpec spec) =>
        (spec.Retry.Retries, spec.AttemptTimeout, spec.Pool, spec.Priority, spec.Queue);
}
