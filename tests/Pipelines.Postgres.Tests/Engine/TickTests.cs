using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class TickTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task Dags_that_are_due_together_are_fired_together_also_when_the_first_has_nothing_to_come()
    {
        foreach (var id in new[] { "d", "e" })
        {
            var dag = await World.DagAsync(id, "a", cron: "0 0 * * *");
            await World.Catalog.PlanAsync(dag.DagNo, dag.VersionId, new SchedulePlan("daily", "daily"), default);
        }

        var due = await World.Scheduler.LoadDueAsync(10, default);
        Assert.Equal(2, due.Count);
        Assert.Equal(3, await World.Scheduler.FireTicksAsync(
            [new(due[0], [new PlannedRun(Planned.Day(1), null, null)], null, null), new(due[1], Planned.Days(2, 2), Planned.Day(3), Planned.Day(4))], default));
        Assert.Equal(1L, await World.OneAsync<long>("select count(*) from dag where next_due = $1", Planned.Day(4).ToDateTimeUtc()));
    }

    [Fact]
    public async Task Of_dags_that_are_fired_together_one_that_has_changed_is_left_alone_and_each_tick_is_of_its_own_dag()
    {
        foreach (var id in new[] { "d", "e", "f" })
        {
            var dag = await World.DagAsync(id, "a", cron: "0 0 * * *");
            await World.Catalog.PlanAsync(dag.DagNo, dag.VersionId, new SchedulePlan("daily", "daily"), default);
        }

        var due = (await World.Scheduler.LoadDueAsync(10, default)).OrderByDescending(dag => dag.Spec.Id, StringComparer.Ordinal).ToList();
        await World.ExecuteAsync("update dag set next_due = next_due + interval '1 day' where dag_id = 'e'");
        Assert.Equal(4, await World.Scheduler.FireTicksAsync(
            [.. due.Select((dag, i) => new TickPlan(dag, Planned.Days(2, i + 1), Planned.Day(4), Planned.Day(5)))], default));
        Assert.Equal(["d 3", "f 1"], await World.ListAsync<string>(
            "select concat_ws(' ', d.dag_id, count(*)) from dag_run r join dag d on d.dag_no = r.dag_no and d.version_id = r.version_id group by d.dag_id order by 1"));
    }

    [Fact]
    public async Task Of_schedulers_that_see_the_same_tick_one_makes_the_run()
    {
        var due = await DueAsync();
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => World.Scheduler.FireTicksAsync(due, Planned.Days(2, 3), Planned.Day(4), Planned.Day(5), default))));
        Assert.Equal([0, 0, 0, 3], made.Order());
        Assert.Equal(3, await World.OneAsync<long>("select count(*) from dag_run"));
        Assert.Equal(Planned.Day(5).ToDateTimeUtc(), await World.OneAsync<DateTime>("select next_due from dag"));
    }

    [Fact]
    public async Task Ticks_computed_from_an_old_next_due_or_schedule_change_nothing()
    {
        var due = await DueAsync();
        await World.Scheduler.FireTicksAsync(due, Planned.Days(2, 1), Planned.Day(2), Planned.Day(3), default);
        Assert.Equal(0, await World.Scheduler.FireTicksAsync(due, Planned.Days(2, 2), Planned.Day(3), Planned.Day(4), default));
        Assert.Equal(0, await World.Scheduler.FireTicksAsync(
            due with { NextDue = Planned.Day(3), Schedule = "another" }, Planned.Days(3, 1), Planned.Day(3), Planned.Day(4), default));
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from dag_run"));
    }

    [Fact]
    public async Task A_tick_that_has_its_run_already_is_left_alone()
    {
        var due = await DueAsync();
        await World.Scheduler.FireTicksAsync(due, Planned.Days(2, 3), Planned.Day(4), due.NextDue, default);
        var again = Assert.Single(await World.Scheduler.LoadDueAsync(10, default));
        Assert.Equal(Planned.Day(4), again.LastTick);
        Assert.Equal(1, await World.Scheduler.FireTicksAsync(again, Planned.Days(2, 4), Planned.Day(5), null, default));
        Assert.Equal(4, await World.OneAsync<long>("select count(distinct scheduled_for) from dag_run"));
        Assert.Empty(await World.Scheduler.LoadDueAsync(10, default));
    }

    [Fact]
    public async Task A_paused_or_retired_dag_has_no_ticks()
    {
        var due = await DueAsync();
        await World.Operations.PauseAsync("d", "test", default);
        Assert.Empty(await World.Scheduler.LoadDueAsync(10, default));
        Assert.Equal(0, await World.Scheduler.FireTicksAsync(due, Planned.Days(2, 1), Planned.Day(2), null, default));
        await World.Operations.ResumeAsync("d", "test", default);
        Assert.Equal(["d"], await World.Catalog.RetireAsync("here/test", [], default));
        Assert.Equal(0, await World.Scheduler.FireTicksAsync(due, Planned.Days(2, 1), Planned.Day(2), null, default));
        Assert.Null(await World.Scheduler.NextDueAsync(default));
    }

    [Fact]
    public async Task A_manual_run_may_have_a_scheduled_ones_moment()
    {
        var due = await DueAsync();
        await World.Scheduler.FireTicksAsync(due, Planned.Days(2, 1), Planned.Day(2), null, default);
        await World.ExecuteAsync("insert into dag_run(dag_no, version_id, kind, state, scheduled_for, created_by) select dag_no, version_id, 'm', 'q', scheduled_for, 'x' from dag_run");
        Assert.Equal(2, await World.Scheduler.StartRunsAsync(10, default));
    }

    [Fact]
    public async Task The_same_schedule_again_changes_nothing_and_a_new_one_leaves_what_was_due_to_the_old()
    {
        var due = await DueAsync();
        await World.Scheduler.FireTicksAsync(due, Planned.Days(2, 1), Planned.Day(2), Planned.Day(3), default);
        await World.Catalog.PlanAsync(due.DagNo, due.VersionId, new SchedulePlan("daily", "daily"), default);
        var same = Assert.Single(await World.Scheduler.LoadDueAsync(10, default));
        Assert.Equal((Planned.Day(2), Planned.Day(3), 0), (same.LastTick, same.NextDue, same.Past.Count));

        await World.Catalog.PlanAsync(due.DagNo, due.VersionId, new SchedulePlan("hourly", "hourly"), default);
        var changed = Assert.Single(await World.Scheduler.LoadDueAsync(10, default));
        Assert.Equal(("hourly", Planned.Day(2)), (changed.Schedule, changed.LastTick));
        var past = Assert.Single(changed.Past);
        Assert.Equal((due.VersionId, changed.NextDue, changed.Since), (past.VersionId, past.Until, past.Until));
        // What was computed before the change is void.
        Assert.Equal(0, await World.Scheduler.FireTicksAsync(same, Planned.Days(3, 1), Planned.Day(3), null, default));

        await World.Scheduler.FireTicksAsync(changed, [], changed.Now, null, default);
        await World.Catalog.PlanAsync(due.DagNo, due.VersionId, new SchedulePlan(null, "by hand"), default);
        var ended = Assert.Single(await World.Scheduler.LoadDueAsync(10, default));
        Assert.Null(ended.Schedule);
        Assert.Single(ended.Past);                                              // what is decided is not asked for again
        await World.Scheduler.FireTicksAsync(ended, [], ended.Now, null, default);
        Assert.Empty(await World.Scheduler.LoadDueAsync(10, default));
    }

    private async Task<DueDag> DueAsync()
    {
        var dag = await World.DagAsync("d", "a", cron: "0 0 * * *");
        await World.Catalog.PlanAsync(dag.DagNo, dag.VersionId, new SchedulePlan("daily", "daily"), default);
        return Assert.Single(await World.Scheduler.LoadDueAsync(10, default));
    }
}
