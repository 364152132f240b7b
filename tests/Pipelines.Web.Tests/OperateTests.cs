using System.Net;
using System.Xml.Linq;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;
using Pipelines.Web.Views;

namespace Pipelines.Web.Tests;

public sealed class OperateTests(TestServer server) : ConsoleFixture(server)
{
    private static readonly string[] Pages = ["/workers", "/pools", "/queue", "/errors", "/assets", "/notifications", "/audit", "/health/ui"];

    [Fact]
    public async Task Each_page_opens_where_there_is_nothing_yet_and_where_there_is_and_has_its_entry()
    {
        foreach (var url in Pages)
            await PageAsync(url);
        await SampleOperate.MakeAsync(World);
        foreach (var url in Pages)
        {
            var page = await PageAsync(url);
            Assert.Equal(url, Of(page.Descendants("nav").Single().Elements("a").Single(a => Of(a, "aria-current") == "page"), "href"));
        }
    }

    [Fact]
    public async Task Workers_show_what_they_run_and_are_drained_and_resumed()
    {
        var worker = await SampleOperate.MakeAsync(World);
        var page = await PageAsync("/workers");
        Assert.Contains("2 of 16", page.Value, StringComparison.Ordinal);
        Assert.Equal(2, page.Descendants("a").Count(a => Of(a, "href").EndsWith("/tasks/load/log", StringComparison.Ordinal)));

        page = (await PostAsync(page, "drain", ("worker", $"{worker}"))).Page;
        Assert.Contains("takes no more work", page.Value, StringComparison.Ordinal);
        Assert.Contains("draining", page.Descendants("tr").Single(tr => Of(tr, "data-worker") == $"{worker}").Value, StringComparison.Ordinal);
        var workers = await World.Store.WorkersAsync(CancellationToken.None);
        Assert.Contains("every worker of the queue 'default' is drained", string.Concat((await World.Store.QueueAsync(10, CancellationToken.None)).Select(row => QueueWhy.Of(row with { Pool = null }, workers))), StringComparison.Ordinal);
        page = (await PostAsync(page, "resume", ("worker", $"{worker}"))).Page;
        Assert.DoesNotContain("draining", page.Descendants("tr").Single(tr => Of(tr, "data-worker") == $"{worker}").Value, StringComparison.Ordinal);
        Assert.Contains("there is no living worker '77'", (await PostAsync(page, "drain", ("worker", "77"))).Page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pools_show_who_takes_and_who_waits_and_are_resized()
    {
        await SampleOperate.MakeAsync(World);
        var page = await PageAsync("/pools");
        var row = page.Descendants("tr").Single(tr => Of(tr, "data-pool") == "warehouse");
        Assert.Contains("2 of 2", row.Value, StringComparison.Ordinal);
        Assert.Contains("mart 2, 2 wait", string.Join(' ', row.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);

        page = (await PostAsync(page, "set", ("pool", "warehouse"), ("slots", "5"))).Page;
        Assert.Contains("of 5", page.Descendants("tr").Single(tr => Of(tr, "data-pool") == "warehouse").Value, StringComparison.Ordinal);
        Assert.Contains("cannot have -1 slots", (await PostAsync(page, "set", ("pool", "warehouse"), ("slots", "-1"))).Page.Value, StringComparison.Ordinal);
        Assert.Contains("not given", (await PostAsync(page, "set", ("pool", "warehouse"), ("slots", "many"))).Page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_show_their_lines()
    {
        var spec = World.Chain("api", "call") with { Cron = null };
        await World.RegisterAsync(spec with { Tasks = [spec.Tasks[0] with { Limits = [new LimitSpec { Name = "api", AtOnce = 1 }] }] });
        for (var i = 0; i < 3; i++)
            await World.Operations.StartRunAsync(new NewRun("api"), "web:ann", CancellationToken.None);
        await World.StartRunsAsync();
        await World.ExecuteAsync("select admit(100)");
        var line = Assert.Single(await World.Store.LimitKeysAsync(10, CancellationToken.None));
        Assert.Equal(("api", 1, 2, 0), (line.Limit, line.Active, line.Waiting, line.Room));
        Assert.Contains("1 at once", (await PageAsync("/pools")).Value, StringComparison.Ordinal);
        Assert.Equal(2, (await PageAsync("/queue")).Descendants("td").Count(td => td.Value == "in the line of the limit api"));
    }

    [Fact]
    public async Task Locks_show_who_holds_them_and_how_many_wait()
    {
        await SampleOperate.MakeAsync(World);
        await World.ExecuteAsync("select take_lock(worker_id, run_id, task_no, map_index, attempt, 'table-<x>', gen_random_uuid(), 600, 60) from (select * from task_instance where state = 'r' order by run_id, task_no limit 2) t");
        var row = (await PageAsync("/pools")).Descendants("table").Single(table => Of(table, "id") == "locks").Element("tbody")!.Elements("tr").Single();
        var cells = row.Elements("td").Select(cell => cell.Value).ToList();
        Assert.Equal(("table-<x>", "1", "1"), (cells[0], cells[4], cells[5]));
        Assert.Contains("mart", cells[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_queue_says_why_each_waits()
    {
        await SampleOperate.MakeAsync(World);
        var page = await PageAsync("/queue");
        var ready = page.Descendants("table").Single(table => Of(table, "id") == "ready").Element("tbody")!.Elements("tr").ToList();
        Assert.Equal(3, ready.Count);
        Assert.Equal(2, ready.Count(row => row.Value.Contains("the pool warehouse is full: 2 of 2 slots are taken", StringComparison.Ordinal)));
        Assert.Contains(ready, row => row.Value.Contains("no worker that is alive serves the queue 'gpu'", StringComparison.Ordinal));

        await World.Operations.PauseAsync("gpu", "test", CancellationToken.None);
        await World.Operations.StartRunAsync(new NewRun("gpu"), "web:ann", CancellationToken.None);
        Assert.Contains("the DAG is paused", (await PageAsync("/queue")).Descendants("table").Single(table => Of(table, "id") == "queued-runs").Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_without_a_slot_says_for_what()
    {
        var dag = await World.RegisterAsync(World.Chain("retrying", "load"));
        await World.MakeRunsAsync(dag, new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 1);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        await World.AdvanceAsync(worker, 0, (got[0].Key, got[0].Attempt, 'y', "busy", null));
        Assert.Contains("tries again in", (await PageAsync("/queue")).Descendants("table").Single(table => Of(table, "id") == "waiting").Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_errors_name_the_version_that_serves_meanwhile()
    {
        await SampleOperate.MakeAsync(World);
        var rows = (await PageAsync("/errors")).Descendants("table").First().Element("tbody")!.Elements("tr").ToList();
        Assert.Contains(rows, row => row.Value.Contains("Acme.Mart.dll", StringComparison.Ordinal) && row.Descendants("a").Any(a => Of(a, "href") == "/dags/mart"));
        Assert.Contains(rows, row => row.Value.Contains("Other.dll", StringComparison.Ordinal) && row.Value.Contains("no version of it has loaded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_asset_tells_its_story_and_is_marked_updated()
    {
        await SampleOperate.MakeAsync(World);
        var list = await PageAsync("/assets");
        Assert.Contains(list.Descendants("a"), a => Of(a, "href") == "/assets/warehouse/orders");
        var page = await PageAsync("/assets/warehouse/orders");
        Assert.Contains("mart.load", page.Value, StringComparison.Ordinal);
        Assert.Contains("loaded by hand", page.Value, StringComparison.Ordinal);
        Assert.Contains("may start runs of report", page.Value, StringComparison.Ordinal);

        page = (await PostAsync(page, "update", ("extra", "{oh"))).Page;
        Assert.Contains("the extra is not JSON", page.Value, StringComparison.Ordinal);
        page = (await PostAsync(page, "update", ("extra", "3"), ("why", "by <me>"))).Page;
        Assert.Equal(2, page.Descendants("table").Single(table => Of(table, "id") == "updates").Element("tbody")!.Elements("tr").Count());
        Assert.Contains("by <me>", page.Value, StringComparison.Ordinal);
        Assert.Contains("There is no asset 'no/where'.", (await PageAsync("/assets/no/where", HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notifications_are_listed_with_their_tries_and_sent_again()
    {
        await SampleOperate.MakeAsync(World);
        Assert.Equal(["2", "1"], Rows(await PageAsync("/notifications"), "data-notification"));
        Assert.Equal(["1"], Rows(await PageAsync("/notifications?failed=1"), "data-notification"));
        Assert.Equal(["2", "1"], Rows(await PageAsync("/notifications?run=1&failed=maybe"), "data-notification"));
        var page = await PageAsync("/notifications?failed=1&show=1");
        Assert.Contains("the server said <b>no</b>", page.Descendants("table").First().Value, StringComparison.Ordinal);
        page = (await PostAsync(page, "retry", ("notification", "1"))).Page;
        Assert.Contains("Notification 1 is sent again.", page.Value, StringComparison.Ordinal);
        Assert.Equal('w', (await World.Store.NotificationAsync(1, CancellationToken.None))!.State);
        Assert.Contains("There is no notification 99.", (await PageAsync("/notifications?show=99", HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_audit_log_has_what_people_did_and_pages_by_key()
    {
        var worker = await SampleOperate.MakeAsync(World);
        await World.Operations.DrainWorkerAsync($"{worker}", new Actor("web:ann", "kernel update") { From = "10.1.2.3" }, CancellationToken.None);
        await World.Operations.SetPoolAsync("cold", 4, "cli:bob", CancellationToken.None);
        var row = (await PageAsync("/audit?who=ann")).Descendants("table").First().Element("tbody")!.Elements("tr").Single(tr => tr.Value.Contains("kernel update", StringComparison.Ordinal));
        Assert.Equal("console, 10.1.2.3", row.Elements("td").ElementAt(2).Value);
        Assert.Contains("drain worker", row.Value, StringComparison.Ordinal);
        Assert.Contains((await PageAsync("/audit?what=slots")).Descendants("td"), td => td.Value == """{"slots": 4}""");
        Assert.Empty(Rows(await PageAsync("/audit?from=2999-01-01"), "data-event"));
        Assert.Equal(Rows(await PageAsync("/audit"), "data-event").Count, Rows(await PageAsync("/audit?from=never&before=x"), "data-event").Count);

        await World.ExecuteAsync("insert into audit(at, actor, what, kind, target) select clock_timestamp(), 'cli:carl', 'act ' || i, 'dag', 'x' from generate_series(1, 250) i");
        var seen = new List<string>();
        for (var url = "/audit?who=carl"; url.Length > 0;)
        {
            var page = await PageAsync(url);
            seen.AddRange(Rows(page, "data-event"));
            url = page.Descendants("a").Where(a => Of(a, "id") == "older").Select(a => Of(a, "href")).FirstOrDefault() ?? "";
        }

        Assert.Equal(250, seen.Count);
        Assert.Equal(250, seen.Distinct().Count());
    }

    [Fact]
    public async Task Health_tells_when_nobody_schedules()
    {
        Assert.Contains("nothing is overdue", (await PageAsync("/health/ui")).Value, StringComparison.Ordinal);
        await World.RegisterAsync(World.Chain("late", "load"));
        await World.ExecuteAsync("update dag set next_due = clock_timestamp() - interval '5 min'");
        var page = await PageAsync("/health/ui");
        Assert.Contains("does a scheduler run?", page.Value, StringComparison.Ordinal);
        var newest = (await new Migrator(World.Db).StatusAsync(default))[^1].Version;
        Assert.Contains($"migration {newest}", page.Value, StringComparison.Ordinal);
        await World.ExecuteAsync("update dag set paused = true");
        Assert.Contains("nothing is overdue", (await PageAsync("/health/ui")).Value, StringComparison.Ordinal);
    }

    private static List<string> Rows(XElement page, string attribute) => [.. page.Descendants("tr").Select(tr => Of(tr, attribute)).Where(id => id.Length > 0)];
}
