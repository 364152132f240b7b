using System.Runtime.Versioning;
using System.Text;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class RerunTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_run_that_is_run_again_starts_afresh_under_a_new_epoch_and_its_attempt_numbers_go_on()
    {
        var run = await World.RunOfAsync("a; b < a; c:AllDone < b");
        var hand = await World.WorkerAsync();
        await EndAllAsync(hand, a => a.Key.TaskNo == 0 ? 'f' : 's');
        Assert.Equal("s:fus", await World.StateAsync(run));
        Assert.True(await RerunAsync(run));
        Assert.Equal('q', (await World.StateAsync(run))[0]);
        await World.Scheduler.StartRunsAsync(10, default);
        Assert.Equal("r:qnn", await World.StateAsync(run));
        var again = Assert.Single(await hand.TakeAsync());
        Assert.Equal((2, 1, 1), (again.Attempt, again.Tries, again.Epoch));
        Assert.Equal(again.StartedAt, again.FirstStartedAt);
        await hand.EndAsync(run, "a", want: 1);
        Assert.Equal(1, hand.Assignment(run, "b").Attempt);
        await EndAllAsync(hand, _ => 's');
        Assert.Equal("s:sss", await World.StateAsync(run));
        Assert.Equal(0, await World.OneAsync<int>("select failures from dag_run"));
    }

    [Fact]
    public async Task A_run_that_has_not_ended_is_not_run_again()
    {
        var run = await World.RunOfAsync("a");
        Assert.False(await RerunAsync(run));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        Assert.False(await RerunAsync(run));
        Assert.Equal("r:r", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_cancelled_run_can_be_run_again_and_is_cancelling_no_more()
    {
        var run = await World.RunOfAsync("a; b < a");
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.True(await RerunAsync(run));
        await World.Scheduler.StartRunsAsync(10, default);
        var hand = await World.WorkerAsync();
        await EndAllAsync(hand, _ => 's');
        Assert.Equal("s:ss", await World.StateAsync(run));
    }

    [Fact]
    public async Task Elements_of_the_last_time_are_gone_when_the_list_is_shorter()
    {
        var run = await World.RunOfAsync("a; m* < a; sum < m");
        var hand = await World.WorkerAsync();
        await EndAllAsync(hand, _ => 's', "[1, 2, 3]");
        Assert.True(await RerunAsync(run));
        await World.Scheduler.StartRunsAsync(10, default);
        await EndAllAsync(hand, _ => 's', "[7]");
        Assert.Equal("s:sss", await World.StateAsync(run));
        Assert.Equal("sxx", await World.ElementsAsync(run, "m"));
        var output = Assert.Single(await World.Workers.LoadOutputsAsync([World.Key(run, "m")], default));
        Assert.Equal("[[7]]", Encoding.UTF8.GetString(output.Json!));
        Assert.Equal(2, await World.OneAsync<short>("select attempt from task_instance where map_index = 0"));
    }

    private Task<bool> RerunAsync(long run) => World.OneAsync<bool>("select rerun_run($1, null, 0::smallint, 'ann', 'again')", run);

    private static async Task EndAllAsync(Hand hand, Func<Pipelines.Engine.Ports.Assignment, char> outcome, string? output = null)
    {
        await hand.TakeAsync();
        while (hand.Held.Count > 0)
            await hand.AdvanceAsync(99, [.. hand.Held.Values.Select(a => Hand.Report(a, outcome(a), output))]);
    }
}
