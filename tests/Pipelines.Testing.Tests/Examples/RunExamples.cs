using Microsoft.Extensions.Logging;

namespace Pipelines.Testing.Tests.Examples;

/// <summary>Whole DAGs: their arguments, keys and versions, and how their authors test them.</summary>
public sealed class RunExamples
{
    [Fact]
    public async Task A_dag()
    {
        var run = await DagTest.For(new Hello()).RunAsync();
        Assert.Equal(["Information: Hello world"], run["greet"].Log);
        Assert.Equal(48, (await DagTest.For(new Report()).WithArguments(new { Days = 2 }).RunAsync()).Output<int>("count_hours"));
    }

    [Fact]
    public async Task A_test()
    {
        var run = await DagTest.For(new OrdersDag(new FakeWarehouse())).At("2026-01-01").RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(3, run["extract"].Attempts);
        Assert.Equal(1200m, run.Output<decimal>("sum"));
    }

    [Fact]
    public async Task A_test_with_a_clock()
    {
        var clock = new TestClock();
        var run = await DagTest.For(new PollingDag(clock)).WithClock(clock).RunAsync();
        Assert.Equal((true, TimeSpan.FromHours(2)), (run.Succeeded, run.Took));
    }

    [Fact]
    public async Task Runs_that_wait_while_their_dag_changes()
    {
        var run = await DagTest.For(new Registration()).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(TimeSpan.FromDays(90), run.Took);
    }

    [Fact]
    public async Task Keys()
    {
        Assert.True((await DagTest.For(new CustomerDag()).WithArguments(new Customer("ann")).RunAsync()).Succeeded);
        Assert.Equal(["Information: sent to ann"], (await DagTest.For(new Fair.OrdersDag()).WithArguments(new Fair.Orders("ann")).RunAsync())["send"].Log);
    }

    [Fact]
    public async Task A_run_that_goes_on_as_another()
    {
        var run = await DagTest.For(new SubscriptionDag()).WithArguments(new Subscription("ann", Month: 1)).RunAsync();
        Assert.Equal(2, run.ContinuedWith<Subscription>().Month);
    }

    public sealed record Range(int Days = 1);

    public sealed record Customer(string CustomerId);

    public sealed record Subscription(string Customer, int Month);

    public sealed class FakeWarehouse
    {
        private int _asked;

        public decimal[] Orders() => ++_asked < 3 ? throw new InvalidOperationException("asleep") : [500, 700];
    }

    [Dag("hello", Cron = "0 6 * * *")]
    public sealed class Hello : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var name = dag.Task(ReadName);
            dag.Task(Greet, name).Retry(3, TimeSpan.FromSeconds(30));
        }

        public string ReadName() => "world";
        public void Greet(string name, TaskContext context) => context.Logger.LogInformation("Hello {Name}", name);
    }

    [Dag("report")]
    public sealed class Report : Dag<Range>
    {
        public override void Define(DagBuilder dag) => dag.Task(CountHours);

        public int CountHours() => Arguments.Days * 24;
    }

    [Dag("orders", Cron = "@daily")]
    public sealed class OrdersDag(FakeWarehouse warehouse) : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task(Sum, dag.Task(Extract).Retry(2, TimeSpan.FromMinutes(1)));

        public decimal[] Extract() => warehouse.Orders();

        public decimal Sum(decimal[] orders) => orders.Sum();
    }

    [Dag("registration", VersionPolicy = VersionPolicy.Adopt)]
    public sealed class Registration : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var submit = dag.Task("submit", context => context.Logger.LogInformation("submitted"));
            var cool = dag.Delay("cooling_off", TimeSpan.FromDays(90)).After(submit);
            dag.Task("notify", context => context.Logger.LogInformation("told")).After(cool);       // added in version 2
        }
    }

    [Dag("customer", RunKey = "customerId", OnConflict = OnConflict.Join)]
    public sealed class CustomerDag : Dag<Customer>
    {
        public override void Define(DagBuilder dag) => dag.Task("serve", context => context.Logger.LogInformation("served"));
    }

    public static class Fair
    {
        public sealed record Orders(string Customer, int Tier = 1);

        [Dag("orders", FairnessKey = "customer", FairnessWeight = "tier")]
        public sealed class OrdersDag : Dag<Orders>
        {
            public override void Define(DagBuilder dag) => dag.Task("send", context => context.Logger.LogInformation("sent to {Customer}", Arguments.Customer));
        }
    }

    [Dag("polling")]
    private sealed class PollingDag(TimeProvider clock) : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task("poll", context => Task.Delay(TimeSpan.FromHours(2), clock, context.Cancellation));
    }

    [Dag("subscription")]
    private sealed class SubscriptionDag : Dag<Subscription>
    {
        public override void Define(DagBuilder dag) => dag.Task("bill", async context =>
        {
            var subscription = Arguments;
            await context.ContinueAsNewAsync(new Subscription(subscription.Customer, Month: subscription.Month + 1));
        });
    }
}
