using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Pipelines.Cli.Roles;
using Pipelines.Engine.Ports;
using Pipelines.Postgres.Embedded;

namespace Pipelines.Benchmarks;

/// <summary>
/// What a bad day costs: a worker killed in the middle of an attempt, PostgreSQL gone for five seconds, one of two schedulers killed.
/// The roles are processes with their defaults, and the times are the database's. The worst of all repeats counts.
/// </summary>
internal sealed class BadDays(EmbeddedServer started, Stage stage, Home home, TextWriter output, bool quick) : IAsyncDisposable
{
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(5);
    private EmbeddedServer _server = started;

    public static async Task<BadDays> OpenAsync(Home home, TextWriter output, bool quick, CancellationToken cancellation)
    {
        var server = await EmbeddedServer.StartAsync(Folder(home), _ => { }, cancellation);
        return new(server, await Stage.OpenAsync(server, "bench_bad_days", home, cancellation), home, output, quick);
    }

    public async Task RunAsync()
    {
        using (var scheduler = await StartAsync("scheduler"))
        {
            await LostWorkerAsync(quick ? 1 : 4);
            await OutageAsync(quick ? 2 : 8);
        }

        await FailoverAsync(quick ? 2 : 6);
    }

    public async ValueTask DisposeAsync()
    {
        await stage.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>One run whose attempt goes from worker to worker, each of which is killed under it.</summary>
    private async Task LostWorkerAsync(int repeats)
    {
        var seconds = new List<double>();
        var holder = await StartAsync("worker");
        var run = await stage.Bench.ScalarAsync<long>("make_run", "bench_lasting", $"{{\"lost\":{repeats}}}");
        for (var lost = 1; lost <= repeats; lost++)
        {
            await UntilAsync($"attempt {lost} runs", () => stage.Bench.ScalarAsync<bool>("attempt_started", run, lost));
            var next = await StartAsync("worker");
            await UntilAsync("two workers", () => stage.Bench.ScalarAsync<bool>("select count(*) = 2 from worker where stopped_at is null"));
            await Task.Delay(TimeSpan.FromSeconds(1.3 * lost));   // another moment between two heartbeats each time
            var killed = await NowAsync();
            holder.Dispose();
            await UntilAsync("the next attempt runs", () => stage.Bench.ScalarAsync<bool>("attempt_started", run, lost + 1));
            seconds.Add(await stage.Bench.ScalarAsync<double>("attempt_after", run, lost + 1, killed));
            holder = next;
        }

        await EndAsync();
        holder.Dispose();
        Line(
            "a worker killed in an attempt: until the next one starts it anew", $"{Text(seconds.Max())} s", $"least {Text(seconds.Min())} s, {repeats} times", "< 30 s");
    }

    /// <summary>Twelve chains at work in sixteen slots, and a run that is made the moment the server is back: it needs scheduler and worker.</summary>
    private async Task OutageAsync(int repeats)
    {
        using var worker = await StartAsync("worker");
        var (goesOn, fresh, away) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < repeats; i++)
        {
            var before = await stage.Bench.ScalarAsync<long>("last_run");
            await stage.Bench.ScalarAsync<int>("make_runs", "bench_steps", 12, null);
            await UntilAsync("the chains are at work", () => stage.Bench.ScalarAsync<bool>("steps_ended", before, 200));
            await Task.Delay(TimeSpan.FromSeconds(0.7 * i));

            await _server.StopAsync(EmbeddedStop.Immediate);
            var gone = Stopwatch.GetTimestamp();                  // this program's clock: the database's is away
            await Task.Delay(Away - Stopwatch.GetElapsedTime(gone));
            var starting = EmbeddedServer.StartAsync(Folder(home), _ => { }, CancellationToken.None);
            var (back, run) = await BackAsync();
            away.Add(Stopwatch.GetElapsedTime(gone).TotalSeconds);
            _server = await starting;

            await UntilAsync("work goes on", () => stage.Bench.ScalarAsync<bool>("steps_started_after", before, back));
            goesOn.Add(await stage.Bench.ScalarAsync<double>("next_step", before, back));
            await EndAsync();
            fresh.Add(await stage.Bench.ScalarAsync<double>("first_start", run));
        }

        var lost = await stage.Bench.ScalarAsync<long>("select coalesce(sum(t.lost), 0) from task_instance t join dag_run r using (run_id) join dag d using (dag_no) where d.dag_id = 'bench_steps'");
        Line(
            "PostgreSQL stopped hard for 5 s: from its first connection to the next attempt", $"{Text(goesOn.Max())} s",
            $"median {Text(Median(goesOn))} s, {repeats} times; with its recovery away {Text(away.Min())} to {Text(away.Max())} s; {lost} attempts lost", "< 2 s");
        Line("the same: to the start of a run made at that moment", $"{Text(fresh.Max())} s", $"median {Text(Median(fresh))} s", "< 2 s");
    }

    private async Task FailoverAsync(int kills)
    {
        using var worker = await StartAsync("worker");
        var schedulers = new Queue<RoleProcess>([await StartAsync("scheduler"), await StartAsync("scheduler")]);
        await stage.Bench.ExecuteAsync("pause", "bench_second", false);
        var calm = await NowAsync();
        await Task.Delay(TimeSpan.FromSeconds(10));
        var killing = await NowAsync();
        for (var i = 0; i < kills; i++)
        {
            schedulers.Dequeue().Dispose();
            await Task.Delay(TimeSpan.FromSeconds(3.15));         // the other is alone; another moment between two ticks each time
            schedulers.Enqueue(await StartAsync("scheduler"));
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        var over = await NowAsync();
        await Task.Delay(TimeSpan.FromSeconds(3));                // the last tick before that has its run by then, or is missing
        var without = await stage.Bench.ScalarAsync<double>("latest_tick", calm, killing);
        var with = await stage.Bench.ScalarAsync<double>("latest_tick", killing, over);
        var ticks = await stage.Bench.ScalarAsync<long>("ticks", killing, over);
        var due = await stage.Bench.ScalarAsync<long>("ticks_due", killing, over);
        await stage.Bench.ExecuteAsync("pause", "bench_second", true);
        await EndAsync();
        foreach (var scheduler in schedulers)
            scheduler.Dispose();
        Line(
            $"one of two schedulers killed, {kills} times: the latest start of a tick each second", $"{Text(with)} s", $"{Text(without)} s without; {ticks} runs of {due} ticks", "invisible");
    }

    /// <summary>A server of its own: one that is stopped hard goes through all it has not written yet.</summary>
    private static string Folder(Home home) => Path.Combine(home.Directory, "bad-days");

    private async Task<RoleProcess> StartAsync(string role)
    {
        var process = new RoleProcess(stage.Target, home.Directory, role);
        await process.Up;
        return process;
    }

    /// <summary>The server's time as soon as it takes a connection, and a run made in that connection.</summary>
    private async Task<(DateTime At, long Run)> BackAsync()
    {
        var direct = new NpgsqlConnectionStringBuilder(stage.Target) { Pooling = false, SearchPath = "pipelines" };
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(direct.ConnectionString);
                await connection.OpenAsync();
                var at = (DateTime)(await Bench.Command(connection, "select clock_timestamp()", []).ExecuteScalarAsync())!;
                return (at, (long)(await Bench.Command(connection, "make_run", ["bench_single", null]).ExecuteScalarAsync())!);
            }
            catch (Exception e) when (e is NpgsqlException or IOException)
            {
                await Task.Delay(5);
            }
        }
    }

    private Task<DateTime> NowAsync() => stage.Bench.ScalarAsync<DateTime>("select clock_timestamp()");

    private async Task EndAsync()
    {
        await UntilAsync("all runs end", async () => await stage.Bench.ScalarAsync<long>("open") == 0);
        if (await stage.Bench.ScalarAsync<long>("failed", 0L) is > 0 and var failed)
            throw new InvalidOperationException($"{failed} runs did not succeed; the figures would be worthless.");
    }

    private static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await SaysAsync())
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(3))
                throw new TimeoutException($"Waited for 3 minutes: {what}.");
            await Task.Delay(20);
        }

        async Task<bool> SaysAsync()
        {
            try
            {
                return await condition();
            }
            catch (StoreUnavailableException)
            {
                return false;                                     // this program's own pool holds connections to the server that is gone
            }
        }
    }

    private void Line(string what, string here, string ratio, string reach) => output.WriteLine($"| {what} | {here} | {ratio} | {reach} | |");

    private static string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
