using System.Runtime.Versioning;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>A teardown runs when its setup has succeeded and the work between has ended, however, and never changes how the run ends.</summary>
[SupportedOSPlatform("linux")]
public sealed class TeardownTests(World world) : EngineTest(world)
{
    private const string Cluster = "make; work < make; drop:Teardown < make !work";

    [Theory]
    [InlineData('s', "s:sss")]
    [InlineData('f', "f:sfs")]
    [InlineData('k', "s:sks")]
    public async Task It_runs_however_the_work_ended(char work, string states)
    {
        var (run, hand) = await StartAsync(Cluster);
        await hand.EndAsync(run, "make", want: 1);
        await hand.EndAsync(run, "work", work, want: 1);
        await hand.EndAsync(run, "drop");
        Assert.Equal(states, await World.StateAsync(run));
    }

    [Theory]
    [InlineData('f', "f:fuu")]
    [InlineData('k', "s:kkk")]
    public async Task It_does_not_run_when_there_is_nothing_to_take_down(char make, string states)
    {
        var (run, hand) = await StartAsync(Cluster);
        await hand.EndAsync(run, "make", make, want: 1);
        Assert.Equal(states, await World.StateAsync(run));
    }

    [Fact]
    public async Task Its_own_failure_does_not_fail_the_run()
    {
        var (run, hand) = await StartAsync(Cluster);
        await hand.EndAsync(run, "make", want: 1);
        await hand.EndAsync(run, "work", want: 1);
        await hand.EndAsync(run, "drop", 'f');
        Assert.Equal("s:ssf", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_cancelled_run_takes_down_what_it_made()
    {
        var (run, hand) = await StartAsync("make; work < make; more < work; drop:Teardown < make !work !more");
        await hand.EndAsync(run, "make", want: 1);
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal("r:srcn", await World.StateAsync(run));
        var reply = await hand.EndAsync(run, "work", 'c', want: 5);
        Assert.Equal((true, false), (Assert.Single(reply.Assignments).Shielded, reply.Assignments[0].Stopping));
        Assert.Equal("r:sccr", await World.StateAsync(run));
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "drop"), 'y', delay: 0));   // it is tried again, cancelled or not
        await World.Scheduler.FireTimersAsync(10, default);
        await hand.TakeAsync();
        await hand.EndAsync(run, "drop");
        Assert.Equal("c:sccs", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_cancelled_run_of_which_nothing_runs_takes_down_too()
    {
        var (run, hand) = await StartAsync(Cluster);
        await hand.EndAsync(run, "make");
        Assert.Equal('r', await World.Operations.CancelRunAsync(run, "ann", default));
        Assert.Equal("r:scq", await World.StateAsync(run));
        await hand.TakeAsync();
        await hand.EndAsync(run, "drop");
        Assert.Equal("c:scs", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_teardown_that_is_queued_waits_for_its_retry_or_runs_is_left_alone_by_a_cancel_even_if_it_is_lost_then()
    {
        var (run, hand) = await StartAsync("make; one:Teardown < make; two:Teardown ^1 < make; three:Teardown ^2 < make; work ~other");
        await hand.EndAsync(run, "make", want: 2);
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "two"), 'y'));
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal("r:sqyrc", await World.StateAsync(run));
        Assert.Equal(1, await hand.LoseAsync());
        Assert.Equal("r:sqyqc", await World.StateAsync(run));
        Assert.Equal(1, await World.Scheduler.FireTimersAsync(10, default));
        var next = await World.WorkerAsync();
        Assert.Equal(3, (await next.TakeAsync()).Count);
        await next.AdvanceAsync(0, [.. next.Held.Values.Select(a => Hand.Report(a, 's'))]);
        Assert.Equal("c:ssssc", await World.StateAsync(run));
    }

    private async Task<(long Run, Hand Hand)> StartAsync(string graph)
    {
        var run = await World.RunOfAsync(graph);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        return (run, hand);
    }
}
