namespace Pipelines.Testing.Tests.Examples;

/// <summary>DAGs that are run by what others produce.</summary>
public sealed class AssetExamples
{
    private static readonly Asset Orders = new("warehouse/orders");

    [Fact]
    public Task Assets() => Example.SucceedAsync(
        dag => dag.Task(Load).Produces(Orders),              // in one DAG
        dag => dag.Schedule(Orders & new Asset("rates")),    // in another
        dag => dag.Schedule(new Asset("warehouse/orders") & new Asset("rates")),
        dag => dag.Task(Load).Produces(new Asset("s3://bucket/orders")),
        dag =>
        {
            var rows = dag.Task(Rows);
            dag.Task(Load, rows).Produces(new Asset("warehouse/orders"));
        },
        dag =>
        {
            var (orders, customers, rates) = (Orders, new Asset("customers"), new Asset("rates"));
            dag.Schedule(Asset.All(orders, customers, rates));
        },
        dag =>
        {
            var (orders, returns) = (Orders, new Asset("returns"));
            dag.Schedule(Asset.Any(orders, returns));
        },
        dag =>
        {
            var (orders, customers, complete) = (Orders, new Asset("customers"), new Asset("complete"));
            dag.Schedule(orders & customers | complete);   // as in C#, & binds before |
        });

    [Fact]
    public async Task What_a_run_sees_of_the_updates_that_started_it()
    {
        var run = await DagTest.For(new DaysDag()).Updated(Orders, extra: new DateOnly(2026, 3, 1)).RunAsync();
        Assert.Equal((1, new DateOnly(2026, 3, 1)), (run.Output<int>("count_days"), run.Output<DateOnly>("last_day")));
    }

    [Fact]
    public async Task A_test_of_such_a_run()
    {
        var run = await DagTest.For(new ReportDag()).Updated(Orders, extra: 3).RunAsync();
        Assert.Equal("Orders: 3", run.Output<string>("report"));
    }

    private static void Load()
    {
    }

    private static int[] Rows() => [1, 2];

    private static void Load(int[] rows)
    {
    }

    [Dag("days")]
    private sealed class DaysDag : Dag
    {
        public override void Define(DagBuilder dag)
        {
            dag.Schedule(Orders);
            dag.Task(CountDays);
            dag.Task(LastDay);
        }

        private static int CountDays(TaskContext context)
        {
            foreach (var update in context.Updates) Console.WriteLine($"{update.Asset} by {update.DagId ?? update.By}");
            var days = context.Updates.Where(update => update.Asset == Orders.Name).Select(update => update.ExtraAs<DateOnly>());
            return days.Count();
        }

        private static DateOnly LastDay(TaskContext context)
        {
            var day = context.Updates[^1].ExtraAs<DateOnly>();
            return day;
        }
    }

    [Dag("report")]
    private sealed class ReportDag : Dag
    {
        public override void Define(DagBuilder dag)
        {
            dag.Schedule(Orders);
            dag.Task("report", context => $"Orders: {context.Updates[0].ExtraAs<int>()}");
        }
    }
}
