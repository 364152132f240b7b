namespace Pipelines.EndToEnd.Tests;

/// <summary>Between the processes and PostgreSQL stands a network that fails.</summary>
public sealed class NetworkTests
{
    /// <param name="ends">The body ends while the connections hang: its report arrives when another worker has done the work already.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_worker_whose_connections_hang_stops_before_its_lease_ends_and_goes_on_when_they_come_back(bool ends)
    {
        await using var at = await Installation.CreateAsync(Built.Dags);
        await using var proxy = new FaultProxy(at.Database);
        await at.SchedulerAsync("gated");
        var cut = at.StartWith("PIPELINES_DATABASE", proxy.ConnectionString, at.Home, "worker", "--lease", "5");
        var run = await at.StartRunAsync("gated");
        await at.UntilAsync("it runs", async () => await at.RunningOnAsync(cut) == 1);
        var id = Assert.Single(await at.WorkerIdsOf(cut));

        proxy.Freeze();
        if (ends)
            at.Open($"hold-{run}");
        await at.UntilAsync("it gives up what it runs", () => cut.Error.Contains("missed its lease", StringComparison.Ordinal));
        if (!ends)
        {
            // The worker says so first and then stops the body, which writes when it was stopped.
            await at.UntilAsync("the body is stopped", () => at.HasWritten($"hold-{run}-stopped"));
            var until = (DateTime)(await at.ScalarAsync("select lease_until from worker where worker_id = $1", id))!;
            Assert.True(at.Written($"hold-{run}-stopped") < until, "The body was stopped after the lease had ended: another may have been running.");
        }

        var other = await at.WorkerAsync();
        at.Open($"hold-{run}");
        await at.RunEndsAsync(run);
        var history = await HistoryAsync();
        proxy.Thaw();

        await at.UntilAsync("it has registered anew", async () => (await at.WorkerIdsOf(cut)).Length > 1);
        other.Terminate();
        Assert.Equal(0, (await other.EndAsync()).Code);
        var next = await at.StartRunAsync("gated");
        at.Open($"hold-{next}");
        await at.RunEndsAsync(next);

        Assert.Equal("s", await at.RunStateAsync(next));
        Assert.Equal(history, await HistoryAsync());
        Assert.Equal($"s 2 1 1 {other.Id}", await at.ScalarAsync(
            "select concat_ws(' ', state, attempt, tries, lost, output) from task_instance where run_id = $1 and task_no = 0", run));
        Assert.False(cut.HasExited, cut.ToString());
        await at.TickNoMoreAsync();
        await Proof.NothingIsLeftAsync(at.Store);

        async Task<string> HistoryAsync() =>
            (string)(await at.ScalarAsync("select string_agg(concat_ws(' ', event_id, task_no, attempt, from_state, to_state), ', ' order by event_id) from event where run_id = $1", run))!;
    }

    [Fact]
    public async Task Connections_cut_in_the_middle_of_answers_lose_nothing_and_double_nothing()
    {
        await using var at = await Installation.CreateAsync(Built.Ledgered);
        await using var ledger = await Ledger.OpenAsync(at);
        await using var proxy = new FaultProxy(at.Database);
        await at.SchedulerAsync("ledgered_ticks");
        Running[] processes =
        [
            at.StartWith("PIPELINES_DATABASE", proxy.ConnectionString, at.Home, "scheduler", "--dags", at.Dags),
            at.StartWith("PIPELINES_DATABASE", proxy.ConnectionString, at.Home, "worker"),
            at.StartWith("PIPELINES_DATABASE", proxy.ConnectionString, at.Home, "worker"),
        ];
        await at.UntilAsync("all are there", async () => processes.All(process => process.Output.Length > 0) && await at.EndedRunsAsync() > 0);

        var random = new Random(1);
        for (var ended = 0L; await at.EndedRunsAsync() is var now && now < 50;)
        {
            if (random.Next(4) == 0)
                proxy.HalfClose();
            else
                proxy.Cut(random.Next(0, 400));
            var was = ended;
            await at.UntilAsync("work goes on", async () => (ended = await at.EndedRunsAsync()) > was || ended == 60);
        }

        await at.UntilAsync("all runs end", async () => await at.EndedRunsAsync() == 60);
        await ledger.JudgeAsync(at, 60, null, new HashSet<int>());
        Assert.All(processes, process => Assert.False(process.HasExited, process.ToString()));
        Assert.True(proxy.Cuts > 20, $"Only {proxy.Cuts} connections were cut.");
    }

    [Fact]
    public async Task Without_any_notification_everything_still_goes_its_way()
    {
        await using var at = await Installation.CreateAsync(Built.Ledgered);
        await using var ledger = await Ledger.OpenAsync(at);
        await using var proxy = new FaultProxy(at.Database);
        proxy.Freeze("listen pipelines_worker");
        at.StartWith("PIPELINES_DATABASE", proxy.ConnectionString, at.Home, "scheduler", "--dags", at.Dags);
        at.StartWith("PIPELINES_DATABASE", proxy.ConnectionString, at.Home, "worker");
        await at.UntilAsync("all runs of past ticks end", async () => await at.IsLoadedAsync("ledgered") && await at.EndedRunsAsync() == 60);

        var run = await at.StartRunAsync("ledgered");             // both sleep now
        await at.RunEndsAsync(run);
        Assert.Equal(0, await ledger.JudgeAsync(at, 61, new HashSet<int>(), new HashSet<int>()));
    }
}
