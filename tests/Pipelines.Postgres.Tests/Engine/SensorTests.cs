using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Sensors: a poll is a short attempt, between two of them there is no slot, and thousands of polls leave no trace but a counter.</summary>
[SupportedOSPlatform("linux")]
public sealed class SensorTests(World world) : EngineTest(world)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Between_polls_it_waits_without_a_slot_and_only_the_first_start_and_the_end_are_told()
    {
        var run = await World.RunOfAsync("s @p; b < s");
        var hand = await World.WorkerAsync();
        for (var poll = 1; poll <= 20; poll++)
        {
            var assignment = Assert.Single(await hand.TakeAsync());
            Assert.Equal((poll, 1), (assignment.Attempt, assignment.Tries));
            await NotYetAsync(hand, run);
            Assert.Equal("r:wn", await World.StateAsync(run));
            Assert.Equal(0, await World.OneAsync<int>("select used from pool"));
            Assert.Equal(0, await World.PassAsync(Minute - TimeSpan.FromSeconds(2)));
            Assert.Equal(1, await World.PassAsync(TimeSpan.FromSeconds(3)));
        }

        await hand.TakeAsync();
        await hand.EndAsync(run, "s");
        Assert.Equal("r:sq", await World.StateAsync(run));
        Assert.Equal(
            ["n q 0", "q r 1", "r w 1", "q r 21", "r s 21"],
            await World.ListAsync<string>("select format('%s %s %s', from_state, to_state, attempt) from event where task_no = 0 order by event_id"));
        Assert.Equal(20, await World.OneAsync<int>("select polls from task_instance where task_no = 0"));
        var attempts = await World.Console.AttemptsAsync(World.Key(run, "s"), default);
        Assert.Equal([(1, 'w'), (21, 's')], attempts.Select(a => ((int)a.Attempt, a.State)));
    }

    [Fact]
    public async Task Polls_of_one_second_share_a_pass_and_short_waits_are_exact()
    {
        var run = await World.RunOfAsync("s; t");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await NotYetAsync(hand, run, "s", 30);
        await NotYetAsync(hand, run, "t", 2.5);
        Assert.Equal([true, false], await World.ListAsync<bool>("select due_at = date_trunc('second', due_at) from timer order by task_no"));
        Assert.Equal([true, true], await World.ListAsync<bool>("select due_at > clock_timestamp() from timer order by task_no"));
    }

    [Fact]
    public async Task A_late_poll_is_fenced_by_its_attempt()
    {
        var run = await World.RunOfAsync("s");
        var hand = await World.WorkerAsync();
        var first = (await hand.TakeAsync())[0];
        await NotYetAsync(hand, run);
        await World.PassAsync(2 * Minute);
        await hand.TakeAsync();
        var late = await hand.AdvanceAsync(0, Hand.Report(first, 's'));
        Assert.Equal([first.Key], late.Fenced);
        Assert.Equal("r:r", await World.StateAsync(run));
    }

    [Fact]
    public async Task Failures_between_polls_spend_retries_and_a_lost_poll_does_not()
    {
        var run = await World.RunOfAsync("s");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await NotYetAsync(hand, run);
        await World.PassAsync(2 * Minute);
        Assert.Equal(1, (await hand.TakeAsync())[0].Tries);
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "s"), 'y', delay: 60));
        await World.PassAsync(2 * Minute);
        Assert.Equal(2, (await hand.TakeAsync())[0].Tries);
        await hand.LoseAsync();
        var other = await World.WorkerAsync();
        Assert.Equal((4, 2), ((await other.TakeAsync())[0] is var again ? (again.Attempt, again.Tries) : default));
        await NotYetAsync(other, run);
        Assert.Equal("r:w", await World.StateAsync(run));
        await World.PassAsync(2 * Minute);
        await other.TakeAsync();
        await other.EndAsync(run, "s", 'f');
        Assert.Equal("f:f", await World.StateAsync(run));
        Assert.Equal(["r w 1", "r y 2", "r q 3", "r f 5"], await World.ListAsync<string>(
            "select format('%s %s %s', from_state, to_state, attempt) from event where task_no = 0 and from_state = 'r' order by event_id"));
    }

    [Fact]
    public async Task A_poll_of_a_run_that_is_being_stopped_ends_as_cancelled_and_one_that_waits_at_once()
    {
        var run = await World.RunOfAsync("s; t");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await NotYetAsync(hand, run);
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal("r:cr", await World.StateAsync(run));
        await NotYetAsync(hand, run, "t");
        Assert.Equal("c:cc", await World.StateAsync(run));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from timer"));
    }

    [Fact]
    public async Task After_the_greatest_attempt_it_goes_on()
    {
        var run = await World.RunOfAsync("s");
        await World.ExecuteAsync("update task_instance set attempt = 32766");
        var hand = await World.WorkerAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(32767, (await hand.TakeAsync())[0].Attempt);
            await NotYetAsync(hand, run);
            await World.PassAsync(2 * Minute);
        }
    }

    [Fact]
    public async Task One_that_depends_on_the_past_keeps_its_gate_and_its_polls_apart()
    {
        var dag = await World.DagAsync("d", "s%");
        var at = Planned.Day(1).ToDateTimeUtc();
        var run = (await World.OneAsync<long[]>("select make_runs($1, $2, 's', array[$3], array[$3], array[$3], null, null, 0::smallint, 'test', null)", dag.DagNo, dag.VersionId, at))[0];
        World.Knows(run, "d");
        await World.Scheduler.StartRunsAsync(1, default);
        await World.Scheduler.OpenGatesAsync(10, default);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await NotYetAsync(hand, run);
        Assert.Equal(0, await World.SweepAsync());
        Assert.Equal(0, await World.Scheduler.OpenGatesAsync(10, default));
        await World.ExecuteAsync("delete from timer");
        Assert.Equal(1, await World.SweepAsync());
        Assert.Equal(1, await World.Scheduler.FireTimersAsync(10, default));
        Assert.Equal("r:q", await World.StateAsync(run));
    }

    private static Task<AdvanceReply> NotYetAsync(Hand hand, long run, string task = "s", double delay = 60) =>
        hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, task), 'w', delay: delay));
}
