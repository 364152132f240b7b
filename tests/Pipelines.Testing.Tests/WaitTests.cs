using System.Globalization;

namespace Pipelines.Testing.Tests;

/// <summary>Waits as the author of a DAG tests them: hours by the test's clock, in no time.</summary>
public sealed class WaitTests
{
    [Fact]
    public async Task A_delay_begins_when_it_could_run_and_a_moment_counts_from_the_tick()
    {
        var clock = new TestClock();
        var dag = new Times(clock);
        var run = await DagTest.For(dag).WithClock(clock).At("2026-03-02").RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        // The tick is 02:00 in Kyiv, 00:00 UTC.
        Assert.Equal(["settle 02.03. 02:00", "go_on 02.03. 02:00", "publish 02.03. 02:30", "close 02.03. 17:30", "review 09.03. 04:00"], dag.Told);
        Assert.Equal(0, run["settled"].Attempts);
    }

    [Fact]
    public async Task A_sensor_is_polled_until_it_finds_something_and_polls_spend_no_retries()
    {
        var run = await DagTest.For(new Sensors(readyAt: 4)).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(("file 4", 4, TimeSpan.FromMinutes(30)), (run.Output<string>("greet"), run["find"].Attempts, run.Took));
        Assert.Equal(5, run.Output<int>("number"));
    }

    [Theory]
    [InlineData(false, "failed", "upstream failed")]
    [InlineData(true, "skipped", "skipped")]
    public async Task A_sensor_gives_up_after_its_timeout_with_a_last_poll_at_its_end(bool soft, string state, string below)
    {
        var run = await DagTest.For(new Sensors(readyAt: 1000, soft)).RunAsync();
        Assert.Equal((state, below, TimeSpan.FromMinutes(45)), (run["find"].State, run["greet"].State, run.Took));
        Assert.Equal(6, run["find"].Attempts);
        Assert.Equal("gave up after its timeout of 00:45:00; polled every 00:10:00", run["find"].Why);
    }

    [Fact]
    public async Task An_exception_in_a_sensor_is_a_failed_attempt_and_the_timeout_goes_on()
    {
        var run = await DagTest.For(new Unsteady()).RunAsync();
        Assert.Equal(("failed", "InvalidOperationException: no connection"), (run["ask"].State, run["ask"].Why));
        Assert.Equal(6, run["ask"].Attempts);           // not yet, fails, not yet, fails, not yet, fails for good
    }

    [Fact]
    public async Task Waits_between_polls_grow_to_their_cap()
    {
        var clock = new TestClock();
        var dag = new Patient(clock);
        var run = await DagTest.For(dag).WithClock(clock).RunAsync();
        Assert.Equal([0, 1, 3, 7, 12, 17, 20], dag.Polls);
        Assert.Equal(TimeSpan.FromMinutes(20), run.Took);
    }

    [Fact]
    public async Task Other_DAGs_succeed_unless_the_test_says_otherwise()
    {
        var run = await DagTest.For(new Others()).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(("archive", "old", 2L), (run.Started.Single().DagId, run.Started.Single().Arguments<Archived>().Name, run.Output<long>("run_archive")));
        Assert.Equal("succeeded", run["wait_for_orders_load"].State);

        run = await DagTest.For(new Others()).WithRunsOf("orders", "never").WithRunsOf("archive", "failed").RunAsync();
        Assert.Equal(("failed", "skipped", "failed"), (run.State, run["wait_for_orders_load"].State, run["run_archive"].State));
        Assert.Equal(TimeSpan.FromHours(3), run.Took);

        var stuck = await Assert.ThrowsAsync<PipelinesException>(() => DagTest.For(new Others()).WithRunsOf("endless", "failed").RunAsync());
        Assert.Contains("'wait_for_endless' waits without a timeout for 'endless'", stuck.Message, StringComparison.Ordinal);
    }

    [Dag("times", Cron = "0 2 * * *", TimeZone = "Europe/Kyiv", Start = "2026-01-01")]
    public sealed class Times(TestClock clock) : Dag
    {
        public List<string> Told { get; } = [];

        public override void Define(DagBuilder dag)
        {
            Tell(dag, "settle", dag.Delay("settled", TimeSpan.FromHours(2)));
            Tell(dag, "publish", dag.WaitUntil("published", TimeSpan.FromMinutes(150)));
            Tell(dag, "close", dag.WaitUntil("evening", new TimeOnly(19, 30)));
            Tell(dag, "review", dag.WaitUntil("next_week", new TimeOnly(6, 0), days: 7));
            var late = dag.Delay("late", TimeSpan.FromHours(2));
            Tell(dag, "go_on", dag.WaitUntil("past", TimeSpan.FromHours(1)).After(late));
        }

        private void Tell(DagBuilder dag, string id, IOutput wait) =>
            dag.Task(id, _ => Told.Add(string.Create(CultureInfo.InvariantCulture, $"{id} {clock.Now:dd.MM. HH:mm}"))).After(wait);
    }

    [Dag("sensors")]
    public sealed class Sensors(int readyAt, bool soft = false) : Dag
    {
        private int _asked;

        public override void Define(DagBuilder dag)
        {
            var found = dag.Sensor(Find).Poll(TimeSpan.FromMinutes(10), timeout: TimeSpan.FromMinutes(45), softFail: soft);
            var there = dag.Sensor("there", (string file) => Task.FromResult(file.Length > 0), found);
            dag.Task(Greet, found).After(there);
            dag.Task("number", (int n) => n + 1, dag.Sensor("count", () => (int?)(_asked > 0 ? 4 : null)).After(found));
        }

        public string? Find(TaskContext context) => ++_asked >= readyAt ? $"file {_asked}" : null;

        public string Greet(string file) => file;
    }

    [Dag("unsteady")]
    public sealed class Unsteady : Dag
    {
        private int _asked;

        public override void Define(DagBuilder dag) =>
            dag.Sensor(Ask).Poll(TimeSpan.FromMinutes(10), timeout: TimeSpan.FromHours(5)).Retry(2, TimeSpan.FromMinutes(1));

        public async Task<bool> Ask()
        {
            await Task.Yield();
            return ++_asked % 2 == 0 ? throw new InvalidOperationException("no connection") : false;
        }
    }

    [Dag("patient")]
    public sealed class Patient(TestClock clock) : Dag
    {
        private DateTimeOffset? _first;

        public List<double> Polls { get; } = [];

        public override void Define(DagBuilder dag) =>
            dag.Sensor(Ask).Poll(TimeSpan.FromMinutes(1), timeout: TimeSpan.FromMinutes(20), factor: 2, cap: TimeSpan.FromMinutes(5), softFail: true);

        public bool Ask()
        {
            Polls.Add((clock.Now - (_first ??= clock.Now)).TotalMinutes);
            return false;
        }
    }

    public sealed record Archived(string Name);

    [Dag("archive")]
    public sealed class Archive : Dag<Archived>
    {
        public override void Define(DagBuilder dag) => dag.Task("work", () => Arguments.Name);
    }

    [Dag("others")]
    public sealed class Others : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var orders = dag.WaitFor("orders", task: "load", timeout: TimeSpan.FromHours(3), softFail: true);
            var endless = dag.WaitFor("endless");
            dag.Run<Archive, Archived>(dag.Task("choose", () => new Archived("old"))).After(endless);
            dag.Task("report", () => { }).After(orders);
        }
    }
}
