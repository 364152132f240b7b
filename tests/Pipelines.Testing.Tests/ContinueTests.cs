namespace Pipelines.Testing.Tests;

/// <summary>Runs that go on as another one.</summary>
public sealed class ContinueTests
{
    [Fact]
    public async Task The_next_run_gets_what_the_task_said_last()
    {
        var run = await DagTest.For(new SubscriptionDag(fails: 0)).WithArguments(new Subscription("ann", 1)).RunAsync();
        Assert.True(run.Continued, run.ToString());
        Assert.Equal(new Subscription("ann", 2), run.ContinuedWith<Subscription>());
    }

    [Fact]
    public async Task What_an_attempt_said_that_failed_does_not_hold()
    {
        var run = await DagTest.For(new SubscriptionDag(fails: 1)).WithArguments(new Subscription("ann", 11)).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.False(run.Continued);
        Assert.Contains("ContinueAsNewAsync", Assert.Throws<InvalidOperationException>(() => run.ContinuedWith<Subscription>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_failed_does_not_go_on()
    {
        var run = await DagTest.For(new SubscriptionDag(fails: 9)).WithArguments(new Subscription("ann", 1)).RunAsync();
        Assert.False(run.Succeeded || run.Continued);
    }

    [Fact]
    public async Task Arguments_that_are_none_of_the_dag_fail_the_task()
    {
        var run = await DagTest.For(new SubscriptionDag(fails: 0)).WithArguments(new Subscription("wrong", 1)).RunAsync();
        Assert.Contains("The run cannot be continued: there is no argument 'weekday'", run["bill"].Why, StringComparison.Ordinal);
    }

    internal sealed record Subscription(string Customer, int Month);

    [Dag("subscription", RunKey = "Customer", OnConflict = OnConflict.Join)]
    private sealed class SubscriptionDag(int fails) : Dag<Subscription>
    {
        public override void Define(DagBuilder dag) => dag.Task("bill", BillAsync).Retry(1, TimeSpan.FromSeconds(1));

        private async Task BillAsync(TaskContext context)
        {
            var now = Arguments;
            if (now.Customer == "wrong")
                await context.ContinueAsNewAsync(new { now.Customer, now.Month, Weekday = 3 });
            if (now.Month < 12 && context.Attempt == 1)
            {
                await context.ContinueAsNewAsync(now);
                await context.ContinueAsNewAsync(now with { Month = now.Month + 1 });
            }

            if (context.Attempt <= fails)
                throw new InvalidOperationException("the bank is closed");
        }
    }
}
