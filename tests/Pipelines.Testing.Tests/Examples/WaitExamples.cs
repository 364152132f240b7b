namespace Pipelines.Testing.Tests.Examples;

/// <summary>Times, other DAGs, signals, callbacks and people that a run waits for.</summary>
public sealed class WaitExamples
{
    private readonly List<string> _did = [];

    [Fact]
    public Task Times_and_other_dags() => Example.SucceedAsync(
        dag =>
        {
            var load = dag.Task(Load);
            var settled = dag.Delay("settled", TimeSpan.FromMinutes(10)).After(load);
            dag.Task(Check).After(settled);
        },
        dag =>
        {
            dag.Schedule(Schedule.Cron("@daily"));
            var published = dag.WaitUntil("published", TimeSpan.FromHours(2));      // two hours after the day has ended
            var closed = dag.WaitUntil("market_closed", new TimeOnly(17, 30));
            dag.Task(Check).After(published, closed);
        },
        dag =>
        {
            dag.Schedule(Schedule.Cron("@daily"));
            var hours = dag.WaitFor("events_hourly", runs: RunsOf.Interval, timeout: TimeSpan.FromHours(6));   // all 24 of the day
            var orders = dag.WaitFor("orders", task: "load");
            dag.Task(Report).After(hours, orders);
        },
        dag => dag.Sensor(FileIsThere).Poll(TimeSpan.FromMinutes(1), timeout: TimeSpan.FromHours(6), softFail: true));

    [Fact]
    public async Task A_body_that_sleeps_a_week()
    {
        var run = await Example.RunAsync(dag => dag.Task("suspend", async context =>
        {
            var customer = "ann";
            await context.Step("suspend", () => SuspendAsync(customer));
            await context.SleepAsync("cool_down", TimeSpan.FromDays(7));
            await context.Step("resume", () => ResumeAsync(customer));
        }));
        Assert.Equal((TimeSpan.FromDays(7), 2), (run.Took, run["suspend"].Attempts));
        Assert.Equal(["suspend ann", "resume ann"], _did);
    }

    [Fact]
    public async Task A_signal()
    {
        var run = await DagTest.For(new ShippingDag()).Signal("shipped", new Parcel(7), after: TimeSpan.FromDays(3)).RunAsync();
        Assert.Equal(("invoice for 7", TimeSpan.FromDays(3)), (run.Output<string>("invoice"), run.Took));
    }

    [Fact]
    public async Task A_signal_of_another_task_and_one_that_a_body_waits_for()
    {
        var run = await Example.RunAsync(
            dag =>
            {
                dag.Signal<Parcel>("shipped", timeout: TimeSpan.FromDays(14));
                dag.Task("review", async context =>
                {
                    if (await context.WaitForSignalAsync<Review>("review", timeout: TimeSpan.FromHours(24)) is not { } review)
                        throw context.Fail("nobody reviewed it within a day");
                    var order = new Order(context.RunId, review.Value.Parcel);
                    await context.SignalAsync(order.RunId, "shipped", new Parcel(order.Id));
                });
            },
            test => test.Signal("review", new Review(9), after: TimeSpan.FromHours(3)));
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(9, run.Output<Parcel>("shipped").Id);
    }

    [Fact]
    public async Task A_callback()
    {
        var run = await DagTest.For(new OrderDag()).CalledBack("carrier", new Label("X1"), after: TimeSpan.FromHours(2), round: 2).RunAsync();
        Assert.Equal(("X1", TimeSpan.FromHours(26)), (run.Output<Label>("order").Code, run.Took));
    }

    [Fact]
    public async Task People_decide()
    {
        var run = await DagTest.For(new LedgerDag()).Approve("post", new Posting("2026-01"), by: "ann").Approve("post", by: "bob", after: TimeSpan.FromHours(1)).RunAsync();
        Assert.Equal(("2026-01", TimeSpan.FromHours(1)), (run.Output<string>("book"), run.Took));
    }

    [Fact]
    public async Task Not_who_has_started_the_run()
    {
        var run = await DagTest.For(new LedgerDag()).StartedBy("eve").Approve("post", new Posting("2026-01"), by: "ann").Approve("post", by: "bob").RunAsync();
        Assert.True(run.Succeeded, run.ToString());
    }

    [Fact]
    public async Task Administrators_decide()
    {
        var run = await DagTest.For(new CloseDag()).WithAdministrators("bob").Approve("close_year", by: "bob").RunAsync();
        Assert.True(run.Succeeded, run.ToString());
    }

    [Fact]
    public async Task People_reject()
    {
        var run = await DagTest.For(new LedgerDag()).Reject("post", "the bank file is a day old").RunAsync();
        Assert.Equal("rejected by ann: the bank file is a day old", run["post"].Why);
    }

    [Fact]
    public async Task People_decide_on_what_another_task_has_made()
    {
        var run = await Example.RunAsync(
            dag =>
            {
                var sums = dag.Task("sums", () => 12);
                var ok = dag.Approval("post_adjustments", "Post these adjustments?", sums, new ApprovalPolicy { Needed = 2, Timeout = TimeSpan.FromHours(12) });
                dag.Task(Post).After(ok);
                var posting = dag.Approval<Posting>("posting", "Which period are these posted to?", sums);
                dag.Task("print", (Approval<Posting> answer) => answer.Form!.Period, posting);
                dag.Approval("pay", "Pay them?", policy: new ApprovalPolicy { Needed = 2, NotByStarter = true, Timeout = TimeSpan.FromHours(12) });
            },
            test => test.Approve("post_adjustments").Approve("post_adjustments", by: "bob").Approve("posting", new Posting("2026-02")).Approve("pay").Approve("pay", by: "bob"));
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal("2026-02", run.Output<string>("print"));
    }

    private static void Load()
    {
    }

    private static void Check()
    {
    }

    private static void Report()
    {
    }

    private static bool FileIsThere() => true;

    private static void Post()
    {
    }

    private Task SuspendAsync(string customer) => DoAsync($"suspend {customer}");

    private Task ResumeAsync(string customer) => DoAsync($"resume {customer}");

    private Task DoAsync(string what)
    {
        _did.Add(what);
        return Task.CompletedTask;
    }

    internal sealed record Parcel(int Id);

    internal sealed record Review(int Parcel);

    internal sealed record Label(string Code);

    internal sealed record Posting(string Period = "");

    private sealed record Order(long RunId, int Id);

    [Dag("shipping")]
    private sealed class ShippingDag : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var shipped = dag.Signal<Parcel>("shipped", timeout: TimeSpan.FromDays(14));
            dag.Task(Invoice, shipped);
        }

        private static string Invoice(Parcel parcel) => $"invoice for {parcel.Id}";
    }

    [Dag("order")]
    private sealed class OrderDag : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task("order", async context =>
        {
            var parcel = new Parcel(7);
            var label = await context.CallbackAsync<Label>("carrier", url => OrderLabelAsync(parcel, url), within: TimeSpan.FromHours(24), retries: 2);
            return label;
        });

        private static Task OrderLabelAsync(Parcel parcel, Uri url) => Task.CompletedTask;
    }

    [Dag("ledger")]
    private sealed class LedgerDag : Dag
    {
        public override void Define(DagBuilder dag) =>
            dag.Task("book", (Approval<Posting> answer) => answer.Form!.Period, dag.Approval<Posting>("post", "Post these?", policy: new ApprovalPolicy { Needed = 2, NotByStarter = true }));
    }

    [Dag("close")]
    private sealed class CloseDag : Dag
    {
        public override void Define(DagBuilder dag) => dag.Approval("close_year", "Close the year?", policy: new ApprovalPolicy { ByAdmin = true });
    }
}
