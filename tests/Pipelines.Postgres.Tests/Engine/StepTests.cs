using System.Runtime.Versioning;
using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>What task instances keep over their attempts.</summary>
[SupportedOSPlatform("linux")]
public sealed class StepTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_step_is_kept_once_by_the_running_attempt_and_found_by_the_next()
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        Assert.True(await SaveAsync(hand, a, "copy", "1"));
        Assert.False(await SaveAsync(hand, a, "copy", "2"));
        Assert.False(await SaveAsync(hand, a with { Attempt = 2 }, "other", "3"));
        Assert.False(await SaveAsync(await World.WorkerAsync(), a, "other", "4"));
        await hand.AdvanceAsync(0, Hand.Report(a, 'y'));
        Assert.False(await SaveAsync(hand, a, "late", "5"));
        await World.Scheduler.FireTimersAsync(10, default);
        var again = Assert.Single(await hand.TakeAsync());
        Assert.Equal((2, a.FirstStartedAt), (again.Attempt, again.FirstStartedAt));
        Assert.Equal("copy=1 in 1", await KeptAsync(again));
    }

    [Fact]
    public async Task A_step_that_failed_is_told_and_done_again()
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        Assert.True(await World.Workers.SaveStepAsync(hand.Id, a.Key, a.Attempt, new FinishedStep(StepKind.Step, "copy", null, "boom", 3, 0.5), default));
        Assert.Equal("", await KeptAsync(a));
        var told = Assert.Single(await World.Console.StepsAsync(a.Key, 10, default));
        Assert.Equal(("copy", "boom", 3, 1), (told.Name, told.Error, told.Tries, told.Attempt));
        Assert.Equal(0.5, (told.FinishedAt - told.StartedAt).TotalSeconds, 3);
        Assert.True(await SaveAsync(hand, a, "copy", "1"));
        Assert.Equal("copy=1 in 1", await KeptAsync(a));
    }

    [Fact]
    public async Task A_cursor_moves()
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        foreach (var place in new[] { "10", "20" })
            Assert.True(await World.Workers.SaveStepAsync(hand.Id, a.Key, a.Attempt, new FinishedStep(StepKind.Cursor, "", Encoding.UTF8.GetBytes(place)), default));
        Assert.Equal("=20 in 1", await KeptAsync(a));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_task_that_is_cleared_begins_anew(bool whole)
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await SaveAsync(hand, a, "copy", "1");
        await hand.AdvanceAsync(0, Hand.Report(a, 'f'));
        if (whole)
            await World.Operations.ClearRunAsync(run, false, "test", default);
        else
            await World.Operations.ClearTasksAsync(run, [a.Key], "test", default);
        await World.Scheduler.StartRunsAsync(10, default);
        var again = Assert.Single(await hand.TakeAsync());
        Assert.Equal("", await KeptAsync(again));
        Assert.Empty(await World.Console.StepsAsync(a.Key, 10, default));
        Assert.True(await SaveAsync(hand, again, "copy", "2"));
        Assert.Equal("copy=2 in 2", await KeptAsync(again));
    }

    [Fact]
    public async Task An_attempt_that_is_lost_leaves_its_steps()
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        await SaveAsync(hand, Assert.Single(await hand.TakeAsync()), "copy", "1");
        await hand.LoseAsync();
        Assert.Equal("copy=1 in 1", await KeptAsync(Assert.Single(await (await World.WorkerAsync()).TakeAsync())));
    }

    [Fact]
    public async Task A_deleted_run_takes_its_steps_along()
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await SaveAsync(hand, a, "copy", "1");
        await hand.AdvanceAsync(0, Hand.Report(a, 's'));
        await World.Operations.DeleteRunAsync(run, "test", default);
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from task_step"));
    }

    private Task<bool> SaveAsync(Hand hand, Assignment a, string name, string output) =>
        World.Workers.SaveStepAsync(hand.Id, a.Key, a.Attempt, new FinishedStep(StepKind.Step, name, Encoding.UTF8.GetBytes(output)), default);

    private async Task<string> KeptAsync(Assignment a) => string.Join(
        "; ", (await World.Workers.LoadStepsAsync(a.Key, a.FirstStartedAt, default)).Select(step => $"{step.Name}={Encoding.UTF8.GetString(step.Output!)} in {step.Attempt}"));
}
