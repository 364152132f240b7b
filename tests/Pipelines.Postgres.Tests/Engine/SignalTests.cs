using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>What a run is told from outside: kept when early, in order, taken once, and never lost between one who looks and one who sends.</summary>
[SupportedOSPlatform("linux")]
public sealed class SignalTests(World world) : EngineTest(world)
{
    private static readonly WaitSpec Shipped = new() { Kind = WaitKind.Signal, Signal = "shipped", Timeout = TimeSpan.FromDays(14) };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cleared_task_asks_anew_and_gets_no_answer_to_its_old_question(bool keepsSteps)
    {
        const string signal = "callback:a:carrier";
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        var asked = new List<long>();
        for (var round = 0; round < 2; round++)
            asked.Add((await World.Workers.OpenCallbackAsync(hand.Id, a.Key, a.Attempt, signal, [1], TimeSpan.FromHours(1), null, default))!.Value);
        await World.Workers.SaveStepAsync(hand.Id, a.Key, a.Attempt, new FinishedStep(StepKind.Step, "ask carrier #1", "null"u8.ToArray()), default);
        Assert.Equal("c", await CallBackAsync(asked[0]));
        Assert.NotNull(await World.Workers.TakeSignalAsync(hand.Id, a.Key, a.Attempt, signal, 0, default));
        await World.Operations.ClearTasksAsync(new ClearRequest(run, "a") { ReuseSteps = keepsSteps }, "ann", default);
        var again = Assert.Single(await hand.TakeAsync());
        Assert.Equal(keepsSteps, await World.Workers.TakeSignalAsync(hand.Id, again.Key, again.Attempt, signal, 0, default) is not null);
        Assert.Equal(keepsSteps ? "c" : "e", await CallBackAsync(asked[1]));

        Task<string> CallBackAsync(long id) => World.OneAsync<string>("select call_back_in($1, $2, '7', 'them', null)", id, new byte[] { 1 });
    }

    [Fact]
    public async Task A_task_without_a_body_ends_with_the_signal_as_its_output()
    {
        var run = await WaitingAsync(Shipped);
        Assert.Equal("r:wn", await World.StateAsync(run));
        Assert.True((await SendAsync(run, "shipped", "{\"parcel\": 7}")).IsNew);
        Assert.Equal("r:sq", await World.StateAsync(run));
        Assert.Equal("{\"parcel\": 7}", await World.OneAsync<string>("select output::text from task_instance where task_no = 0"));
        Assert.Equal("the signal shipped came", await World.WhyAsync(World.Key(run, "w")));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from timer"));
        var row = Assert.Single(await World.Console.SignalsAsync(run, 10, default));
        Assert.Equal(("shipped", "w", "cli:ann"), (row.Name, row.TakenBy, row.SentBy));
    }

    [Fact]
    public async Task One_that_comes_early_is_kept_even_before_the_run_starts()
    {
        await World.DagAsync(Graph.Parse("d", "a; w < a; b < w").Waiting("w", Shipped));
        var run = await World.QueueRunAsync("d");
        await SendAsync(run, "shipped", "1");
        await World.Scheduler.StartRunsAsync(10, default);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", want: 10);
        Assert.Equal("r:sqn", await World.StateAsync(run));
        await World.WaitsAsync();
        Assert.Equal("r:ssq", await World.StateAsync(run));
    }

    [Fact]
    public async Task The_same_key_is_one_signal()
    {
        var run = await WaitingAsync(Shipped);
        var first = await SendAsync(run, "other", "1", "k");
        var second = await SendAsync(run, "other", "2", "k");
        Assert.Equal((first.SignalId, true, false), (second.SignalId, first.IsNew, second.IsNew));
        Assert.Equal("1", (await World.Console.SignalsAsync(run, 10, default)).Single().Payload);
    }

    [Fact]
    public async Task Nobody_takes_it_after_the_end_and_the_sender_is_told_so()
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        Assert.Contains("there is no run 4711", await RefusedAsync(() => SendAsync(4711, "x")), StringComparison.Ordinal);
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal($"Run {run} is being stopped: nothing in it takes the signal x any more.", await RefusedAsync(() => SendAsync(run, "x")));
        await hand.EndAsync(run, "a", 'c');
        Assert.Equal($"Run {run} has ended (cancelled): nothing in it takes the signal x any more.", await RefusedAsync(() => SendAsync(run, "x")));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from signal"));
    }

    [Fact]
    public async Task What_is_not_of_the_type_is_refused_when_it_is_sent()
    {
        var run = await WaitingAsync(Shipped with { Schema = JsonNode.Parse("""{"type":"object","properties":{"parcel":{"type":"integer"}},"required":["parcel"]}""") });
        Assert.Equal("the signal 'shipped' does not fit: field 'parcel' is \"seven\"; it must be a whole number", await RefusedAsync(() => SendAsync(run, "shipped", "{\"parcel\": \"seven\"}")));
        Assert.Contains("is missing", await RefusedAsync(() => SendAsync(run, "shipped")), StringComparison.Ordinal);
        Assert.Contains("is not JSON", await RefusedAsync(() => SendAsync(run, "shipped", "{")), StringComparison.Ordinal);
        Assert.Equal("r:wn", await World.StateAsync(run));
        await SendAsync(run, "shipped", "{\"parcel\": 7}");
        Assert.Equal("r:sq", await World.StateAsync(run));
    }

    [Theory]
    [InlineData(false, 'f')]
    [InlineData(true, 'k')]
    public async Task A_wait_that_is_over_fails_or_is_skipped(bool soft, char state)
    {
        var run = await WaitingAsync(Shipped with { SoftFail = soft });
        Assert.Equal(0, await World.PassAsync(TimeSpan.FromDays(13)));
        Assert.Equal(1, await World.PassAsync(TimeSpan.FromDays(1)));
        Assert.Equal(state, (await World.StateAsync(run))[2]);
        Assert.Equal("gave up: the signal shipped has not come in time", await World.WhyAsync(World.Key(run, "w")));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from signal_wait"));
    }

    [Fact]
    public async Task A_body_that_waits_holds_no_slot_and_finds_the_signal_in_its_next_attempt()
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        Assert.Null(await TakeAsync(hand, a, 0));
        await ParkAsync(hand, a, Report.NoDelay);
        Assert.Equal("r:wn", await World.StateAsync(run));
        Assert.Equal(0, await World.PassAsync(TimeSpan.FromDays(90)));
        Assert.Equal(0, await World.SweepAsync());
        await SendAsync(run, "shipped", "7");
        Assert.Equal("r:qn", await World.StateAsync(run));
        var again = Assert.Single(await hand.TakeAsync());
        Assert.Equal((2, 1, a.FirstStartedAt), (again.Attempt, again.Tries, again.FirstStartedAt));
        Assert.Equal("7", System.Text.Encoding.UTF8.GetString((await TakeAsync(hand, again, 0))!.Json!));
        Assert.Null(await TakeAsync(hand, again, 1));
        await SendAsync(run, "shipped", "8");
        Assert.Equal("8", System.Text.Encoding.UTF8.GetString((await TakeAsync(hand, again, 1))!.Json!));
        Assert.Equal("7", System.Text.Encoding.UTF8.GetString((await TakeAsync(hand, again, 0))!.Json!));
    }

    [Fact]
    public async Task One_that_comes_between_the_look_and_the_report_is_not_lost()
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        Assert.Null(await TakeAsync(hand, a, 0));
        await SendAsync(run, "shipped", "7");
        await ParkAsync(hand, a, Report.NoDelay);
        Assert.Equal("r:q", await World.StateAsync(run));
    }

    [Fact]
    public async Task Each_is_taken_once_the_oldest_first_in_the_order_of_tasks()
    {
        var run = await World.RunOfAsync("a; b; c");
        var hand = await World.WorkerAsync();
        foreach (var task in await hand.TakeAsync())
            await ParkAsync(hand, task, Report.NoDelay);
        await SendAsync(run, "shipped", "1");
        Assert.Equal("r:qww", await World.StateAsync(run));
        await SendAsync(run, "shipped", "2");
        Assert.Equal("r:qqw", await World.StateAsync(run));
        Assert.Equal(["0 1", "1 2"], await World.ListAsync<string>("select task_no || ' ' || payload::text from signal order by signal_id"));
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-nonsense", null)]
    public async Task Who_takes_it_is_told_the_trace_that_it_was_sent_in(string sent, string? told)
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await World.Operations.SendSignalAsync(run, new NewSignal("shipped") { TraceParent = sent }, "cli:ann", default);
        Assert.Equal(told, (await TakeAsync(hand, a, 0))!.TraceParent);
    }

    [Fact]
    public async Task Another_workers_attempt_takes_nothing()
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await TakeAsync(await World.WorkerAsync(), a, 0));
        await Assert.ThrowsAsync<OperationCanceledException>(() => TakeAsync(hand, a with { Attempt = 2 }, 0));
    }

    [Fact]
    public async Task What_it_has_taken_stays_in_its_order_when_it_is_given_what_another_gives_back()
    {
        var run = await World.RunOfAsync("a; b");
        var hand = await World.WorkerAsync();
        var (a, b) = (await hand.TakeAsync()) is [var first, var second] ? (first, second) : throw new InvalidOperationException();
        await SendAsync(run, "shipped", "1");
        await SendAsync(run, "shipped", "2");
        Assert.Equal(("1", "2"), (await TextAsync(a, 0), await TextAsync(b, 0)));
        await World.ExecuteAsync("select clear_tasks($1, '{0}', '{-1}', 'ann', null)", run);
        Assert.Equal(("2", "1", "2"), (await TextAsync(b, 0), await TextAsync(b, 1), await TextAsync(b, 0)));

        async Task<string> TextAsync(Assignment one, int nth) => System.Text.Encoding.UTF8.GetString((await TakeAsync(hand, one, nth))!.Json!);
    }

    [Fact]
    public async Task What_is_cleared_takes_the_same_signals_again()
    {
        var run = await WaitingAsync(Shipped);
        await SendAsync(run, "shipped", "7");
        await World.ExecuteAsync("select clear_tasks($1, '{0,1}', '{-1,-1}', 'ann', null)", run);
        Assert.Equal("r:qn", await World.StateAsync(run));
        await World.WaitsAsync();
        Assert.Equal("r:sq", await World.StateAsync(run));
    }

    [Theory]
    [InlineData("rerun_part($1, '{b}', null, null, 'ann', null)", 1)]
    [InlineData("rerun_run($1, null, null, 'ann', null)", 2)]
    public async Task What_runs_again_in_part_leaves_the_others_what_they_have_taken(string again, int rounds)
    {
        await World.DagAsync(Graph.Parse("d", "w; b < w").Waiting("w", Shipped).Waiting("b", Shipped));
        var run = await World.RunAsync("d");
        await SendAsync(run, "shipped", "1");
        await SendAsync(run, "shipped", "2");
        await GoOnAsync(2);
        await World.ExecuteAsync($"select {again}", run);
        Assert.Equal(2 - rounds, await World.OneAsync<long>("select count(*) from signal where taken_at is not null"));
        await World.Scheduler.StartRunsAsync(1, default);
        await GoOnAsync(rounds);

        async Task GoOnAsync(int tasks)
        {
            for (var i = 0; i < tasks; i++)
                await World.WaitsAsync();
            Assert.Equal("s:ss", await World.StateAsync(run));
            Assert.Equal(["1", "2"], await World.ListAsync<string>("select output::text from task_instance order by task_no"));
        }
    }

    [Fact]
    public async Task Stopping_ends_the_wait()
    {
        var run = await WaitingAsync(Shipped);
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal("c:cc", await World.StateAsync(run));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from signal_wait"));
    }

    [Fact]
    public async Task A_run_is_started_with_its_signal_and_one_that_is_there_gets_it()
    {
        await World.DagAsync(Graph.Parse("d", "w; b < w").Waiting("w", Shipped));
        var started = await World.Operations.StartRunAsync(new NewRun("d") { Key = "order-1", Signal = new NewSignal("placed") { Key = "1" } }, "ann", default);
        var again = await World.Operations.StartRunAsync(new NewRun("d") { Key = "order-1", Signal = new NewSignal("paid") }, "ann", default);
        Assert.Equal((started.RunId, false), (again.RunId, again.IsNew));
        Assert.Equal(["paid", "placed"], (await World.Console.SignalsAsync(started.RunId, 10, default)).Select(row => row.Name));
    }

    [Fact]
    public async Task A_body_that_sleeps_is_woken_when_its_time_has_come_and_each_wait_is_told()
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        await ParkAsync(hand, Assert.Single(await hand.TakeAsync()), 7 * 86_400, signal: null);
        Assert.Equal(0, await World.PassAsync(TimeSpan.FromDays(7) - TimeSpan.FromMinutes(1)));
        Assert.Equal("r:w", await World.StateAsync(run));
        Assert.Equal(1, await World.PassAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(2, Assert.Single(await hand.TakeAsync()).Attempt);
        Assert.Equal(["n q", "q r", "r w", "w q", "q r"], await World.ListAsync<string>("select from_state::text || ' ' || to_state::text from event where task_no = 0 order by event_id"));
    }

    [Fact]
    public async Task A_short_sleep_is_exact()
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        await ParkAsync(hand, Assert.Single(await hand.TakeAsync()), 12.25, signal: null);
        Assert.Equal(12.25, await World.OneAsync<double>("select extract(epoch from m.due_at - e.at)::double precision from timer m, (select max(at) at from event) e"), 3);
    }

    private async Task<long> WaitingAsync(WaitSpec wait)
    {
        await World.DagAsync(Graph.Parse("d", "w; b < w").Waiting("w", wait));
        var run = await World.RunAsync("d");
        await World.WaitsAsync();
        return run;
    }

    private Task<SentSignal> SendAsync(long run, string name, string? payload = null, string? key = null) =>
        World.Operations.SendSignalAsync(run, new NewSignal(name) { Payload = payload, Key = key }, "cli:ann", default);

    private Task<StoredSignal?> TakeAsync(Hand hand, Assignment a, int nth) => World.Workers.TakeSignalAsync(hand.Id, a.Key, a.Attempt, "shipped", nth, default);

    private static Task<AdvanceReply> ParkAsync(Hand hand, Assignment a, double delay, string? signal = "shipped") =>
        hand.AdvanceAsync(0, new Report(a.Key, a.Attempt, Report.Parked, DelaySeconds: delay, Why: "waits", Detail: signal is null ? null : $"{{\"signal\":\"{signal}\"}}"));

    private static async Task<string> RefusedAsync(Func<Task> act) => (await Assert.ThrowsAsync<RefusedException>(act)).Message;
}
