namespace Pipelines.Testing.Tests;

/// <summary>Where a test would be of no use if it were kinder than production: what bodies get and throw, and what is refused.</summary>
public sealed class LikeProductionTests
{
    private readonly TestClock _clock = new();

    [Fact]
    public async Task A_body_that_waits_without_await_ends_as_if_it_had_awaited()
    {
        var run = await RunAsync(dag =>
        {
            dag.Task("skip", (TaskContext context) => Waited(context.Skip("nothing to do")));
            dag.Task("fail", (TaskContext context) => Waited(context.Fail("not ours"))).Retry(3, TimeSpan.FromMinutes(1));
            dag.Task("wrong", (TaskContext _) => Waited(new ArgumentException("wrong"))).Retry(new RetryPolicy { Retries = 3 }.Except<ArgumentException>());
        });
        Assert.Equal(("skipped", "nothing to do"), (run["skip"].State, run["skip"].Why));
        Assert.Equal(("failed", 1, "not ours"), (run["fail"].State, run["fail"].Attempts, run["fail"].Why));
        Assert.Equal(("failed", 1, "ArgumentException: wrong"), (run["wrong"].State, run["wrong"].Attempts, run["wrong"].Why));
    }

    [Theory]
    [InlineData(0, "none")]
    [InlineData(2, "")]
    [InlineData(3, "3")]
    public async Task Of_a_mapped_task_that_failed_a_body_gets_what_succeeded_and_without_elements_nothing(int count, string got)
    {
        var run = await RunAsync(dag =>
        {
            var list = dag.Task("list", () => count == 0 ? null! : Enumerable.Range(1, count).ToArray());
            var each = dag.Map("each", (int one) => one == 3 ? one : throw new InvalidOperationException("broken"), list);
            dag.Task("read", (IReadOnlyList<int>? all) => all is null ? "none" : string.Join(',', all), each).TriggerRule(TriggerRule.AllDone);
        });
        Assert.Equal(("failed", got), (run["each"].State, run.Output<string>("read")));
    }

    [Fact]
    public async Task Of_a_mapped_task_that_was_cancelled_an_undo_gets_what_succeeded()
    {
        IReadOnlyList<int>? undone = null;
        var run = await RunAsync(dag =>
        {
            dag.RunTimeout(TimeSpan.FromMinutes(30));
            var list = dag.Task("list", () => new[] { 1, 2, 3 });
            dag.Map(
                "each",
                async (int one, TaskContext context) =>
                {
                    await Task.Delay(TimeSpan.FromHours(one - 1), _clock, context.Cancellation);
                    return one;
                },
                list).Undo(all => { undone = all; });
        });
        Assert.Equal(("failed", "cancelled"), (run.State, run["each"].State));
        Assert.Equal([1], undone);
    }

    [Theory]
    [InlineData("", 1, "An artefact's name is a file name of at most 200 characters")]
    [InlineData("a/b", 1, "An artefact's name is a file name of at most 200 characters")]
    [InlineData("big", 8 * 1024 * 1024 + 1, "the limit is 8,388,608")]
    [InlineData("fits", 8 * 1024 * 1024, null)]
    public async Task An_artefact_that_cannot_be_stored_fails_its_body(string name, int bytes, string? why)
    {
        var run = await RunAsync(dag => dag.Task("save", (TaskContext context) => context.SaveArtefactAsync(name, "text/plain", new byte[bytes])));
        if (why is null)
            Assert.True(run.Succeeded, run.ToString());
        else
            Assert.Contains(why, run["save"].Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_that_is_not_what_a_task_waits_for_is_refused()
    {
        var sent = await Assert.ThrowsAsync<PipelinesException>(() => RunAsync(dag => dag.Signal<Visit>("visit"), test => test.Signal("visit", new { Where = 7 })));
        Assert.Contains("the signal 'visit' does not fit", sent.Message, StringComparison.Ordinal);
        var run = await RunAsync(dag =>
        {
            dag.Signal<Visit>("visit", timeout: TimeSpan.FromHours(1));
            dag.Task("send", (TaskContext context) => context.SignalAsync(context.RunId, "visit", new { Where = 7 }));
        });
        Assert.Equal(("failed", "failed"), (run["send"].State, run["visit"].State));
        Assert.Contains("the signal 'visit' does not fit", run["send"].Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_who_may_decides_and_fills_in_the_form()
    {
        static void Define(DagBuilder dag)
        {
            dag.Approval<Visit>("ask", "Let them in?", policy: new ApprovalPolicy { People = ["Ann", "bob"], Needed = 2 });
            dag.Approval("plain", "Sure?", policy: new ApprovalPolicy { Timeout = TimeSpan.FromHours(1), OnExpiry = OnExpiry.Approve });
        }

        Assert.Contains("only ann, bob may decide 'ask', not eve", await RefusedAsync(test => test.Reject("ask", by: "eve")), StringComparison.Ordinal);
        Assert.Contains("the form of 'ask' does not fit", await RefusedAsync(test => test.Approve("ask")), StringComparison.Ordinal);
        Assert.Contains("the form of 'ask' does not fit", await RefusedAsync(test => test.Approve("ask", new { Who = "x" })), StringComparison.Ordinal);
        Assert.Contains("the task 'plain' has no form to fill in", await RefusedAsync(test => test.Approve("plain", new Visit("here"))), StringComparison.Ordinal);
        // Who comes later, whatever the order in which the test says it, agrees to what was filled in.
        var run = await RunAsync(Define, test => test.Approve("ask", by: "bob", after: TimeSpan.FromHours(1)).Approve("ask", new Visit("here"), by: "ANN"));
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal("here", run.Output<Approval<Visit>>("ask").Form!.Where);

        async Task<string> RefusedAsync(Func<DagTest, DagTest> with) => (await Assert.ThrowsAsync<PipelinesException>(() => RunAsync(Define, with))).Message;
    }

    [Fact]
    public async Task Only_administrators_decide_and_not_who_has_started_the_run_where_that_is_asked_for()
    {
        static void Define(DagBuilder dag)
        {
            dag.Approval("close", "Close the year?", policy: new ApprovalPolicy { ByAdmin = true });
            dag.Approval("pay", "Pay?", policy: new ApprovalPolicy { NotByStarter = true });
        }

        Assert.True((await RunAsync(Define, test => test.Approve("close").Approve("pay"))).Succeeded);
        var closed = await RunAsync(Define, test => test.StartedBy("ann").WithAdministrators("Ann").Approve("close").Approve("pay", by: "bob"));
        Assert.True(closed.Succeeded, closed.ToString());
        Assert.Contains("only administrators may decide 'close', not bob", await RefusedAsync(test => test.WithAdministrators("ann").Approve("close", by: "bob").Approve("pay")), StringComparison.Ordinal);
        Assert.Contains("Ann has started the run and may not decide 'pay'", await RefusedAsync(test => test.StartedBy("ann").Approve("close").Reject("pay", by: "Ann")), StringComparison.Ordinal);

        async Task<string> RefusedAsync(Func<DagTest, DagTest> with) => (await Assert.ThrowsAsync<PipelinesException>(() => RunAsync(Define, with))).Message;
    }

    [Fact]
    public async Task One_person_is_one_however_they_are_written()
    {
        var twice = await Assert.ThrowsAsync<PipelinesException>(() => RunAsync(
            dag => dag.Approval("pay", "Pay?", policy: new ApprovalPolicy { Needed = 2 }), test => test.Approve("pay", by: "ann").Approve("pay", by: "Ann")));
        Assert.Contains("one person decide 'pay' twice", twice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_being_stopped_takes_signals_for_its_teardowns_and_no_others()
    {
        var told = "";
        var run = await RunAsync(
            dag =>
            {
                dag.FailFast();
                var cluster = dag.Task("make", () => "cluster");
                dag.Task("work", (TaskContext context) => Waited(context.Fail("broken"))).After(cluster);
                dag.Task(
                    "drop",
                    async (string _, TaskContext context) => { told = (await context.WaitForSignalAsync<Visit>("empty"))!.Value.Where; },
                    cluster).TeardownOf(cluster);
            },
            test => test.Signal("empty", new Visit("now"), after: TimeSpan.FromHours(3)));
        Assert.Equal(("failed", "succeeded", "now"), (run.State, run["drop"].State, told));
    }

    private sealed record Visit(string Where);

    private static int Waited(Exception error) => Task.FromException<int>(error).Result;

    private async Task<DagTestRun> RunAsync(Action<DagBuilder> define, Func<DagTest, DagTest>? with = null)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var test = DagTest.For(() => new Defined(define)).WithClock(_clock);
        return await (with?.Invoke(test) ?? test).RunAsync(deadline.Token);
    }

    [Dag("defined")]
    private sealed class Defined(Action<DagBuilder> define) : Dag
    {
        public override void Define(DagBuilder dag) => define(dag);
    }
}
