using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Runs that go on as another one: made once, with the end of the one before it, in its place.</summary>
[SupportedOSPlatform("linux")]
public sealed class ContinueTests(World world) : EngineTest(world)
{
    private static readonly JsonNode Schema = JsonNode.Parse("""{"type":"object","properties":{"customer":{"type":"string"},"n":{"type":"integer"}},"required":["customer"]}""")!;

    [Fact]
    public async Task The_next_run_is_made_with_the_end_of_this_one_and_before_those_in_line()
    {
        var (run, hand) = await RunningAsync();
        var second = await StartAsync("ann");
        Assert.True(await SayAsync(hand, run, "a", """{"customer":"ann","n":2}"""));
        Assert.Equal(0, await NextAsync(run));
        await hand.EndAsync(run, "a", want: 9);
        Assert.Equal(0, await NextAsync(run));
        await hand.EndAsync(run, "b");
        var next = await NextAsync(run);
        Assert.Equal("""{"n": 2, "customer": "ann"}""", await World.OneAsync<string>("select arguments::text from dag_run where run_id = $1", next));
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal(("r", "q"), (await OfAsync(next), await OfAsync(second)));
        var (before, after) = ((await World.Console.RunAsync(run, default))!.Entity, (await World.Console.RunAsync(next, default))!.Entity);
        Assert.Equal((next, run, "ann", false), (before.ContinuedBy!.Value, after.Continues!.Value, after.Key, after.InLine));
        Assert.Equal($"continues run {run}", await World.OneAsync<string>("select why from event where run_id = $1 and task_no is null order by event_id limit 1", next));
    }

    [Fact]
    public async Task What_it_was_sent_and_did_not_take_is_for_the_run_that_goes_on()
    {
        var (run, hand) = await RunningAsync();
        await SayAsync(hand, run, "a");
        await World.Operations.SendSignalAsync(run, new NewSignal("paid") { Payload = "7" }, "ann", default);
        await World.Operations.SendSignalAsync(run, new NewSignal("taken"), "ann", default);
        var a = hand.Assignment(run, "a");
        Assert.NotNull(await World.Workers.TakeSignalAsync(hand.Id, a.Key, a.Attempt, "taken", 0, default));
        await hand.EndAsync(run, "a", want: 9);
        await hand.EndAsync(run, "b");
        var next = await NextAsync(run);
        Assert.Equal([$"paid {next}", $"taken {run}"], await World.ListAsync<string>("select format('%s %s', name, run_id) from signal order by 1"));
        Assert.Equal($"takes over a signal that run {run} was sent and did not take", await World.OneAsync<string>("select why from event where run_id = $1 order by event_id desc limit 1", next));
    }

    [Fact]
    public async Task A_sender_who_asks_again_is_told_of_the_signal_that_went_on()
    {
        var (run, hand) = await RunningAsync();
        await SayAsync(hand, run, "a");
        var sent = await World.Operations.SendSignalAsync(run, new NewSignal("paid") { Key = "invoice-7" }, "ann", default);
        await hand.EndAsync(run, "a", want: 9);
        await hand.EndAsync(run, "b");
        var again = await World.Operations.SendSignalAsync(run, new NewSignal("paid") { Key = "invoice-7" }, "ann", default);
        Assert.Equal((sent.SignalId, false), (again.SignalId, again.IsNew));
        await Assert.ThrowsAsync<RefusedException>(() => World.Operations.SendSignalAsync(run, new NewSignal("paid") { Key = "invoice-8" }, "ann", default));
    }

    [Fact]
    public async Task Who_began_to_wait_for_it_while_it_went_on_is_told_when_the_next_one_ends()
    {
        var parent = await World.RunOfAsync("w", "parent");
        var (run, hand) = await RunningAsync();
        var w = hand.Assignment(parent, "w");
        await SayAsync(hand, run, "a");
        await hand.EndAsync(run, "a", want: 9);
        await hand.EndAsync(run, "b");
        await hand.AdvanceAsync(0, new Report(w.Key, w.Attempt, Report.Parked, DelaySeconds: Report.NoDelay, Why: "waits", Detail: $$"""{"child": {{run}}, "dag": "d"}"""));
        await World.WaitsAsync();
        await World.ExecuteAsync("insert into awaited values ('d', '') on conflict do nothing");
        await World.ExecuteAsync("update wait set child_run = $1", run);   // as one that was written beside the end of the run
        await World.Operations.CancelRunAsync(await NextAsync(run), "ann", default);
        Assert.Equal(1, await World.WaitsAsync());
        Assert.Equal("r:q", await World.StateAsync(parent));
    }

    [Fact]
    public async Task It_cannot_be_deleted_while_the_run_that_goes_on_is_open()
    {
        var (run, hand) = await RunningAsync();
        await SayAsync(hand, run, "a");
        await hand.EndAsync(run, "a", want: 9);
        await hand.EndAsync(run, "b");
        Assert.Equal($"run {run} goes on as a run that is open, or has started one; it can be deleted when that has ended", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.DeleteRunAsync(run, "ann", default))).Message);
        await World.Operations.CancelRunAsync(await NextAsync(run), "ann", default);
        await World.Operations.DeleteRunAsync(run, "ann", default);
    }

    [Theory]
    [InlineData('f')]
    [InlineData('c')]
    public async Task A_run_that_has_not_succeeded_does_not_go_on(char end)
    {
        var (run, hand) = await RunningAsync();
        await SayAsync(hand, run, "a");
        await hand.EndAsync(run, "a", want: 9);
        if (end == 'c')
            await World.Operations.CancelRunAsync(run, "test", default);
        await hand.EndAsync(run, "b", end);
        Assert.Equal((end.ToString(), 0), (await OfAsync(run), await NextAsync(run)));
    }

    [Fact]
    public async Task What_an_attempt_said_that_failed_does_not_hold()
    {
        var (run, hand) = await RunningAsync();
        await SayAsync(hand, run, "a");
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "a"), 'y'));
        await World.PassAsync(TimeSpan.FromMinutes(1));
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", want: 9);
        await hand.EndAsync(run, "b");
        Assert.Equal(("s", 0), (await OfAsync(run), await NextAsync(run)));
    }

    [Fact]
    public async Task Only_the_attempt_that_runs_may_say_it_and_its_last_word_counts()
    {
        var (run, hand) = await RunningAsync();
        await SayAsync(hand, run, "a", """{"customer":"ann","n":1}""");
        await SayAsync(hand, run, "a", """{"customer":"ann","n":2}""");
        var held = hand.Assignment(run, "a");
        await hand.EndAsync(run, "a", want: 9);
        Assert.False(await World.Workers.SaveStepAsync(hand.Id, held.Key, held.Attempt, new FinishedStep(StepKind.Continuation, "", "{}"u8.ToArray()), default));
        await hand.EndAsync(run, "b");
        Assert.Equal("2", await World.OneAsync<string>("select arguments ->> 'n' from dag_run where continues = $1", run));
    }

    [Fact]
    public async Task A_run_goes_on_once_also_when_a_part_of_it_is_run_again()
    {
        var (run, hand) = await RunningAsync();
        await SayAsync(hand, run, "a", """{"customer":"bob"}""");
        await hand.EndAsync(run, "a", want: 9);
        await hand.EndAsync(run, "b");
        Assert.NotEqual(0, await NextAsync(run));
        await World.OneAsync<int>("select clear_tasks($1, array[1], array[-1], 'test', null)", run);
        await hand.TakeAsync();
        await hand.EndAsync(run, "b");
        Assert.Equal(("s", 1L), (await OfAsync(run), await World.OneAsync<long>("select count(*) from dag_run where continues = $1", run)));
    }

    [Fact]
    public async Task A_parent_waits_for_the_last_of_the_chain()
    {
        await LoadAsync();
        await World.DagAsync(Graph.Parse("parent", "a; w < a").Waiting("w", new WaitSpec { Kind = WaitKind.Run, Dag = "d", Arguments = "a" }));
        var hand = await World.WorkerAsync();
        var parent = await World.RunAsync("parent");
        await hand.TakeAsync();
        await hand.EndAsync(parent, "a", output: """{"customer":"ann"}""");
        await World.WaitsAsync();
        var child = await World.OneAsync<long>("select child_run from wait");
        for (var n = 1; n <= 2; n++)
        {
            World.Knows(child, "d");
            await World.Scheduler.StartRunsAsync(10, default);
            await hand.TakeAsync();
            if (n == 1)
                await SayAsync(hand, child, "a");
            await hand.EndAsync(child, "a", want: 9);
            await hand.EndAsync(child, "b");
            await World.WaitsAsync();
            Assert.Equal(n == 1 ? "r:sw" : "s:ss", await World.StateAsync(parent));
            child = n == 1 ? await NextAsync(child) : child;
        }

        Assert.Equal($"{child}", await World.OneAsync<string>("select output::text from task_instance where run_id = $1 and task_no = 1", parent));
    }

    private Task<RegisteredDag> LoadAsync() => World.DagAsync(Graph.Parse("d", "a; b < a") with { Arguments = Schema, RunKey = "customer", OnConflict = OnConflict.Queue });

    private async Task<(long Run, Hand Hand)> RunningAsync()
    {
        await LoadAsync();
        var run = await StartAsync("ann");
        await World.Scheduler.StartRunsAsync(10, default);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        return (run, hand);
    }

    private async Task<long> StartAsync(string customer)
    {
        var run = (await World.Operations.StartRunAsync(new NewRun("d") { Arguments = new JsonObject { ["customer"] = customer }.ToJsonString() }, "test", default)).RunId;
        World.Knows(run, "d");
        return run;
    }

    private Task<bool> SayAsync(Hand hand, long run, string task, string arguments = """{"customer":"ann"}""")
    {
        var held = hand.Assignment(run, task);
        return World.Workers.SaveStepAsync(hand.Id, held.Key, held.Attempt, new FinishedStep(StepKind.Continuation, "", Encoding.UTF8.GetBytes(arguments)), default);
    }

    private Task<long> NextAsync(long run) => World.OneAsync<long>("select coalesce(max(run_id), 0) from dag_run where continues = $1", run);

    private Task<string> OfAsync(long run) => World.OneAsync<string>("select state::text from dag_run where run_id = $1", run);
}
