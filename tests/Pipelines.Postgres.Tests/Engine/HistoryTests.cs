using System.Runtime.Versioning;
using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Artefacts, logs and the partitions of the history.</summary>
[SupportedOSPlatform("linux")]
public sealed class HistoryTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task An_artefact_is_stored_by_the_running_attempt_only_and_replaced_by_name()
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        Assert.True(await SaveAsync(hand, a, "one"));
        Assert.True(await SaveAsync(hand, a, "two"));
        Assert.False(await SaveAsync(hand, a with { Attempt = 2 }, "late"));
        Assert.False(await SaveAsync(await World.WorkerAsync(), a, "stranger"));
        await hand.AdvanceAsync(0, Hand.Report(a, 's'));
        Assert.False(await SaveAsync(hand, a, "after the end"));
        Assert.Equal("two", Encoding.UTF8.GetString((await World.Console.ArtefactAsync(a.Key, "x.txt", default))!.Value.Content));
    }

    [Fact]
    public async Task Chunks_of_a_log_come_back_as_numbered_lines()
    {
        var key = new InstanceKey(1, 0, -1);
        await World.Workers.AppendAsync([Chunk(key, 1, 1, "I one", "W two"), Chunk(key, 2, 1, "E other attempt")], default);
        await World.Workers.AppendAsync([Chunk(key, 1, 3, "E three")], default);
        var page = await World.Console.LogAsync(key, 1, 1, 10, default);
        Assert.Equal([(1, 'I', "one"), (2, 'W', "two"), (3, 'E', "three")], page.Lines.Select(line => (line.Number, line.Level, line.Text)));
        Assert.Equal((3, 1, 1, 3), (page.TotalLines, page.Warnings, page.Errors, page.FirstErrorLine));
        Assert.Equal([2, 3], (await World.Console.LogAsync(key, 1, 2, 10, default)).Lines.Select(line => line.Number));
    }

    [Fact]
    public async Task Lines_that_are_stored_again_for_the_answer_was_lost_add_nothing()
    {
        var key = new InstanceKey(1, 0, -1);
        for (var i = 0; i < 2; i++)
            await World.Workers.AppendAsync([Chunk(key, 1, 1, "I one", "W two"), Chunk(key, 1, 3, "E three"), Chunk(key, 2, 1, "I other attempt")], default);
        var page = await World.Console.LogAsync(key, 1, 1, 10, default);
        Assert.Equal([1, 2, 3], page.Lines.Select(line => line.Number));
        Assert.Equal((3, 1, 1), (page.TotalLines, page.Warnings, page.Errors));
    }

    [Fact]
    public async Task Rows_of_a_month_without_a_partition_wait_in_the_default_one_and_move()
    {
        var name = await World.OneAsync<string>("select 'event_' || to_char(now() at time zone 'UTC', 'YYYYMM')");
        await World.ExecuteAsync($"drop table {name}");
        var run = await World.RunOfAsync("a");
        Assert.True(await World.OneAsync<long>("select count(*) from event_default") > 0);
        var all = await World.OneAsync<long>("select count(*) from event");
        await World.Scheduler.TidyAsync(default);
        await World.Scheduler.TidyAsync(default);
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from event_default"));
        Assert.Equal(all, await World.OneAsync<long>($"select count(*) from {name}"));
        Assert.Equal(all, await World.OneAsync<long>("select count(*) from event"));
        Assert.Equal("r:q", await World.StateAsync(run));
        Assert.Equal("q", await World.OneAsync<string>($"select to_state::text from {name} where run_id = {run} and task_no = 0"));
    }

    [Fact]
    public async Task Events_that_are_written_while_their_partition_is_made_move_with_the_others()
    {
        var name = await World.OneAsync<string>("select 'event_' || to_char(now() at time zone 'UTC', 'YYYYMM')");
        await World.ExecuteAsync($"drop table {name}");
        await using var connection = await World.Db.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var written = World.Command(connection, "insert into event(at, actor) values (clock_timestamp(), 'late')"))
            await written.ExecuteNonQueryAsync();
        var making = World.Scheduler.TidyAsync(default);
        await Until.BlockedAsync(World, 1);
        await transaction.CommitAsync();
        await making;
        Assert.Equal(["late"], await World.ListAsync<string>($"select actor from {name}"));
    }

    [Fact]
    public async Task There_are_partitions_for_this_month_and_the_next_two()
    {
        await World.Scheduler.TidyAsync(default);
        foreach (var table in new[] { "event", "log_chunk" })
            Assert.Equal(4, await World.OneAsync<long>("select count(*) from pg_inherits where inhparent = $1::regclass", table));
    }

    private Task<bool> SaveAsync(Hand hand, Assignment a, string text) =>
        World.Workers.SaveArtefactAsync(hand.Id, a.Key, a.Attempt, "x.txt", "text/plain", Encoding.UTF8.GetBytes(text), default);

    private static LogChunk Chunk(InstanceKey key, short attempt, int first, params string[] lines) => new(
        key, attempt, first, lines.Length, lines.Count(line => line[0] == 'W'), lines.Count(line => line[0] == 'E'),
        Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"1700000000000000\t{line[0]}\t{line[2..]}\n"))));
}
