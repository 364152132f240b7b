using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Open runs that follow a new version of their DAG, as its policy says.</summary>
[SupportedOSPlatform("linux")]
public sealed class AdoptTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task Open_runs_follow_the_version_that_says_so_and_a_busy_one_too()
    {
        await LoadAsync("a; b < a", VersionPolicy.Pin);
        var (busy, queued) = (await World.RunAsync("d"), await World.QueueRunAsync("d"));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        Assert.Equal(0, await World.Scheduler.AdoptRunsAsync(10, default));
        await LoadAsync("new; a; b < a", VersionPolicy.Pin);
        Assert.Equal(0, await World.Scheduler.AdoptRunsAsync(10, default));
        await LoadAsync("new; newer; a; b < a", VersionPolicy.Adopt);
        Assert.Equal(2, await World.Scheduler.AdoptRunsAsync(10, default));
        Assert.Equal((3, 3), (await VersionAsync(busy), await VersionAsync(queued)));
        await hand.EndAsync(new InstanceKey(busy, 0, -1), want: 9);
        Assert.Equal("r:srrr", await World.StateAsync(busy));
        Assert.Equal(0, await World.Scheduler.AdoptRunsAsync(10, default));
        Assert.Null(await World.OneAsync<DateTime?>("select adopt_at from dag"));
    }

    [Fact]
    public async Task Pending_ones_follow_and_those_that_have_begun_end_on_theirs()
    {
        await LoadAsync("a; b < a", VersionPolicy.Pin);
        var (begun, fresh) = (await World.RunAsync("d"), await World.RunAsync("d"));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync(1);
        await LoadAsync("a; b < a; c < b", VersionPolicy.AdoptPending);
        Assert.Equal(1, await World.Scheduler.AdoptRunsAsync(10, default));
        Assert.Equal((1, 2), (await VersionAsync(begun), await VersionAsync(fresh)));
    }

    [Fact]
    public async Task What_has_begun_or_what_is_current_since_it_was_found_is_looked_at_again()
    {
        await LoadAsync("a; b < a", VersionPolicy.Pin);
        var run = await World.RunAsync("d");
        await LoadAsync("a; b < a; c < b", VersionPolicy.AdoptPending);
        Assert.Equal([run], await World.OneAsync<long[]>("select adopting(10)"));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        Assert.False(await World.OneAsync<bool>("select adopt_run($1)", run));
        await LoadAsync("a; b < a; e < b", VersionPolicy.Pin);
        Assert.False(await World.OneAsync<bool>("select adopt_run($1)", run));
        Assert.Equal(1, await VersionAsync(run));
        Assert.Equal(0, await World.OneAsync<int>("select count(*)::int from upgrade_refusal"));
    }

    [Fact]
    public async Task What_cannot_follow_is_told_once_and_follows_when_it_can()
    {
        await LoadAsync("a; b < a", VersionPolicy.Adopt);
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await LoadAsync("b; c < b", VersionPolicy.Adopt);
        Assert.Equal(1, await World.Scheduler.AdoptRunsAsync(10, default));
        Assert.Equal(0, await World.Scheduler.AdoptRunsAsync(10, default));
        await LaterAsync();
        Assert.Equal(1, await World.Scheduler.AdoptRunsAsync(10, default));
        Assert.Contains("task a is running", Assert.Single(await World.Console.RunEventsAsync(run, 99, default), e => e.Why?.StartsWith("not moved", StringComparison.Ordinal) == true).Why, StringComparison.Ordinal);
        await hand.EndAsync(new InstanceKey(run, 0, -1));
        await LaterAsync();
        Assert.Equal(0, await World.Scheduler.AdoptRunsAsync(0, default));
        Assert.Equal(1, await World.Scheduler.AdoptRunsAsync(10, default));
        Assert.Equal(2, await VersionAsync(run));
        Assert.Equal(0, await World.OneAsync<int>("select count(*)::int from upgrade_refusal"));
    }

    /// <summary>Whether a task fits into its pool is asked when its version is loaded, and not of the runs that follow it.</summary>
    [Fact]
    public async Task A_pool_that_has_become_too_small_since_keeps_no_run_where_it_is()
    {
        await LoadAsync("a; b < a", VersionPolicy.Adopt);
        var run = await World.RunAsync("d");
        var wide = Graph.Parse("d", "new; a < new; b < a") with { VersionPolicy = VersionPolicy.Adopt };
        await World.DagAsync(wide with { Tasks = [wide.Tasks[0] with { Pool = "db", PoolSlots = 3 }, .. wide.Tasks.Skip(1)] });
        await World.Operations.SetPoolAsync("db", 2, "ann", default);
        Assert.Equal(1, await World.Scheduler.AdoptRunsAsync(10, default));
        Assert.Equal(2, await VersionAsync(run));
    }

    [Fact]
    public async Task Schedulers_that_do_it_together_move_each_run_once()
    {
        await LoadAsync("a; b < a", VersionPolicy.Adopt);
        var runs = await World.RunsAsync("d", 30);
        await LoadAsync("new; a < new; b < a", VersionPolicy.Adopt);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => World.Scheduler.AdoptRunsAsync(100, default)));
        Assert.Equal(runs.Length, await World.OneAsync<int>("select count(*)::int from event where why like 'graph changed%'"));
        Assert.Equal(1, await World.OneAsync<int>("select count(distinct version_id)::int from dag_run"));
    }

    /// <summary>The version that runs were moved from keeps its bundle: what runs there ends there, and it may come back.</summary>
    [Fact]
    public async Task Old_versions_and_their_bundles_stay()
    {
        await LoadAsync("a", VersionPolicy.Adopt);
        var run = await World.RunAsync("d");
        await LoadAsync("a; b < a", VersionPolicy.Adopt);
        await World.Scheduler.AdoptRunsAsync(10, default);
        await World.Scheduler.TidyAsync(default);
        await World.SweepAsync();
        Assert.NotNull(await World.Catalog.LoadVersionAsync(1, default));
        Assert.NotNull(await World.Catalog.LoadBundleAsync(World.Bundle, default));
        Assert.Equal(2, await VersionAsync(run));
    }

    private Task<RegisteredDag> LoadAsync(string graph, VersionPolicy policy) => World.DagAsync(Graph.Parse("d", graph) with { VersionPolicy = policy });

    private async Task<int> VersionAsync(long run) => (await World.Console.RunAsync(run, default))!.VersionId;

    private async Task LaterAsync()
    {
        await World.ExecuteAsync("update upgrade_refusal set at = at - interval '2 minutes'");
        await World.ExecuteAsync("update dag set adopt_at = adopt_at - interval '2 minutes'");
    }
}
