namespace Pipelines.Testing.Tests;

/// <summary>Locks and rates of bodies in a test.</summary>
public sealed class LockTests
{
    [Fact]
    public async Task A_lock_is_free_and_its_token_grows_and_a_rate_waits_by_the_clock()
    {
        var clock = new TestClock();
        var run = await DagTest.For(() => new Sharing()).WithClock(clock).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal((1, 2), (run.Output<int>("first"), run.Output<int>("second")));
        Assert.True(run.Took >= TimeSpan.FromMinutes(2) && run.Took < TimeSpan.FromMinutes(3), $"{run.Took}");
    }

    [Fact]
    public async Task One_that_waits_for_itself_is_told_so()
    {
        var run = await DagTest.For(() => new Twice()).RunAsync();
        Assert.Contains("has the lock 'x' already", run["take"].Why, StringComparison.Ordinal);
    }

    [Dag("sharing")]
    private sealed class Sharing : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var first = dag.Task(First);
            dag.Task(Second).After(first);
        }

        private static async Task<int> First(TaskContext context)
        {
            await using var held = await context.LockAsync("x");
            return (int)held.Token;
        }

        private static async Task<int> Second(TaskContext context)
        {
            await using var held = await context.LockAsync("x");
            for (var call = 0; call < 4; call++)
                await context.RateLimitAsync("api", 1.PerMinute with { Burst = 2 });
            return (int)held.Token;
        }
    }

    [Dag("twice")]
    private sealed class Twice : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task(Take);

        private static async Task Take(TaskContext context)
        {
            await using var held = await context.LockAsync("x");
            await using var again = await context.LockAsync("x");
        }
    }
}
