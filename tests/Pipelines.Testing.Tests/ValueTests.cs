namespace Pipelines.Testing.Tests;

/// <summary>What bodies tell, queues that nobody serves, and bodies that are silent.</summary>
public sealed class ValueTests
{
    [Fact]
    public async Task What_a_body_tells_can_be_asked_for()
    {
        var run = await DagTest.For(new Loading()).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(12, run.Value<int>("load", "rows"));
        Assert.Equal(75, run["load"].Percent);
        Assert.Equal(["rows"], run["load"].Values);
        Assert.Contains("Information: [75%] files 75/100", run["load"].Log);
        Assert.Contains("It has: rows", Assert.Throws<InvalidOperationException>(() => run.Value<int>("load", "lines")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_whose_queue_nobody_serves_fails_by_its_queue_timeout()
    {
        var run = await DagTest.For(new Training(TimeSpan.FromMinutes(30))).WithoutWorkers("gpu").RunAsync();
        Assert.Equal(("failed", TimeSpan.FromMinutes(30), 0), (run["train"].State, run.Took, run["train"].Attempts));
        Assert.Contains("queue timeout of 00:30:00: it waited for the queue gpu", run["train"].Why, StringComparison.Ordinal);
        Assert.Equal("succeeded", run["tell"].State);
        Assert.True((await DagTest.For(new Training(TimeSpan.FromMinutes(30))).RunAsync()).Succeeded);
        var never = await Assert.ThrowsAsync<PipelinesException>(() => DagTest.For(new Training(null)).WithoutWorkers("gpu").RunAsync());
        Assert.Contains("queue 'gpu'", never.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_body_is_tried_again_with_what_it_said_last()
    {
        var clock = new TestClock();
        var run = await DagTest.For(() => new Copying(clock)).WithClock(clock).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(("file 2", 2), (run.Output<string>("copy"), run["copy"].Attempts));
        Assert.Equal(TimeSpan.FromSeconds(50 + 50 + 60), run.Took);
    }

    [Fact]
    public void Times_and_tasks_without_a_body_are_refused()
    {
        Assert.Contains("QueueTimeout must be 1 second to 365 days", Refused(TimeSpan.Zero), StringComparison.Ordinal);
        Assert.Contains("QueueTimeout must be 1 second to 365 days", Refused(TimeSpan.FromDays(366)), StringComparison.Ordinal);

        static string Refused(TimeSpan time) => Assert.Throws<DagDefinitionException>(() => DagTest.SpecOf(new Training(time))).Message;
    }

    [Dag("loading")]
    public sealed class Loading : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task(Load);

        private static async Task Load(TaskContext context)
        {
            context.Progress(10, "files 10/100");
            await context.SetValueAsync("rows", 7);
            await context.SetValueAsync("rows", 12);
            context.Progress(75, "files 75/100");
        }
    }

    [Dag("training")]
    public sealed class Training(TimeSpan? timeout) : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var train = dag.Task(Train).Queue("gpu");
            if (timeout is { } time)
                train.QueueTimeout(time);
            dag.Task(Tell).After(train).TriggerRule(TriggerRule.AllDone);
        }

        private static void Train()
        {
        }

        private static void Tell()
        {
        }
    }

    [Dag("copying")]
    public sealed class Copying(TestClock clock) : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task(Copy).HeartbeatTimeout(TimeSpan.FromMinutes(1)).Retry(new RetryPolicy { Retries = 1, Delay = TimeSpan.Zero });

        private async Task<string> Copy(TaskContext context)
        {
            if (await context.HeartbeatDetails<string>() is { } last)
                return last;
            for (var file = 1; file <= 2; file++)
            {
                await Task.Delay(TimeSpan.FromSeconds(50), clock, context.Cancellation);
                context.Heartbeat($"file {file}");
            }

            await Task.Delay(TimeSpan.FromHours(1), clock, context.Cancellation);
            return "late";
        }
    }
}
