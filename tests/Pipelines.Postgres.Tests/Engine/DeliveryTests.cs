using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>The outbox: taken by one at a time, tried again, given up, and delivered at least once whoever dies.</summary>
[SupportedOSPlatform("linux")]
public sealed class DeliveryTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task Each_is_taken_by_one_and_delivered_once()
    {
        await TellAsync(20);
        var both = await Task.WhenAll(TakeAsync(15), TakeAsync(15));
        Assert.Equal(20, both.SelectMany(taken => taken).Select(taken => taken.Id).Distinct().Count());
        Assert.Equal(20, both.Sum(taken => taken.Count));
        foreach (var taken in both.SelectMany(taken => taken))
            Assert.Equal('s', await World.Notifications.RecordAsync(taken.Id, taken.Try, null, default));
        Assert.Equal("20 s 20", await World.OneAsync<string>("select count(*) || ' ' || min(state::text) || ' ' || (select count(*) from notification_try where error is null and ended_at is not null) from notification where tries = 1"));
        await DueAsync();
        Assert.Empty(await TakeAsync());
    }

    [Fact]
    public async Task A_process_that_dies_between_delivering_and_saying_so_delivers_again()
    {
        await TellAsync(1);
        var first = Assert.Single(await TakeAsync());
        Assert.Empty(await TakeAsync());                                // its lease lasts
        await DueAsync();
        var second = Assert.Single(await TakeAsync());
        Assert.Equal((first.Id, 2), (second.Id, second.Try));
        // It was frozen, not dead: that it failed then says nothing about the try of now, that it delivered does.
        Assert.Null(await World.Notifications.RecordAsync(first.Id, first.Try, "too late", default));
        Assert.Equal("w", await StateAsync());
        Assert.Equal('s', await World.Notifications.RecordAsync(first.Id, first.Try, null, default));
        Assert.Null(await World.Notifications.RecordAsync(second.Id, second.Try, "closed", default));
        Assert.Equal("s", await StateAsync());
    }

    [Fact]
    public async Task It_is_tried_again_ever_later_and_given_up_and_a_person_may_ask_again()
    {
        await TellAsync(1);
        var waits = new List<int>();
        for (var i = 1; i <= 12; i++)
        {
            await DueAsync();
            var taken = Assert.Single(await TakeAsync());
            Assert.Equal(i == 12 ? 'f' : 'w', await World.Notifications.RecordAsync(taken.Id, taken.Try, $"refused {i}", default));
            waits.Add(await World.OneAsync<int>("select round(extract(epoch from due_at - (select max(ended_at) from notification_try)))::int from notification"));
        }

        Assert.Equal([15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600], waits[..11]);
        await DueAsync();
        Assert.Empty(await TakeAsync());
        var row = Assert.Single(await World.Console.NotificationsAsync(null, failed: true, 9, default));
        Assert.Equal(('f', 12, "refused 12"), (row.State, row.Tries, row.Error));

        await World.Operations.RetryNotificationAsync(row.Id, "ann", default);
        var again = Assert.Single(await TakeAsync());
        Assert.Equal(13, again.Try);
        Assert.Equal('w', await World.Notifications.RecordAsync(again.Id, again.Try, "refused", default));
        await World.Operations.RetryNotificationAsync(row.Id, "ann", default);
        Assert.Equal('s', await World.Notifications.RecordAsync(row.Id, Assert.Single(await TakeAsync()).Try, null, default));
        Assert.Contains("delivered already", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.RetryNotificationAsync(row.Id, "ann", default))).Message, StringComparison.Ordinal);
        Assert.Contains("no notification 99", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.RetryNotificationAsync(99, "ann", default))).Message, StringComparison.Ordinal);
        Assert.Equal(14, (await World.Console.NotificationTriesAsync(row.Id, default)).Count);
        Assert.Equal(2, await World.OneAsync<long>("select count(*) from event where why like 'notification % is sent again' and actor = 'ann'"));
    }

    [Fact]
    public async Task One_whose_last_try_was_never_recorded_is_given_up()
    {
        await TellAsync(1);
        await World.ExecuteAsync("update notification set most_tries = 1");
        Assert.Single(await TakeAsync());
        await DueAsync();
        Assert.Empty(await TakeAsync());
        Assert.Equal("f", await StateAsync());
    }

    [Fact]
    public async Task One_that_fails_and_is_tried_again_is_listed_as_failing_and_one_never_tried_is_not()
    {
        await TellAsync(2);
        var taken = Assert.Single(await TakeAsync(1));
        await World.Notifications.RecordAsync(taken.Id, taken.Try, "refused", default);
        Assert.Equal(taken.Id, Assert.Single(await World.Console.NotificationsAsync(null, failed: true, 9, default)).Id);
        Assert.Equal(2, (await World.Console.NotificationsAsync(null, failed: false, 9, default)).Count);
        Assert.Equal(taken.RunId, Assert.Single(await World.Console.NotificationsAsync(taken.RunId, failed: false, 9, default)).RunId);
    }

    private async Task TellAsync(int count)
    {
        await World.DagAsync(Graph.Parse("d", "a") with { Notify = [new("run", NotifyOn.Cancellation)] });
        for (var i = 0; i < count; i++)
            await World.Operations.CancelRunAsync(await World.QueueRunAsync("d"), "ann", default);
    }

    private Task<IReadOnlyList<TakenNotification>> TakeAsync(int limit = 100) => World.Notifications.TakeAsync(limit, TimeSpan.FromMinutes(2), "test", default);

    private Task<int> DueAsync() => World.ExecuteAsync("update notification set due_at = clock_timestamp() where state = 'w'");

    private Task<string> StateAsync() => World.OneAsync<string>("select state::text from notification");
}
