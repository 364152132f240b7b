using Pipelines.Postgres;
using Pipelines.Web;

namespace Pipelines.Benchmarks;

/// <summary>
/// What the console's pages cost with 1,000,000 finished instances in the database: the server's time as a browser sees it over loopback, the first paint
/// in a real Chromium, and then what watching costs (<see cref="ConsoleTabs"/>).
/// </summary>
internal sealed class ConsolePages(Stage stage, string home, TextWriter output, bool quick)
{
    private const string Grid = "/dags/bench_grid50";

    private int Times => quick ? 30 : 200;

    public async Task RunAsync(int slots)
    {
        var runs = quick ? 16_667 : 166_667;
        await stage.Bench.ExecuteAsync("console_history", runs);
        await stage.Bench.ExecuteAsync("console_logs");
        await stage.Bench.ExecuteAsync("vacuum analyze");
        output.WriteLine(Rows.Text($"With {(runs * 6) + (365 * 50):N0} finished instances:"));
        var rows = new Rows(output);
        var session = await Visitor.SignInAsync(new PostgresAccess(stage.Host.Db));
        using var web = new RoleProcess(stage.Target, home, "web", "--port", "0");
        var address = new Uri((await web.Up).Split(' ')[^1]);
        using var visitor = new Visitor(address, session);

        var run = await stage.Bench.ScalarAsync<long>("failed_run", "bench_grid50");
        var task = await stage.Bench.ScalarAsync<string>("failed_task", run);
        var pages = new (string What, string Url, string Reach)[]
        {
            ("grid of 50 tasks x 60 runs", $"{Grid}?runs=60", "p95 < 40 ms, < 30 KB"),
            ("grid of 50 tasks x 365 runs", $"{Grid}?density=year", "p95 < 150 ms"),
            ("home", "/", "p95 < 80 ms"),
            ("home over 30 days", "/?window=30d", ""),
            ("panel of a failed task", $"{Grid}?run={run}&task={task}&part=panel", "p95 < 60 ms"),
            ("the run page", $"/runs/{run}", ""),
            ("the list of all runs", "/runs", ""),
            ("the log of a failed task", $"/runs/{run}/tasks/{task}/log", ""),
        };
        foreach (var (_, url, _) in pages)
            await visitor.RepeatAsync(20, () => url);
        foreach (var (what, url, reach) in pages)
            rows.Add(what, await visitor.RepeatAsync(Times, () => url), reach);

        await using (var tab = await Tab.OpenAsync(address, session))
        {
            foreach (var (what, url, _) in pages.Where(page => page.What is not "panel of a failed task"))
                rows.Add($"first contentful paint in Chromium: {what}", (await tab.PaintsAsync(url, quick ? 3 : 15)).Select(ms => (ms, 0L)), "< 300 ms");
            await new ConsoleTabs(stage, rows, quick) { Web = web, Address = address, Session = session, Visitor = visitor, Slots = slots }.RunAsync(tab);
        }
    }
}
