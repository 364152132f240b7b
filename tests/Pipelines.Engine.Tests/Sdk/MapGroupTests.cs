using static Pipelines.Engine.Tests.Sdk.Graph;

namespace Pipelines.Engine.Tests.Sdk;

public sealed class MapGroupTests
{
    [Fact]
    public void Tasks_of_a_mapped_group_follow_each_other_by_index()
    {
        var spec = Of(dag =>
        {
            var (list, outside) = (dag.Task("list", List), dag.Task("outside", One));
            TaskNode<IReadOnlyList<int>> sums = dag.MapGroup("part", list, (g, element) =>
            {
                var raw = g.Task("raw", (int x) => x, element);
                var check = g.Task("check", (int x, int y, int z) => x > y + z, raw, element, outside);
                g.Task("side", One).After(raw, list);
                return g.Task("sum", (int x) => x, raw).When(check, true).After(outside);
            }, maxParallel: 3);
            dag.Task("total", (IReadOnlyList<int> all) => all.Sum(), sums);
        });
        Assert.Equal("list", spec.Edges("part.raw"));
        Assert.Equal(["list[]"], spec.Task("part.raw").Inputs);
        Assert.Equal("list i:part.raw outside", spec.Edges("part.check"));
        Assert.Equal(["part.raw", "list[]", "outside"], spec.Task("part.check").Inputs);
        Assert.Equal("list i:part.raw", spec.Edges("part.side"));
        Assert.Equal("list i:part.raw i:part.check=true outside", spec.Edges("part.sum"));
        Assert.Equal("part.sum", spec.Edges("total"));
        Assert.Equal([null, null, "list", "list", "list", "list", null], spec.Tasks.Select(task => task.Over));
        Assert.Equal([null, null, 3, null, null, null, null], spec.Tasks.Select(task => task.MaxParallel));
    }

    [Fact]
    public void A_mapped_group_without_a_result_is_a_group_for_edges()
    {
        var spec = Of(dag =>
        {
            var (list, start) = (dag.Task("list", List), dag.Task("start", One));
            var parts = dag.MapGroup("part", list, (g, element) =>
            {
                var a = g.Task("a", Same, element).OnFailure(_ => { });
                g.Group("inner", h => { h.Task("b", Same, a); h.Task("c", Same, element); });
            }).After(start);
            dag.Task("end", One).After(parts);
            dag.Group("around", g => { g.MapGroup("m", list, (h, element) => h.Task("x", Same, element)); });
        });
        Assert.Equal("list start", spec.Edges("part.a"));
        Assert.Equal("list i:part.a", spec.Edges("part.inner.b"));
        Assert.Equal("list start", spec.Edges("part.inner.c"));
        Assert.Equal("part.inner.b part.inner.c", spec.Edges("end"));
        Assert.Equal("list", spec.Task("around.m.x").Over);
        Assert.Equal(("part.a", null), (spec.Edges("part.a.on_failure"), spec.Task("part.a.on_failure").Over));
    }

    [Fact]
    public void A_mapped_group_may_be_mapped_over_what_a_map_or_another_mapped_group_returned()
    {
        var spec = Of(dag =>
        {
            var first = dag.MapGroup("one", dag.Task("list", List), (g, x) => g.Task("a", Same, x));
            var second = dag.MapGroup("two", first, (g, x) => g.Task("b", (int y, IReadOnlyList<int> all) => y + all.Count, x, first));
            dag.Map("again", (int x) => x, second);
            dag.MapGroup("three", dag.Map("m", Same, first), (g, x) => g.Task("c", Same, x));
        });
        Assert.Equal(("one.a", "one.a[]", "one.a"), (spec.Task("two.b").Over, spec.Task("two.b").Inputs[0], spec.Task("two.b").Inputs[1]));
        Assert.Equal("one.a", spec.Edges("two.b"));
        Assert.Equal("two.b", spec.Task("again").Over);
        Assert.Equal("m", spec.Task("three.c").Over);
    }

    [Fact]
    public void FirstOf_in_a_mapped_group_is_by_index()
    {
        var spec = Of(dag => dag.MapGroup("part", dag.Task("list", List), (g, x) => g.FirstOf("first", g.Task("a", Same, x), g.Task("b", Same, x))));
        Assert.Equal("list i:part.a i:part.b", spec.Edges("part.first"));
        Assert.Equal(TriggerRule.NoneFailedMinOneSuccess, spec.Task("part.first").TriggerRule);
        Refused(Group((g, x, other) => g.FirstOf("first", g.Task("a", Same, x), other)), "'part.first'", "that group's tasks only");
        Refused(Group((g, x, _) => g.FirstOf("first", g.Task("a", Same, x), x)), "'part.first'", "that group's tasks only");
    }

    [Fact]
    public void What_is_inside_stays_inside()
    {
        IOutput<int>? leaked = null;
        TaskGroup? group = null;
        void Leak(DagBuilder dag) => dag.MapGroup("part", dag.Task("list", List), (g, x) => leaked = g.Task("a", Same, x));
        string[] returnIt = ["'part.a'", "mapped group 'part'", "Return it from MapGroup"];
        Refused(dag => { Leak(dag); dag.Task("out", Same, leaked!); }, returnIt);
        Refused(dag => { Leak(dag); dag.Task("out", One).After(leaked!); }, returnIt);
        Refused(dag => { Leak(dag); dag.Task("out", One).When(leaked!, 1); }, returnIt);
        Refused(dag => { Leak(dag); dag.Task("out", One).TeardownOf(leaked!); }, returnIt);
        Refused(dag => { Leak(dag); dag.MapGroup("other", dag.Task("list2", List), (g, x) => g.Task("b", (int y, int z) => y + z, x, leaked!)); }, returnIt);
        Refused(dag => { dag.MapGroup("part", dag.Task("list", List), (g, x) => { group = g.Group("in", h => { h.Task("a", Same, x); }); }); dag.Task("out", One).After(group!); }, "Return it");
        Refused(dag => { dag.MapGroup("part", dag.Task("list", List), (g, x) => g.Task("a", Same, leaked = x)); dag.Task("out", Same, leaked!); }, "element of the mapped group 'part' outside");
        IOutput<int[]>? lists = null;
        Refused(dag => { dag.MapGroup("part", dag.Task("list", List), (g, x) => lists = g.Task("a", (int y) => new[] { y }, x)); dag.MapGroup("other", lists!, (g, x) => g.Task("b", Same, x)); }, "mapped over 'part.a'", "Return it");
    }

    [Fact]
    public void What_a_mapped_group_cannot_do_is_refused()
    {
        Refused(Group((g, x, _) => { g.Map("m", Same, g.Task("l", (int y) => new[] { y }, x)); return x; }), "'part.m' is mapped inside the mapped group 'part'");
        Refused(Group((g, x, _) => { g.MapGroup("m", g.Task("l", (int y) => new[] { y }, x), (h, z) => h.Task("n", Same, z)); return x; }), "'m' is inside the mapped group 'part'");
        Refused(Group((g, x, other) => g.Task("a", Same, x).TeardownOf(other)), "'part.a' is mapped and cannot be a teardown");
        Refused(Group((g, x, _) => g.Task("a", Same, x).When(x, 1)), "'part.a'", "element of a list");
        Refused(Group((g, x, _) => g.Task("a", Same, x).DependsOnPast()), "'part.a' is mapped and cannot depend on the past");
        Refused(Group((g, x, _) => g.Task("a", Same, x).TriggerRule(TriggerRule.Always)), "'part.a' is mapped and has the trigger rule Always");
        Refused(Group((g, x, _) => g.Task("b", Same, g.Task("a", Same, x)).MaxParallel(2)), "'part.b' has MaxParallel", "MapGroup(");
        Refused(Group((g, x, _) => { g.Task("a", Same, x); return x; }), "'part' must return the output of one of its own tasks, not 'list'");
        Refused(Group((g, x, other) => { g.Task("a", Same, x); return other; }), "must return the output of one of its own tasks, not 'other'");
        Refused(dag => dag.MapGroup("part", dag.Task("list", List), (_, _) => { }), "'part' has no task");
        Refused(dag => dag.MapGroup("part", dag.Task("list", List), (g, x) => g.Task("a", Same, x), maxParallel: 0), "maxParallel must be 1 or more");
        Refused(dag => dag.MapGroup("part", new DagBuilder().Task("list", List), (g, x) => g.Task("a", Same, x)), "'list', which belongs to another DAG");
        Refused(dag => dag.Map("m", Same, dag.Task("list", List)).DependsOnPast(), "'m' is mapped and cannot depend on the past");
        Refused(dag => dag.Map("m", Same, dag.Task("list", List)).TriggerRule(TriggerRule.Always), "'m' is mapped and has the trigger rule Always");
    }

    private static Action<DagBuilder> Group(Func<DagBuilder, IOutput<int>, IOutput<int>, IOutput<int>> define) => dag =>
    {
        var other = dag.Task("other", One);
        dag.MapGroup("part", dag.Task("list", List), (g, x) => define(g, x, other));
    };
}
