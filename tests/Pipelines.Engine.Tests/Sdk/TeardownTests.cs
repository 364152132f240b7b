using static Pipelines.Engine.Tests.Sdk.Graph;

namespace Pipelines.Engine.Tests.Sdk;

public sealed class TeardownTests
{
    [Fact]
    public void A_teardown_waits_for_all_work_between_and_depends_on_its_setups()
    {
        var spec = Of(dag =>
        {
            var (cluster, other) = (dag.Task("cluster", One), dag.Task("other", One));
            var a = dag.Task("a", Same, cluster).OnFailure(_ => { });
            dag.Task("b", Same, a);
            dag.Task("c", One).After(cluster);
            var unrelated = dag.Task("unrelated", Same, other);
            dag.Task("drop", Same, cluster).After(other).TeardownOf(cluster).After(unrelated).OnFailure(_ => { });
            dag.Task("end", One).After(other);
        });
        Assert.Equal("cluster w:other w:unrelated w:a w:b w:c", spec.Edges("drop"));
        Assert.Equal(TaskRole.Teardown, spec.Task("drop").Role);
        Assert.Equal("drop", spec.Edges("drop.on_failure"));
    }

    [Fact]
    public void Edges_given_later_between_tasks_above_count()
    {
        var spec = Of(dag =>
        {
            var cluster = dag.Task("cluster", One);
            var late = dag.Task("late", One);
            var second = dag.Task("second", One);
            dag.Task("drop", One).After(second).TeardownOf(cluster).TeardownOf(second);
            late.After(cluster);
        });
        Assert.Equal("second cluster w:late", spec.Edges("drop"));
    }

    [Fact]
    public void Inner_teardowns_are_work_of_the_outer_one_and_one_setup_may_have_two()
    {
        var spec = Of(dag =>
        {
            var cluster = dag.Task("cluster", One);
            var database = dag.Task("database", Same, cluster);
            dag.Task("load", Same, database);
            dag.Task("drop_database", Same, database).TeardownOf(database);
            dag.Task("drop_cluster", Same, cluster).TeardownOf(cluster);
            var dropped = dag.Task("wipe_disks", Same, cluster).TeardownOf(cluster);
            dag.Task("report", One).After(dropped);
        });
        Assert.Equal("database w:load", spec.Edges("drop_database"));
        Assert.Equal("cluster w:database w:load w:drop_database", spec.Edges("drop_cluster"));
        Assert.Equal("cluster w:database w:load w:drop_database w:drop_cluster", spec.Edges("wipe_disks"));
    }

    [Fact]
    public void A_task_below_a_teardown_that_depends_on_its_setup_must_run_after_it()
    {
        Refused(Late((dag, cluster, _, _) => dag.Task("late", Same, cluster)), "'late' depends on 'cluster' and is defined below the teardown 'drop'");
        Refused(Late((dag, _, work, _) => dag.Task("late", Same, work)), "'late' depends on 'cluster'");
        Refused(Late((dag, _, work, _) => dag.Task("late2", Same, dag.Task("late", Same, work))), "'late' depends on 'cluster'");
        Refused(Late((dag, _, work, _) => dag.Task("drop_work", Same, work).TeardownOf(work)), "'drop_work' depends on 'cluster'", "above 'drop'");
        var spec = Of(Late((dag, _, work, drop) => dag.Task("report", Same, work).After(drop)));
        Assert.Equal("work drop", spec.Edges("report"));
    }

    [Fact]
    public void A_mapped_setup_or_group_is_one_setup()
    {
        var spec = Of(dag =>
        {
            var tables = dag.MapGroup("table", dag.Task("list", List), (g, x) => g.Task("make", Same, x));
            dag.Map("fill", Same, tables);
            dag.Task("drop", (IReadOnlyList<int> all) => all.Count, tables).TeardownOf(tables);
        });
        Assert.Equal("table.make w:fill", spec.Edges("drop"));
    }

    [Fact]
    public void What_a_teardown_cannot_be_is_refused()
    {
        Refused(Late((dag, _, work, _) => dag.Task("t", Same, work).TeardownOf(dag.Task("s", One))), "'t' is to run after 's', which is defined below it");
        Refused(Late((dag, cluster, work, _) => dag.Task("t", Same, work).TeardownOf(cluster)), "'t' takes the output of 'work', which is not one of its setups");
        Refused(dag => dag.Task("t", One).TeardownOf(), "needs a setup");
        Refused(dag => dag.Task("t", One).TeardownOf(new DagBuilder().Task("stranger", One)), "'t' is the teardown of 'stranger', which belongs to another DAG");
        Refused(dag => { var t = dag.Task("t", One); t.TeardownOf(t); }, "itself");
        Refused(dag => dag.Map("m", Same, dag.Task("list", List)).TeardownOf(dag.Task("s", One)), "'m' is mapped and cannot be a teardown");
        Refused(dag => dag.OnFailure(_ => { }).TeardownOf(dag.Task("s", One)), "'on_failure' is a callback");
        var own = "which has its own rule: it cannot have TriggerRule, When, DependsOnPast or LatestOnly";
        Refused(dag => { var s = dag.Task("s", One); dag.Task("t", One).TeardownOf(s).TriggerRule(TriggerRule.AllDone); }, "'t' is a teardown, " + own);
        Refused(dag => { var s = dag.Task("s", One); dag.Task("t", One).TriggerRule(TriggerRule.AllDone).TeardownOf(s); }, own);
        Refused(dag => { var s = dag.Task("s", One); dag.Task("t", One).TeardownOf(s).When(s, 1); }, own);
        Refused(dag => { var s = dag.Task("s", One); dag.Task("t", One).TeardownOf(s).DependsOnPast(); }, own);
    }

    private static Action<DagBuilder> Late(Action<DagBuilder, TaskNode<int>, TaskNode<int>, TaskNode<int>> define) => dag =>
    {
        var cluster = dag.Task("cluster", One);
        var work = dag.Task("work", Same, cluster);
        define(dag, cluster, work, dag.Task("drop", Same, cluster).TeardownOf(cluster));
    };
}
