using static Pipelines.Engine.Tests.Sdk.Graph;

namespace Pipelines.Engine.Tests.Sdk;

/// <summary>Joins, rules and settings of the run.</summary>
public sealed class RuleTests
{
    [Fact]
    public void FirstOf_is_a_task_of_its_own_that_takes_each_output()
    {
        var spec = Of(dag =>
        {
            var (a, b, c) = (dag.Task("a", One), dag.Task("b", One), dag.Task("c", One));
            TaskNode<int> first = dag.FirstOf("first", b, a, c);
            dag.Task("next", Same, first);
            dag.FirstOf("racing", a, b).TriggerRule(TriggerRule.OneSuccess);
        });
        Assert.Equal(["b", "a", "c"], spec.Task("first").Inputs);
        Assert.Equal(("b a c", TriggerRule.NoneFailedMinOneSuccess), (spec.Edges("first"), spec.Task("first").TriggerRule));
        Assert.Equal(TriggerRule.OneSuccess, spec.Task("racing").TriggerRule);
    }

    [Theory]
    [InlineData(TriggerRule.OneSuccess)]
    [InlineData(TriggerRule.OneFailed)]
    [InlineData(TriggerRule.OneDone)]
    [InlineData(TriggerRule.AllSkipped)]
    [InlineData(TriggerRule.Always)]
    public void A_rule_that_may_decide_before_a_condition_is_known_takes_none(TriggerRule rule)
    {
        Refused(dag => dag.Task("act", One).When(dag.Task("choose", One), 1), "Define 'choose' first");
        Refused(dag => { var choose = dag.Task("choose", One); dag.Task("act", One).When(choose, 1).TriggerRule(rule); }, $"'act' has a condition (When) and the trigger rule {rule}");
        Of(dag => { var choose = dag.Task("choose", One); dag.Task("act", One).After(choose).TriggerRule(rule); });
    }

    [Fact]
    public void Every_other_rule_may_have_a_condition()
    {
        foreach (var rule in Enum.GetValues<TriggerRule>().Except([TriggerRule.OneSuccess, TriggerRule.OneFailed, TriggerRule.OneDone, TriggerRule.AllSkipped, TriggerRule.Always]))
            Assert.Equal(rule, Of(dag => { var choose = dag.Task("choose", One); dag.Task("act", One).When(choose, 1).TriggerRule(rule); }).Task("act").TriggerRule);
        Refused(dag => dag.Task("a", One).TriggerRule((TriggerRule)99), "99 is no trigger rule");
    }

    [Fact]
    public void Always_takes_no_outputs() =>
        Refused(dag => { var a = dag.Task("a", One); dag.Task("b", Same, a).TriggerRule(TriggerRule.Always); }, "'b' takes outputs and has the trigger rule Always");

    [Fact]
    public void A_run_has_a_timeout_and_may_fail_fast()
    {
        var plain = Of(dag => dag.Task("a", One));
        Assert.Equal((null, false, false), (plain.RunTimeout, plain.FailFast, plain.Tasks[0].DependsOnPast));
        var spec = Of(dag => dag.RunTimeout(TimeSpan.FromHours(6)).FailFast().Task("a", One).DependsOnPast());
        Assert.Equal((TimeSpan.FromHours(6), true, true), (spec.RunTimeout, spec.FailFast, spec.Tasks[0].DependsOnPast));
        Refused(dag => dag.RunTimeout(TimeSpan.Zero), "RunTimeout must be longer than zero");
    }

    [Fact]
    public void A_task_may_gather_thousands()
    {
        var spec = Of(dag =>
        {
            var all = Enumerable.Range(0, 20_000).Select(i => dag.Task("t" + i, One)).ToArray();
            dag.Task("end", One).After(all).After(all);
        });
        Assert.Equal(20_000, spec.Task("end").Upstreams.Count);
    }
}
