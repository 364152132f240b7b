using System.Runtime.Versioning;
using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>What bodies tell while they run: values, progress and heartbeats.</summary>
[SupportedOSPlatform("linux")]
public sealed class ValueTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task The_last_value_of_the_running_attempt_stays_also_when_its_worker_is_dead_and_the_run_has_ended()
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        Assert.True(await SaveAsync(hand, a, ValueKind.Value, "rows", "1"));
        Assert.True(await SaveAsync(hand, a, ValueKind.Value, "rows", "2"));
        Assert.False(await SaveAsync(await World.WorkerAsync(), a, ValueKind.Value, "rows", "3"));
        Assert.False(await SaveAsync(hand, a with { Attempt = 2 }, ValueKind.Value, "rows", "4"));
        Assert.Equal("rows=2 in 1", await ToldAsync(a));
        await hand.LoseAsync();
        Assert.False(await SaveAsync(hand, a, ValueKind.Value, "rows", "5"));
        Assert.Equal("rows=2 in 1", await ToldAsync(a));
        var other = await World.WorkerAsync();
        var again = Assert.Single(await other.TakeAsync());
        Assert.True(await SaveAsync(other, again, ValueKind.Value, "rows", "6"));
        await other.EndAsync(run, "a");
        Assert.False(await SaveAsync(other, again, ValueKind.Value, "rows", "7"));
        Assert.Equal("rows=6 in 2", await ToldAsync(a));
    }

    [Fact]
    public async Task The_details_of_a_heartbeat_are_there_for_the_next_attempt_until_the_task_is_cleared()
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        Assert.Null(await World.Workers.LoadHeartbeatAsync(a.Key, a.FirstStartedAt, default));
        await SaveAsync(hand, a, ValueKind.Heartbeat, "", "\"file 7\"");
        await hand.LoseAsync();
        hand = await World.WorkerAsync();
        a = Assert.Single(await hand.TakeAsync());
        Assert.Equal("\"file 7\"", Encoding.UTF8.GetString((await World.Workers.LoadHeartbeatAsync(a.Key, a.FirstStartedAt, default))!));
        await hand.AdvanceAsync(0, Hand.Report(a, 'f'));
        await World.Operations.ClearTasksAsync(a.Key.RunId, [a.Key], "test", default);
        a = Assert.Single(await hand.TakeAsync());
        Assert.Null(await World.Workers.LoadHeartbeatAsync(a.Key, a.FirstStartedAt, default));
        Assert.Equal("", await ToldAsync(a));
    }

    [Fact]
    public async Task Progress_is_that_of_what_runs_now_and_changes_what_a_page_of_the_run_shows()
    {
        var run = await World.RunOfAsync("a; b");
        var hand = await World.WorkerAsync();
        var (a, b) = (await hand.TakeAsync()) switch { [var first, var second] => (first, second), _ => throw new InvalidOperationException() };
        var before = await World.Console.RunFingerprintAsync(run, default);
        await SaveAsync(hand, a, ValueKind.Progress, "", """{"percent":75,"text":"files 75/100"}""");
        Assert.NotEqual(before, await World.Console.RunFingerprintAsync(run, default));
        await SaveAsync(hand, b, ValueKind.Progress, "", """{"percent":1.5,"text":""}""");
        var told = await World.Console.ProgressAsync(run, 10, default);
        Assert.Equal([("a", 75d, "files 75/100"), ("b", 1.5, "")], told.Select(row => (row.TaskId, row.Percent, row.Text)));
        await hand.EndAsync(run, "a");
        Assert.Equal("b", Assert.Single(await World.Console.ProgressAsync(run, 10, default)).TaskId);
        Assert.Equal(75, Assert.Single(await World.Console.ValuesAsync(a.Key, default)).Progress!.Percent);
        await Assert.ThrowsAsync<DataRefusedException>(() => SaveAsync(hand, b, ValueKind.Value, "x", "\"\\u0000\""));
        await hand.EndAsync(run, "b");
        await World.Operations.DeleteRunAsync(run, "test", default);
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from task_value"));
    }

    private Task<bool> SaveAsync(Hand hand, Assignment a, ValueKind kind, string name, string json) =>
        World.Workers.SaveValueAsync(hand.Id, a.Key, a.Attempt, kind, name, Encoding.UTF8.GetBytes(json), default);

    private async Task<string> ToldAsync(Assignment a) => string.Join("; ", (await World.Console.ValuesAsync(a.Key, default)).Select(row => $"{row.Name}={row.Json} in {row.Attempt}"));
}
