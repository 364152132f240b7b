using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>A task's success updates what it produces, and updates start runs of the DAGs that wait for them.</summary>
[SupportedOSPlatform("linux")]
public sealed class AssetTests(World world) : EngineTest(world)
{
    private static readonly Asset Orders = new("orders");
    private static readonly Asset Rates = new("rates");
    private static readonly Asset Prices = new("prices");

    [Theory]
    [InlineData('s', 1)]
    [InlineData('f', 0)]
    [InlineData('k', 0)]
    [InlineData('y', 0)]
    public async Task Only_success_updates(char ending, int runs)
    {
        await ConsumerAsync(Orders);
        var run = await ProducerAsync("load; check < load", "load", "orders");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "load", ending, "3");
        Assert.Equal(runs, await World.Scheduler.StartAssetRunsAsync(default));
        Assert.Equal(runs, await World.OneAsync<long>("select count(*) from asset_update where extra = '3'"));
    }

    [Fact]
    public async Task A_task_that_is_marked_succeeded_updates_and_one_that_is_marked_otherwise_does_not()
    {
        await ConsumerAsync(Orders);
        var run = await ProducerAsync("load; check < load", "load", "orders");
        await World.Operations.MarkTasksAsync(run, [World.Key(run, "load")], 'f', "ann", default);
        Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
        await World.Operations.MarkTasksAsync(run, [World.Key(run, "load")], 's', "ann", default);
        Assert.Equal(1, await World.Scheduler.StartAssetRunsAsync(default));
        await World.Operations.MarkTasksAsync(run, [World.Key(run, "load")], 's', "ann", default);      // what is so already is no success
        Assert.Equal(1L, await World.OneAsync<long>("select count(*) from asset_update"));
    }

    [Fact]
    public async Task Whoever_is_told_of_runs_is_told_of_those_that_updates_started()
    {
        await World.DagAsync(Graph.Parse("c", "a") with { Assets = Orders, Notify = [new("on-call", NotifyOn.Failure)] });
        await UpdateAsync("orders");
        var run = await StartedAsync();
        World.Knows(run, "c");
        await StartAsync();
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 'f');
        Assert.Equal(["on-call"], await World.ListAsync<string>("select channel from notification where run_id = $1", run));
    }

    [Fact]
    public async Task A_run_knows_its_updates_and_its_history_says_them()
    {
        await ConsumerAsync(Orders & Rates);
        var run = await ProducerAsync("load", "load", "orders");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "load", output: """{"rows":3}""");
        await World.Operations.UpdateAssetAsync("rates", """{"day":"2026-01-01"}""", new Actor("ann", "the bank's file"), default);
        var started = await StartedAsync();
        var updates = await World.Workers.LoadUpdatesAsync(started, default);
        Assert.Equal(
            [("orders", "p", run, "load", null, null, """{"rows": 3}"""), ("rates", null, null, null, "ann", "the bank's file", """{"day": "2026-01-01"}""")],
            updates.Select(u => (u.Asset, u.DagId, u.RunId, u.TaskId, u.By, u.Why, u.Extra)));
        Assert.Equal(updates, (await World.Console.RunAsync(started, default))!.Updates);
        Assert.Empty((await World.Console.RunAsync(run, default))!.Updates);
        var created = (await World.Console.RunEventsAsync(started, 10, default))[0];
        Assert.Equal(("scheduler", $"updated: orders (run {run}, task load), rates (by ann)"), (created.Actor, created.Why));
        Assert.Equal(('a', null), (await World.OneAsync<char>("select kind from dag_run where run_id = $1", started), (await World.Console.RunAsync(started, default))!.Run.Interval));
        Assert.Equal("asset rates updated: the bank's file", await World.OneAsync<string>("select why from event where actor = 'ann'"));
    }

    [Fact]
    public async Task Updates_before_the_condition_holds_are_one_run_and_the_next_waits_for_all_anew()
    {
        await ConsumerAsync(Orders & Rates);
        await UpdateAsync("orders", "orders");
        Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
        await UpdateAsync("orders", "rates");
        Assert.Equal(["orders", "orders", "orders", "rates"], await TakenAsync(await StartedAsync()));
        Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
        await StartAsync();
        await UpdateAsync("rates", "rates");
        Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
        await UpdateAsync("orders");
        Assert.Equal(["orders", "rates", "rates"], await TakenAsync(await StartedAsync()));
    }

    [Theory]
    [InlineData("orders", 0)]
    [InlineData("orders rates", 1)]
    [InlineData("prices", 1)]
    public async Task Conditions_nest(string updated, int runs)
    {
        await ConsumerAsync(Orders & Rates | Prices);
        await ConsumerAsync(Asset.All(Orders, Asset.Any(Rates, Prices)), "nested");
        await UpdateAsync(updated.Split(' '));
        Assert.Equal(runs + (updated == "orders rates" ? 1 : 0), await World.Scheduler.StartAssetRunsAsync(default));
    }

    [Fact]
    public async Task A_paused_dag_gathers_for_one_run_on_resume()
    {
        await ConsumerAsync(Orders);
        await World.Operations.PauseAsync("c", "ann", default);
        await UpdateAsync("orders", "orders", "orders");
        Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
        await World.Operations.ResumeAsync("c", "ann", default);
        Assert.Equal(["orders", "orders", "orders"], await TakenAsync(await StartedAsync()));
        Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
    }

    [Fact]
    public async Task While_a_run_waits_for_its_place_updates_are_gathered_for_the_next()
    {
        await ConsumerAsync(Orders);
        await UpdateAsync("orders");
        await StartedAsync();
        await UpdateAsync("orders", "orders");
        Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
        await StartAsync();
        Assert.Equal(["orders", "orders"], await TakenAsync(await StartedAsync()));
    }

    [Fact]
    public async Task Runs_by_hand_and_by_time_take_nothing()
    {
        await World.DagAsync(Graph.Parse("c", "a", cron: "@daily") with { Assets = Orders & Rates });
        await UpdateAsync("orders");
        await World.RunAsync("c");
        await World.ExecuteAsync("select make_runs(dag_no, version_id, 's', array[now()], array[now()], array[now()], null, null, 0::smallint, 'scheduler', null) from dag");
        await StartAsync();
        await UpdateAsync("rates");
        Assert.Equal(["orders", "rates"], await TakenAsync(await StartedAsync()));
    }

    [Fact]
    public async Task A_mapped_task_updates_once_when_all_of_it_has_succeeded()
    {
        await ConsumerAsync(Orders);
        var run = await ProducerAsync("list; m* < list", "m", "orders");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "list", output: "[1,2]", want: 9);
        await hand.EndAsync(World.Key(run, "m", 0));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from asset_update"));
        await hand.EndAsync(World.Key(run, "m", 1));
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from asset_update"));
        Assert.Equal(1, await World.Scheduler.StartAssetRunsAsync(default));
    }

    [Fact]
    public async Task A_mapped_task_of_which_an_element_failed_updates_nothing()
    {
        var run = await ProducerAsync("list; m* < list", "m", "orders");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "list", output: "[1,2]", want: 9);
        await hand.EndAsync(World.Key(run, "m", 0));
        await hand.EndAsync(World.Key(run, "m", 1), 'f');
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from asset_update"));
    }

    [Fact]
    public async Task A_producer_that_is_cleared_updates_again_and_a_fenced_report_does_not()
    {
        await ConsumerAsync(Orders);
        var run = await ProducerAsync("load", "load", "orders");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        var report = Hand.Report(hand.Assignment(run, "load"), 's');
        await hand.AdvanceAsync(0, report);
        await StartedAsync();
        await StartAsync();
        await hand.AdvanceAsync(0, report);
        Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
        await World.Operations.ClearTasksAsync(run, [World.Key(run, "load")], "ann", default);
        await hand.TakeAsync();
        await hand.EndAsync(run, "load");
        await StartedAsync();
    }

    [Fact]
    public async Task Of_schedulers_that_look_at_once_one_makes_the_run()
    {
        foreach (var round in Enumerable.Range(0, 5))
        {
            await World.ResetAsync();
            for (var dag = 0; dag < 20; dag++)
                await ConsumerAsync(Orders, $"c{dag}");
            await UpdateAsync("orders", "orders");
            var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => World.Scheduler.StartAssetRunsAsync(default)));
            Assert.Equal((20, 20L, 40L), (made.Sum(), await World.OneAsync<long>("select count(*) from dag_run"), await World.OneAsync<long>("select count(*) from asset_delivery where run_id is not null")));
        }
    }

    [Fact]
    public async Task Nothing_is_lost_while_updates_come_and_schedulers_look()
    {
        await ConsumerAsync(Orders | Rates);
        var updating = Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) => await UpdateAsync(i % 2 == 0 ? "orders" : "rates"));
        while (!updating.IsCompleted)
        {
            await Task.WhenAll(World.Scheduler.StartAssetRunsAsync(default), World.Scheduler.StartAssetRunsAsync(default));
            await StartAsync();
        }

        await updating;
        await StartAsync();
        await World.Scheduler.StartAssetRunsAsync(default);
        Assert.Equal(200, await World.OneAsync<long>("select count(distinct update_id) from asset_delivery where run_id is not null"));
        Assert.Equal(200, await World.OneAsync<long>("select count(*) from asset_delivery"));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from dag_run r where not exists (select 1 from asset_delivery d where d.run_id = r.run_id)"));
    }

    [Fact]
    public async Task An_update_belongs_to_the_transaction_of_the_success()
    {
        await ConsumerAsync(Orders);
        var run = await ProducerAsync("load", "load", "orders");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await using (var connection = new NpgsqlConnection(World.ConnectionString))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = World.Command(
                connection, "set local search_path = pipelines; select from advance(1, '{default}', array[1::bigint], '{0}', '{-1}', '{1}', '{s}', '{null}', '{0}', '{null}', '{null}', 0)");
            await command.ExecuteNonQueryAsync();
            Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
            await transaction.RollbackAsync();
        }

        Assert.Equal(("r:r", 0), (await World.StateAsync(run), await World.Scheduler.StartAssetRunsAsync(default)));
    }

    [Fact]
    public async Task A_new_version_waits_for_what_it_says_and_a_retired_dag_for_nothing()
    {
        await ConsumerAsync(Orders & Rates);
        await UpdateAsync("orders", "rates");
        await ConsumerAsync(Orders & Prices);
        Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
        await ConsumerAsync(Orders);
        Assert.Equal(["orders"], await TakenAsync(await StartedAsync()));
        await World.Catalog.RetireAsync("here/test", [], default);
        await UpdateAsync("orders");
        await World.DagAsync(Graph.Parse("c", "a", maxActive: 1) with { Assets = Orders });
        await StartAsync();
        Assert.Equal(0, await World.Scheduler.StartAssetRunsAsync(default));
    }

    [Fact]
    public async Task A_task_that_depends_on_the_past_waits_for_the_run_before_of_its_kind_and_the_latest_is_that_of_its_kind()
    {
        await World.DagAsync(Graph.Parse("c", "a%; b!") with { Assets = Orders });
        var runs = new long[2];
        for (var i = 0; i < 2; i++)
        {
            await UpdateAsync("orders");
            World.Knows(runs[i] = await StartedAsync(), "c");
            await StartAsync();
        }

        await World.Scheduler.OpenGatesAsync(10, default);
        Assert.Equal(("r:qk", "r:wq"), (await World.StateAsync(runs[0]), await World.StateAsync(runs[1])));
        Assert.Equal(runs[0], (await World.Console.PastAsync(runs[1], "a", default))!.RunId);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(runs[0], "a");
        await World.Scheduler.OpenGatesAsync(10, default);
        Assert.Equal("r:qr", await World.StateAsync(runs[1]));
    }

    [Fact]
    public async Task What_is_missing_can_be_seen()
    {
        await ConsumerAsync(Orders & (Rates | Prices));
        await ProducerAsync("load", "load", "orders");
        await UpdateAsync("orders");
        var asset = (await World.Console.AssetAsync("orders", 10, default))!;
        Assert.Equal(("p.load", "c", "test"), (Assert.Single(asset.Asset.Producers), Assert.Single(asset.Asset.Consumers), asset.Asset.By));
        var wait = Assert.Single(asset.Waits);
        Assert.Equal(("orders", "rates or prices", "orders and (rates or prices)"), (Assert.Single(wait.Updated), wait.Missing!.Phrase, wait.Condition.Phrase));
        await UpdateAsync("rates");
        var run = await StartedAsync();
        Assert.Equal([run], (await World.Console.AssetAsync("orders", 10, default))!.Updates[0].Runs);
        Assert.Equal(["orders", "prices", "rates"], (await World.Console.AssetsAsync(default)).Select(one => one.Name));
        Assert.Equal("on update of orders and (rates or prices)", (await World.Console.DagsAsync(default)).Single(dag => dag.DagId == "c").Schedule);
        Assert.Null(await World.Console.AssetAsync("nothing", 10, default));
    }

    [Theory]
    [InlineData("ordres", null, "there is no asset 'ordres'; there is: orders. Did you mean 'orders'?")]
    [InlineData("orders", "{rows: 3}", "the extra is not JSON")]
    public async Task What_cannot_be_told_is_refused(string name, string? extra, string message)
    {
        await ConsumerAsync(Orders);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.Operations.UpdateAssetAsync(name, extra, "ann", default));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from asset_update"));
    }

    private Task<RegisteredDag> ConsumerAsync(AssetCondition condition, string dag = "c") => World.DagAsync(Graph.Parse(dag, "a") with { Assets = condition });

    private async Task<long> ProducerAsync(string graph, string task, string asset)
    {
        await World.DagAsync(Graph.Parse("p", graph).Producing(task, asset));
        return await World.RunAsync("p");
    }

    private async Task UpdateAsync(params string[] assets)
    {
        foreach (var asset in assets)
            await World.Operations.UpdateAssetAsync(asset, null, "test", default);
    }

    /// <summary>The one run that updates have made now.</summary>
    private async Task<long> StartedAsync()
    {
        Assert.Equal(1, await World.Scheduler.StartAssetRunsAsync(default));
        return await World.OneAsync<long>("select max(run_id) from dag_run where kind = 'a'");
    }

    private Task<int> StartAsync() => World.Scheduler.StartRunsAsync(1000, default);

    private Task<List<string>> TakenAsync(long run) => World.ListAsync<string>(
        "select a.name from asset_delivery d join asset a using (asset_no) where d.run_id = $1 order by a.name", run);
}
