using System.Net;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Tests;

/// <summary>The page of one task in one run: its tabs, and the elements of a mapped one.</summary>
public sealed class TaskPageTests(TestServer server) : ConsoleFixture(server)
{
    private static readonly DateTimeOffset First = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_tab_shows_its_part()
    {
        var log = await SampleLog.StartAsync(World);
        await World.LogAsync(log.Key, log.Attempt, 1, ('I', "begin"), ('E', "boom in the log"));
        await log.EndAsync('f', "boom", """{"type":"System.Exception","message":"boom","stack":"at X"}""");
        var url = $"/runs/{log.Key.RunId}/tasks/load";

        var summary = await PageAsync(url);
        Assert.Contains("boom in the log", summary.Value, StringComparison.Ordinal);
        Assert.Contains("System.Exception", summary.Value, StringComparison.Ordinal);
        Assert.Contains(summary.Descendants("a"), a => Of(a, "href") == $"{url}/log?L=2#L2");
        Assert.Contains("Arguments", (await PageAsync($"{url}?tab=io")).Value, StringComparison.Ordinal);
        var history = (await PageAsync($"{url}?tab=history")).Descendants("table").Single(table => Of(table, "id") == "attempts");
        Assert.Single(history.Element("tbody")!.Elements("tr"));
        Assert.Contains("boom", history.Value, StringComparison.Ordinal);
        foreach (var garbage in new[] { "tab=elements", "tab=x", "from=-7", "state=zz" })
            Assert.Contains("Duration", (await PageAsync($"{url}?{garbage}")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_have_a_tab_that_says_what_was_taken_over_and_why_one_failed()
    {
        var log = await SampleLog.StartAsync(World);
        var url = $"/runs/{log.Key.RunId}/tasks/load";
        Assert.DoesNotContain("Steps", (await PageAsync(url)).Value, StringComparison.Ordinal);
        await World.ExecuteAsync(
            """
            insert into task_step select run_id, task_no, map_index, 's', s.name, first_started_at, 1::smallint, s.state, 1, clock_timestamp(), clock_timestamp(), s.output, s.error
            from task_instance, (values ('download', 's'::"char", '"<b>.csv"'::jsonb, null), ('load', 'f', null, 'TimeoutException: <i>')) s(name, state, output, error) where run_id = $1 and task_no = 0
            """, log.Key.RunId);
        await World.ExecuteAsync("update task_instance set attempt = 2 where run_id = $1", log.Key.RunId);
        var tab = (await PageAsync($"{url}?tab=steps")).Value;
        Assert.Contains("Steps 2", tab, StringComparison.Ordinal);
        Assert.Contains("1, taken over", tab, StringComparison.Ordinal);
        Assert.Contains("<b>.csv", tab, StringComparison.Ordinal);
        Assert.Contains("TimeoutException: <i>", tab, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_thousand_elements_are_read_a_page_at_a_time()
    {
        var spec = World.Chain("fan", "list", "each");
        spec = spec with { Tasks = [spec.Tasks[0], spec.Tasks[1] with { Over = "list" }] };
        var run = (await World.MakeRunsAsync(await World.RegisterAsync(spec), First, 1))[0];
        await World.StartRunsAsync();
        await World.ExecuteAsync(
            """
            insert into task_instance(run_id, task_no, map_index, state, trigger_rule, lane_id, priority, unmet, output)
            select run_id, task_no, i, (case when i % 1000 = 7 then 'f' else 's' end)::"char", trigger_rule, lane_id, priority, 0, to_jsonb(repeat('secret', 10))
            from task_instance, generate_series(0, 9999) i where run_id = $1 and task_no = 1 and map_index = -1
            """, run);
        var url = $"/runs/{run}/tasks/each";

        var summary = await PageAsync(url);
        Assert.Contains("10,000 elements", summary.Value, StringComparison.Ordinal);
        var page = await PageAsync($"{url}?tab=elements");
        Assert.Equal((0, 99, 100), Shown(page));
        Assert.Equal((100, 199, 100), Shown(await PageAsync(Of(page.Descendants("a").Single(a => Of(a, "id") == "later"), "href"))));
        Assert.Equal((7, 9007, 10), Shown(await PageAsync($"{url}?tab=elements&state=f")));
        Assert.DoesNotContain("secret", page.ToString(), StringComparison.Ordinal);
        Assert.Contains("each[7]", (await PageAsync($"{url}/7")).Value, StringComparison.Ordinal);
        Assert.Single((await World.Store.InstanceAsync(run, "each", 7, default))!.Instances);
        await PageAsync($"{url}/10000", HttpStatusCode.NotFound);
        Assert.Equal(new Dictionary<char, int> { ['f'] = 10, ['s'] = 9990 }, (await World.Store.ElementStatesAsync(new InstanceKey(run, 1, -1), default)).OrderBy(pair => pair.Key).ToDictionary());
    }

    [Fact]
    public void What_holds_no_slot_says_what_it_waits_for()
    {
        var now = First;
        string? Of(TaskSpec spec, int map = -1, bool began = false) => TaskWait.Of(
            new RunSummary(9, "d", 'm', 'r', false, now, null, null, "me", now, now, null, 0), spec,
            new InstanceRow(new InstanceKey(9, 0, map), "t", 'w', 0, 0, 0, 0, 0, 0, 0, null, null, null, null, null, now.AddHours(2), null) { FirstStartedAt = began ? now : null }, now);
        var task = new TaskSpec { Id = "t" };
        Assert.Equal("for the run of sales that it has started", Of(task with { Wait = new WaitSpec { Kind = WaitKind.Run, Dag = "sales" } }));
        Assert.Equal("for runs of sales", Of(task with { Wait = new WaitSpec { Kind = WaitKind.Dag, Dag = "sales" } }));
        Assert.Equal("for a time, which comes in 2 h", Of(task with { Wait = new WaitSpec { Kind = WaitKind.Delay } }));
        Assert.Equal("for its elements", Of(task with { Over = "list" }));
        Assert.Equal("its body waits, and holds no slot", Of(task with { Over = "list" }, map: 3, began: true));
        Assert.Equal("for its next poll, in 2 h", Of(task with { Poll = new PollPolicy() }, began: true));
        Assert.Equal("for the same task in the run before", Of(task));
        Assert.Equal("for its turn: what was done last is undone first", Of(task with { Role = TaskRole.Undo }));
    }

    private static (int First, int Last, int Count) Shown(System.Xml.Linq.XElement page)
    {
        var rows = page.Descendants("table").Single(table => Of(table, "id") == "instances").Element("tbody")!.Elements("tr").Select(tr => int.Parse(tr.Element("td")!.Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        return (rows[0], rows[^1], rows.Count);
    }
}
