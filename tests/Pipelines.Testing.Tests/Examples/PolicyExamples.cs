namespace Pipelines.Testing.Tests.Examples;

/// <summary>When a task is tried again, how long it may take, what it waits for and shares with others.</summary>
public sealed class PolicyExamples
{
    private static readonly int[] Parts = [1, 2, 3];

    [Fact]
    public Task Retries_and_timeouts() => Example.SucceedAsync(
        dag => dag.Task(Load).Retry(3, TimeSpan.FromMinutes(1)),
        dag => dag.Task(Load).Retry(new RetryPolicy { Retries = 5, Within = TimeSpan.FromHours(2) }),
        dag => dag.Task(Load).Retry((RetryPolicy.None with { Retries = 5 }).Except<ArgumentException>()),
        dag => dag.Task(Load).Timeout(TimeSpan.FromMinutes(10)),
        dag => dag.Task(Load).Timeout(TimeSpan.FromMinutes(10), total: TimeSpan.FromHours(1)),
        dag => dag.Task(Train).Queue("gpu").QueueTimeout(TimeSpan.FromMinutes(30)),
        dag => dag.Task(Copy).HeartbeatTimeout(TimeSpan.FromMinutes(1)).Retry(3, TimeSpan.FromSeconds(10)),
        dag => dag.Defaults(retry: new RetryPolicy { Retries = 3 }, timeout: TimeSpan.FromMinutes(10)),
        dag => dag.RunTimeout(TimeSpan.FromHours(6)),
        dag => dag.FailFast());

    [Fact]
    public async Task A_queue_that_nobody_serves()
    {
        var run = await DagTest.For(new TrainingDag()).WithoutWorkers("gpu").RunAsync();
        Assert.Equal(("failed", TimeSpan.FromMinutes(30)), (run["train"].State, run.Took));
    }

    [Fact]
    public Task Order_and_limits() => Example.SucceedAsync(
        dag => dag.Task(Load).Priority(10),
        dag => dag.Task(Train).Queue("gpu"),
        dag =>
        {
            dag.Task(Load).Pool("warehouse");
            dag.Task(Rebuild).Pool("warehouse", slots: 4);
        },
        dag => dag.Task(Compact).Concurrency(1),
        dag => dag.Task(Call).RateLimit("api", 2.PerSecond),
        dag => dag.Task(Call).RateLimit("api", 2.PerSecond with { Burst = 5 }),
        dag =>
        {
            var orders = dag.Task(Orders);
            dag.Map(Send, orders).Concurrency("per_customer", 1, LimitKey.Of(orders, "customerId"));
        },
        dag =>
        {
            var parts = dag.Task("parts", () => Parts);
            dag.Map(LoadPartition, parts).MaxParallel(4);
        },
        dag => dag.MaxActiveTasks(16),
        dag => dag.MaxActiveTasksPerRun(4),
        dag =>
        {
            var orders = dag.Task(Orders);
            dag.InheritPriority();
            dag.Task(Invoice, orders).Priority(50);      // orders has 50 as well
        });

    [Fact]
    public async Task A_limit_for_each_value_of_an_argument()
    {
        var run = await DagTest.For(new Customers()).WithArguments(new Caller("ann")).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
    }

    [Fact]
    public Task Past_runs() => Example.SucceedAsync(
        dag =>
        {
            var day = dag.Task(Day);
            dag.Task(AddToBalance, day).DependsOnPast();
        },
        dag =>
        {
            var day = dag.Task(Day);
            dag.Task(SwapTables, day).WaitForDownstream();
        },
        dag =>
        {
            var sums = dag.Task(Day);
            dag.Task(RefreshDashboard, sums).LatestOnly();
        });

    [Fact]
    public Task Who_is_told() => Example.SucceedAsync(
        dag => dag.Task(Load).Retry(3, TimeSpan.FromMinutes(1)).Notify(NotifyOn.Failure | NotifyOn.Retry, "on-call", "data-team"),
        dag =>
        {
            var sums = dag.Task(Day);
            dag.Task(Publish, sums).Deadline(TimeSpan.FromHours(1), DeadlineFrom.Started, "on-call");
        },
        dag => dag.Notify(NotifyOn.Failure, "on-call"),
        dag => dag.Deadline(TimeSpan.FromHours(4), DeadlineFrom.ScheduledFor, "on-call"));   // the report is due at six

    private static void Load()
    {
    }

    private static void Train()
    {
    }

    private static void Copy()
    {
    }

    private static void Rebuild()
    {
    }

    private static void Compact()
    {
    }

    private static void Call()
    {
    }

    private static PlacedOrder[] Orders() => [new("ann", 1), new("bob", 2)];

    private static void Send(PlacedOrder order)
    {
    }

    private static void LoadPartition(int part)
    {
    }

    private static void Invoice(PlacedOrder[] orders)
    {
    }

    private static int Day() => 1;

    private static void AddToBalance(int day)
    {
    }

    private static void SwapTables(int day)
    {
    }

    private static void RefreshDashboard(int day)
    {
    }

    private static void Publish(int sums)
    {
    }

    internal sealed record PlacedOrder(string CustomerId, int Id);

    internal sealed record Caller(string Customer);

    [Dag("customers")]
    private sealed class Customers : Dag<Caller>
    {
        public override void Define(DagBuilder dag) => dag.Task(Load).RateLimit("api", 2.PerSecond, LimitKey.Argument("customer"));
    }

    [Dag("training")]
    private sealed class TrainingDag : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task(Train).Queue("gpu").QueueTimeout(TimeSpan.FromMinutes(30));
    }
}
