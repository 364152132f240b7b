namespace Pipelines.Testing.Tests;

/// <summary>A run's timeout stops its work, once, and nothing that comes after it: callbacks, teardowns and undos take the time they need.</summary>
public sealed class RunTimeoutTests
{
    private readonly TestClock _clock = new();
    private readonly List<string> _done = [];

    [Fact]
    public async Task Callbacks_of_the_run_are_told_of_it()
    {
        var run = await RunAsync(dag =>
        {
            dag.Task("sleep", (TaskContext context) => HoursAsync(5, context));
            dag.OnFailure(async context =>
            {
                await HoursAsync(1, context);
                _done.Add("told");
            });
        });
        Assert.Equal(("failed", "cancelled"), (run.State, run["sleep"].State));
        Assert.Equal(["told"], _done);
        Assert.Equal(TimeSpan.FromMinutes(90), run.Took);
    }

    [Fact]
    public async Task A_teardown_that_runs_when_it_comes_goes_on()
    {
        var run = await RunAsync(dag =>
        {
            var cluster = dag.Task("make", () => "cluster");
            dag.Task("drop", (string _, TaskContext context) => HoursAsync(1, context), cluster).TeardownOf(cluster);
        });
        Assert.Equal(("failed", "succeeded", TimeSpan.FromHours(1)), (run.State, run["drop"].State, run.Took));
    }

    [Fact]
    public async Task Teardowns_and_undos_are_tried_again_and_sleep_after_it()
    {
        var run = await RunAsync(dag =>
        {
            var cluster = dag.Task("make", () => "cluster").Undo(
                async (string _, TaskContext context) =>
                {
                    await context.SleepAsync("night", TimeSpan.FromHours(8));
                    await HoursAsync(1, context);
                    _done.Add("undone");
                },
                RetryPolicy.None);
            dag.Task("work", (TaskContext context) => HoursAsync(5, context)).After(cluster);
            dag.Task(
                "drop",
                async (string _, TaskContext context) =>
                {
                    await HoursAsync(1, context);
                    if (context.Attempt == 1)
                        throw new InvalidOperationException("once");
                    _done.Add("dropped");
                },
                cluster).TeardownOf(cluster).Retry(new RetryPolicy { Retries = 1, Delay = TimeSpan.FromHours(1), Jitter = 0 });
        });
        Assert.Equal(["dropped", "undone"], _done);
        Assert.Equal(("failed", 2), (run.State, run["drop"].Attempts));
        Assert.Equal(TimeSpan.FromMinutes(30) + TimeSpan.FromHours(1 + 1 + 1 + 8 + 1), run.Took);
    }

    private Task HoursAsync(int hours, TaskContext context) => Task.Delay(TimeSpan.FromHours(hours), _clock, context.Cancellation);

    /// <summary>With a deadline: a run that cannot go on must not hang the test.</summary>
    private async Task<DagTestRun> RunAsync(Action<DagBuilder> define)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return await DagTest.For(() => new Late(define)).WithClock(_clock).RunAsync(deadline.Token);
    }

    [Dag("late")]
    private sealed class Late(Action<DagBuilder> define) : Dag
    {
        public override void Define(DagBuilder dag)
        {
            dag.RunTimeout(TimeSpan.FromMinutes(30));
            define(dag);
        }
    }
}
