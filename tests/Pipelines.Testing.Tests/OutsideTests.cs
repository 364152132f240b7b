using Microsoft.Extensions.Logging;

namespace Pipelines.Testing.Tests;

/// <summary>Flows that wait for days and for others, in no time: sleeps, signals, callbacks and decisions of people.</summary>
public sealed class OutsideTests
{
    [Fact]
    public async Task Ninety_days_of_waiting_take_no_time_and_do_each_step_once()
    {
        var done = new List<string>();
        var run = await DagTest.For(() => new Registration(done)).Signal("moved_in", new Visit("flat 3"), after: TimeSpan.FromDays(80)).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(["suspend", "resume", "greet flat 3 by test"], done);
        Assert.Equal(TimeSpan.FromDays(80), run.Took);
        Assert.Equal(3, run["register"].Attempts);
    }

    [Fact]
    public async Task A_signal_that_does_not_come_in_time_is_null_and_stays_so()
    {
        var done = new List<string>();
        var run = await DagTest.For(() => new Registration(done)).Signal("moved_in", new Visit("late"), after: TimeSpan.FromDays(95)).RunAsync();
        Assert.False(run.Succeeded);
        Assert.Equal("nobody moved in", run["register"].Why);
        Assert.Equal(TimeSpan.FromDays(90), run.Took);
    }

    [Fact]
    public async Task A_task_without_a_body_gives_the_signal_on()
    {
        var run = await DagTest.For(new Shipping()).Signal("shipped", new Visit("7")).RunAsync();
        Assert.Equal("invoice for 7", run.Output<string>("invoice"));
        var never = await Assert.ThrowsAsync<PipelinesException>(() => DagTest.For(new Shipping()).RunAsync());
        Assert.Contains(".Signal(\"shipped\", ...)", never.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_that_is_lost_is_asked_for_again()
    {
        var asked = new List<Uri>();
        var run = await DagTest.For(() => new Label(asked)).CalledBack("carrier", "X1", after: TimeSpan.FromHours(2), round: 2).RunAsync();
        Assert.Equal("X1", run.Output<string>("order"));
        Assert.Equal(2, asked.Distinct().Count());
        Assert.Equal(TimeSpan.FromHours(26), run.Took);
        var lost = await DagTest.For(() => new Label([])).RunAsync();
        Assert.Equal("Nobody called back for 'carrier' within 1.00:00:00, asked 2 times.", lost["order"].Why);
    }

    [Fact]
    public async Task An_answer_that_comes_after_its_address_has_expired_is_none()
    {
        var run = await DagTest.For(() => new Label([])).CalledBack("carrier", "X1", after: TimeSpan.FromHours(30)).RunAsync();
        Assert.Equal("Nobody called back for 'carrier' within 1.00:00:00, asked 2 times.", run["order"].Why);
    }

    [Fact]
    public async Task A_timeout_over_all_attempts_counts_what_they_wait_for()
    {
        var run = await DagTest.For(() => new Hurried()).RunAsync();
        Assert.Equal("The task took longer than its timeout of 01:00:00 for all attempts and what they wait for.", run["wait"].Why);
        Assert.Equal(TimeSpan.FromHours(1), run.Took);
    }

    [Fact]
    public async Task People_approve_with_a_form_or_reject()
    {
        var approved = await DagTest.For(new Ledger()).Approve("ask", new Visit("2026-01"), by: "ann").Approve("ask", by: "bob", after: TimeSpan.FromHours(1)).RunAsync();
        Assert.Equal("2026-01 by ann, bob", approved.Output<string>("post"));
        var rejected = await DagTest.For(new Ledger()).Reject("ask", "too old").RunAsync();
        Assert.Equal(("failed", "rejected by ann: too old"), (rejected["ask"].State, rejected["ask"].Why));
        var expired = await DagTest.For(new Ledger()).RunAsync();
        Assert.Equal(("nobody decided in time: rejected", TimeSpan.FromHours(12)), (expired["ask"].Why, expired.Took));
    }

    [Fact]
    public async Task A_body_that_catches_the_end_of_its_attempt_waits_all_the_same()
    {
        var run = await DagTest.For(() => new Stubborn()).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(TimeSpan.FromDays(1), run.Took);
    }

    [Fact]
    public async Task What_a_failed_run_has_done_is_undone_the_last_first()
    {
        var done = new List<string>();
        var run = await DagTest.For(() => new Trip(done)).RunAsync();
        Assert.Equal("failed", run.State);
        Assert.Equal(["hotel", "flight", "cancel flight LH1", "cancel hotel Ritz"], done);
        Assert.Equal(("succeeded", "skipped"), (run["book_hotel.cancel_hotel"].State, run["pay.undo"].State));
    }

    private sealed record Visit(string Where);

    [Dag("registration")]
    private sealed class Registration(List<string> done) : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task(Register);

        public async Task Register(TaskContext context)
        {
            await context.Step("suspend", () => DoneAsync("suspend"));
            await context.SleepAsync("cool_down", TimeSpan.FromDays(7));
            await context.Step("resume", () => DoneAsync("resume"));
            if (await context.WaitForSignalAsync<Visit>("moved_in", timeout: TimeSpan.FromDays(83)) is not { } visit)
                throw context.Fail("nobody moved in");
            await context.Step("greet", () => DoneAsync($"greet {visit.Value.Where} by {visit.SentBy}"));
        }

        private Task DoneAsync(string what)
        {
            done.Add(what);
            return Task.CompletedTask;
        }
    }

    [Dag("shipping")]
    private sealed class Shipping : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task(Invoice, dag.Signal<Visit>("shipped"));

        public string Invoice(Visit visit) => $"invoice for {visit.Where}";
    }

    [Dag("label")]
    private sealed class Label(List<Uri> asked) : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task(Order);

        public Task<string> Order(TaskContext context) => context.CallbackAsync<string>(
            "carrier",
            url =>
            {
                asked.Add(url);
                return Task.CompletedTask;
            },
            within: TimeSpan.FromDays(1),
            retries: 1);
    }

    [Dag("ledger")]
    private sealed class Ledger : Dag
    {
        public override void Define(DagBuilder dag) =>
            dag.Task(Post, dag.Approval<Visit>("ask", "Post these?", policy: new ApprovalPolicy { Needed = 2, Timeout = TimeSpan.FromHours(12) }));

        public string Post(Approval<Visit> approval) => $"{approval.Form?.Where} by {string.Join(", ", approval.Decisions.Select(decision => decision.By))}";
    }

    [Dag("hurried")]
    private sealed class Hurried : Dag
    {
        public override void Define(DagBuilder dag) =>
            dag.Task("wait", context => context.WaitForSignalAsync<int>("never")).Timeout(TimeSpan.FromMinutes(10), total: TimeSpan.FromHours(1));
    }

    [Dag("stubborn")]
    private sealed class Stubborn : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task(Wait);

        public async Task Wait(TaskContext context)
        {
            try
            {
                await context.SleepAsync("night", TimeSpan.FromDays(1));
            }
            catch (PipelinesException)
            {
                context.Logger.LogInformation("caught");
            }
        }
    }

    [Dag("trip")]
    private sealed class Trip(List<string> done) : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var hotel = dag.Task(BookHotel).Undo(CancelHotel);
            var flight = dag.Task(BookFlight, hotel).Undo(CancelFlight, new RetryPolicy { Retries = 3 });
            dag.Task(Pay, flight).Undo(_ => done.Add("never"));
        }

        public string BookHotel() => Done("hotel", "Ritz");

        public string BookFlight(string hotel) => Done("flight", "LH1");

        public string Pay(string flight) => throw new InvalidOperationException("no money");

        public void CancelHotel(string hotel) => done.Add($"cancel hotel {hotel}");

        public Task CancelFlight(string flight, TaskContext context)
        {
            done.Add($"cancel flight {flight}");
            return Task.CompletedTask;
        }

        private string Done(string what, string result)
        {
            done.Add(what);
            return result;
        }
    }
}
