using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

/// <summary>A console with something of everything, and addresses that show each of its pages: a rule that all pages must keep is asked of these.</summary>
internal static class EveryPage
{
    /// <summary>What is served at a page's address and is none.</summary>
    private static readonly string[] NoPages = ["/runs/{run:long}/tasks/{task}/artefacts/{**name}", "/runs/{run:long}/tasks/{task}/{map:int}/artefacts/{**name}", "/problem", "/missing"];

    /// <summary>Fills the world; returns the addresses by the route they are of.</summary>
    public static async Task<ILookup<string, string>> MakeAsync(World world)
    {
        var run = (await SampleRun.MakeAsync(world)).ToString(CultureInfo.InvariantCulture);
        await SampleOperate.MakeAsync(world);
        var typed = await world.RegisterAsync(World.Chain("typed", "load", "publish") with { Arguments = JsonNode.Parse(TriggerTests.Schema), TimeZone = "UTC", Cron = "0 0 * * *" });
        await world.RegisterAsync(World.Chain("typed", "load", "check", "publish") with { Arguments = JsonNode.Parse(TriggerTests.Schema), TimeZone = "UTC", Cron = "0 0 * * *" });
        var (dag, task) = ($"/dags/{SampleRun.Dag}", $"/runs/{run}/tasks/marts.build_fct_orders");
        await world.ExecuteAsync(
            "insert into backfill(dag_no, from_date, to_date, existing, newest_first, max_active, state, total, created_by, created_at) values ($1, '2026-09-01', '2026-09-10', 'failed', true, 4, 'r', 10, 'web:ann', clock_timestamp() - interval '1 h')", typed.Dag);
        await world.MakeRunsAsync(typed, new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero), 4, 1);
        await world.SignInAsync("viola", 'v', ["mart"]);
        var ledger = await SampleLedger.MakeAsync(world);
        var asked = string.Create(CultureInfo.InvariantCulture, $"/approvals/{ledger[0]}/{SampleLedger.Task}");

        IEnumerable<(string Route, string Url)> pages =
        [
            ("/", "/"), ("/search", "/search"), ("/search", "/search?q=daily"), ("/schedule", "/schedule"), ("/dags", "/dags"),
            ("/dags/{dag}", dag), ("/dags/{dag}", $"{dag}?run={run}&task=marts.build_fct_orders"), ("/dags/{dag}", $"{dag}?run={run}&density=large"), ("/dags/{dag}", $"{dag}?density=year"), ("/dags/{dag}", "/dags/gpu?state=f"),
            ("/dags/{dag}/graph", $"{dag}/graph?run={run}"), ("/dags/{dag}/graph", $"{dag}/graph?run={run}&view=list&task=cleanup"), ("/dags/{dag}/calendar", $"{dag}/calendar"), ("/dags/{dag}/calendar", $"{dag}/calendar?by=duration"),
            ("/dags/{dag}/tasks", $"{dag}/tasks"), ("/dags/{dag}/tasks/{task}", $"{dag}/tasks/marts.build_fct_orders"), ("/dags/{dag}/versions", "/dags/typed/versions"),
            ("/dags/{dag}/versions/{version:int}", string.Create(CultureInfo.InvariantCulture, $"/dags/typed/versions/{typed.Version + 1}")), ("/dags/{dag}/events", $"{dag}/events"), ("/dags/{dag}/details", $"{dag}/details"),
            ("/dags/{dag}/trigger", "/dags/typed/trigger"), ("/dags/{dag}/trigger", "/dags/typed/trigger?view=json"), ("/dags/{dag}/trigger", "/dags/mart/trigger"), ("/runs", "/runs"), ("/runs", "/runs?state=f"), ("/dags/{dag}/runs", $"{dag}/runs"),
            .. new[] { "", "?task=marts.build_fct_orders", "?tab=graph", "?tab=tasks", "?tab=logs", "?tab=events", "?tab=arguments", "?tab=notes", "?do=retry", "?do=more" }.Select(query => ("/runs/{run:long}", $"/runs/{run}{query}")),
            ("/runs/{run:long}/tasks/{task}", task), ("/runs/{run:long}/tasks/{task}", task + "?tab=io"), ("/runs/{run:long}/tasks/{task}", task + "?tab=history"), ("/runs/{run:long}/tasks/{task}/{map:int}", task + "/-1"),
            ("/runs/{run:long}/tasks/{task}/log", task + "/log"), ("/runs/{run:long}/tasks/{task}/log", task + "/log?q=deadlock"), ("/runs/{run:long}/tasks/{task}/log", task + "/log?confirm=retry&wrap=1"),
            ("/runs/{run:long}/tasks/{task}/{map:int}/log", task + "/-1/log"),
            ("/approvals", "/approvals"), ("/approvals", "/approvals?list=signals"), ("/approvals", "/approvals?list=done"), ("/approvals/{run:long}/{task}", asked), ("/approvals/{run:long}/{task}/{map:int}", $"{asked}/-1?list=all"),
            ("/backfills", "/backfills"), ("/backfills/new", "/backfills/new"), ("/backfills/new", "/backfills/new?dag=typed&from=2026-08-25&to=2026-09-10&existing=failed"),
            ("/backfills/{backfill:long}", "/backfills/1"), ("/backfills/{backfill:long}", "/backfills/1?confirm=cancel"),
            ("/workers", "/workers"), ("/pools", "/pools"), ("/queue", "/queue"), ("/errors", "/errors"), ("/assets", "/assets"), ("/assets/{**asset}", "/assets/warehouse/orders"),
            ("/notifications", "/notifications?show=1"), ("/audit", "/audit"), ("/health/ui", "/health/ui"), ("/login", "/login"), ("/logout", "/logout"), ("/settings", "/settings"), ("/users", "/users"),
            ("/users", "/users?edit=viola"), ("/connections", "/connections"), ("/variables", "/variables"), ("/variables", "/variables?edit=max_rows"), ("", "/nowhere"),
        ];
        return pages.ToLookup(page => page.Route, page => page.Url);
    }

    /// <summary>The routes that have no address here, and the addresses whose route there is not.</summary>
    public static IEnumerable<string> Forgotten(ILookup<string, string> pages, IEnumerable<string> routes)
    {
        var served = routes.Except(NoPages).Append("").ToHashSet(StringComparer.Ordinal);
        return served.Where(route => !pages.Contains(route)).Concat(pages.Select(page => page.Key).Where(route => !served.Contains(route)));
    }
}
