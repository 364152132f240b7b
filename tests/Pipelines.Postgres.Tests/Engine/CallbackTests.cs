using System.Runtime.Versioning;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Callbacks are tasks that a failure or a success calls; they never change how the run ends.</summary>
[SupportedOSPlatform("linux")]
public sealed class CallbackTests(World world) : EngineTest(world)
{
    [Theory]
    [InlineData('s', "s:sks")]
    [InlineData('f', "f:fsk")]
    [InlineData('k', "s:kkk")]
    public async Task Of_a_task_by_how_the_task_itself_ended(char ending, string states)
    {
        var run = await World.RunOfAsync("a; page:OnFailure < a; thank:OnSuccess < a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        foreach (var called in (await hand.EndAsync(run, "a", ending, want: 5)).Assignments)
            await hand.EndAsync(called.Key);
        Assert.Equal(states, await World.StateAsync(run));
    }

    [Fact]
    public async Task Of_a_task_that_was_kept_from_running_is_not_called()
    {
        var run = await World.RunOfAsync("a; b < a; page:OnFailure < b");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 'f', want: 5);
        Assert.Equal("f:fuk", await World.StateAsync(run));
    }

    [Theory]
    [InlineData('f', 's', "r:frk", "f:fsk")]
    [InlineData('f', 'f', "r:frk", "f:ffk")]
    [InlineData('s', 's', "r:skr", "s:sks")]
    [InlineData('s', 'f', "r:skr", "s:skf")]
    public async Task Of_the_run_is_called_by_its_verdict_and_the_run_ends_with_it(char work, char callback, string during, string states)
    {
        var (run, hand) = await StartAsync();
        await hand.EndAsync(run, "a", work);
        var called = Assert.Single(await hand.TakeAsync());
        Assert.Equal(during, await World.StateAsync(run));
        await hand.EndAsync(called.Key, callback);
        Assert.Equal(states, await World.StateAsync(run));
        Assert.Equal(1L, await World.OneAsync<long>("select count(*) from event where task_no is null and to_state in ('s', 'f')"));
    }

    [Fact]
    public async Task Of_a_cancelled_run_are_not_called()
    {
        var (run, hand) = await StartAsync();
        await World.Operations.CancelRunAsync(run, "ann", default);
        await hand.EndAsync(run, "a", 'c', want: 5);
        Assert.Equal("c:ckk", await World.StateAsync(run));
    }

    [Fact]
    public async Task That_is_lost_with_its_worker_is_called_again()
    {
        var (run, hand) = await StartAsync();
        await hand.EndAsync(run, "a", 'f', want: 5);
        Assert.Equal(1, await hand.LoseAsync());
        await (await World.WorkerAsync()).TakeAsync();
        Assert.Equal("r:frk", await World.StateAsync(run));
    }

    [Fact]
    public async Task When_callbacks_run_a_cancel_ends_them_and_keeps_the_verdict()
    {
        var (run, hand) = await StartAsync();
        await hand.EndAsync(run, "a", 'f');
        Assert.Equal("r:fqk", await World.StateAsync(run));
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal("f:fck", await World.StateAsync(run));
    }

    private async Task<(long Run, Hand Hand)> StartAsync()
    {
        var run = await World.RunOfAsync("a; page:OnFailure; thank:OnSuccess");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        Assert.Equal("r:rnn", await World.StateAsync(run));
        return (run, hand);
    }
}
