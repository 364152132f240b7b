namespace Pipelines.Tests;

/// <summary>One picture of the console.</summary>
/// <param name="Name">Of its file.</param>
/// <param name="Route">Of the page, as the product maps it.</param>
/// <param name="Url">Where it is taken; {words} stand for ids that are known only when the runs are there.</param>
internal sealed record Shot(string Name, string Route, string Url)
{
    /// <summary>What a person sees without an account.</summary>
    public bool SignedOut { get; init; }

    /// <summary>What the page answers.</summary>
    public int Status { get; init; } = 200;
}

/// <summary>Every page of the console: <c>ShotsTests</c> of the end-to-end tests takes the pictures, <c>ShotListTests</c> holds that no page is forgotten.</summary>
internal static class Shots
{
    private const string Task = "runs/{run:long}/tasks/{task}", Instance = Task + "/{map:int}", Mart = "/dags/daily_sales_mart";

    public static readonly Shot[] All =
    [
        new("home", "", "/"),
        new("home-week", "", "/?window=7d&tag=sales"),
        new("home-quiet", "", "/?tag=ml"),
        new("search", "search", "/search?q=order"),
        new("search-nothing", "search", "/search?q=nosuchthing"),
        new("schedule", "schedule", "/schedule"),
        new("dags", "dags", "/dags"),
        new("dags-none", "dags", "/dags?q=nosuchthing"),
        new("grid", "dags/{dag}", Mart),
        new("grid-panel", "dags/{dag}", Mart + "?run={failed}&task=marts.build_fct_orders"),
        new("grid-panel-run", "dags/{dag}", Mart + "?run={failed}"),
        new("grid-panel-ok", "dags/{dag}", Mart + "?run={held}&task=ingest.extract_inventory"),
        new("grid-large", "dags/{dag}", Mart + "?density=large"),
        new("grid-compact", "dags/{dag}", Mart + "?density=compact&open=*"),
        new("grid-open", "dags/{dag}", Mart + "?open=*"),
        new("grid-failing", "dags/{dag}", Mart + "?failing=1"),
        new("grid-small", "dags/{dag}", "/dags/seattle_weather"),
        new("grid-new", "dags/{dag}", "/dags/gdpr_erasure"),
        new("year", "dags/{dag}", Mart + "?density=year&open=*"),
        new("year-panel", "dags/{dag}", Mart + "?density=year&run={failed}"),
        new("graph", "dags/{dag}/graph", Mart + "/graph"),
        new("graph-run", "dags/{dag}/graph", Mart + "/graph?run={failed}&task=marts.build_fct_orders"),
        new("graph-small", "dags/{dag}/graph", "/dags/orders/graph"),
        new("calendar", "dags/{dag}/calendar", Mart + "/calendar"),
        new("calendar-duration", "dags/{dag}/calendar", Mart + "/calendar?by=duration"),
        new("dag-tasks", "dags/{dag}/tasks", Mart + "/tasks"),
        new("dag-task", "dags/{dag}/tasks/{task}", Mart + "/tasks/marts.build_fct_orders"),
        new("versions", "dags/{dag}/versions", Mart + "/versions"),
        new("version", "dags/{dag}/versions/{version:int}", Mart + "/versions/{version}"),
        new("dag-events", "dags/{dag}/events", Mart + "/events"),
        new("details", "dags/{dag}/details", Mart + "/details"),
        new("details-paused", "dags/{dag}/details", "/dags/ledger_close/details"),
        new("trigger", "dags/{dag}/trigger", "/dags/ml_feature_store/trigger"),
        new("runs", "runs", "/runs"),
        new("runs-failed", "runs", "/runs?state=f"),
        new("dag-runs", "dags/{dag}/runs", Mart + "/runs"),
        new("run-gantt", "runs/{run:long}", "/runs/{failed}"),
        new("run-gantt-held", "runs/{run:long}", "/runs/{held}"),
        new("run-gantt-selected", "runs/{run:long}", "/runs/{failed}?task=marts.build_fct_orders"),
        new("run-graph", "runs/{run:long}", "/runs/{held}?tab=graph"),
        new("run-tasks", "runs/{run:long}", "/runs/{failed}?tab=tasks"),
        new("run-log", "runs/{run:long}", "/runs/{failed}?tab=logs"),
        new("run-events", "runs/{run:long}", "/runs/{failed}?tab=events"),
        new("run-arguments", "runs/{run:long}", "/runs/{features}?tab=arguments"),
        new("task", Task, "/runs/{failed}/tasks/marts.build_fct_orders"),
        new("task-io", Task, "/runs/{weather}/tasks/draw_chart?tab=io"),
        new("task-history", Task, "/runs/{failed}/tasks/marts.build_fct_orders?tab=history"),
        new("task-elements", Task, "/runs/{failed}/tasks/ingest.extract_inventory?tab=elements"),
        new("task-mapped", Instance, "/runs/{failed}/tasks/ingest.extract_inventory/3"),
        new("log", Task + "/log", "/runs/{failed}/tasks/marts.build_fct_orders/log"),
        new("log-search", Task + "/log", "/runs/{failed}/tasks/marts.build_fct_orders/log?q=lock"),
        new("log-compare", Task + "/log", "/runs/{failed}/tasks/marts.build_fct_orders/log?against=good"),
        new("log-live", Task + "/log", "/runs/{held}/tasks/finance.reconcile_ledger/log"),
        new("log-mapped", Instance + "/log", "/runs/{failed}/tasks/ingest.extract_inventory/3/log"),
        new("artefact", Task + "/artefacts/{**name}", "/runs/{weather}/tasks/draw_chart/artefacts/{chart}"),
        new("backfills", "backfills", "/backfills"),
        new("backfill-form", "backfills/new", "/backfills/new?dag=daily_sales_mart&from=2026-10-01&to=2026-11-13&existing=failed"),
        new("backfill-form-missing", "backfills/new", "/backfills/new?dag=seattle_weather&from=2014-01-01&to=2014-03-31"),
        new("backfill-progress", "backfills/{backfill:long}", "/backfills/{backfill}"),
        new("backfill-done", "backfills/{backfill:long}", "/backfills/{done}"),
        new("approvals", "approvals", "/approvals"),
        new("approvals-signals", "approvals", "/approvals?list=signals"),
        new("approvals-done", "approvals", "/approvals?list=done"),
        new("approval", "approvals/{run:long}/{task}", "/approvals/{asked}/approve_adjustments?list=all"),
        new("approval-rejected", "approvals/{run:long}/{task}/{map:int}", "/approvals/{rejected}/approve_adjustments/-1?list=done"),
        new("grid-asks", "dags/{dag}", "/dags/ledger_adjustments?run={asked}&task=approve_adjustments"),
        new("workers", "workers", "/workers"),
        new("pools", "pools", "/pools"),
        new("queue", "queue", "/queue"),
        new("errors", "errors", "/errors"),
        new("settings", "settings", "/settings"),
        new("users", "users", "/users"),
        new("connections", "connections", "/connections"),
        new("variables", "variables", "/variables"),
        new("assets", "assets", "/assets"),
        new("asset", "assets/{**asset}", "/assets/mart/fct_orders"),
        new("notifications", "notifications", "/notifications"),
        new("audit", "audit", "/audit"),
        new("health", "health/ui", "/health/ui"),
        new("logout", "logout", "/logout"),
        new("login", "login", "/login") { SignedOut = true },
        new("missing", "missing", "/dags/no_such_dag") { Status = 404 },
        new("missing-run", "missing", "/runs/999999999") { Status = 404 },
    ];

    /// <summary>When the database is gone.</summary>
    public static readonly Shot Lost = new("problem", "problem", "/dags") { Status = 503 };

    /// <summary>Pages that answer with a file and no page of their own: there is nothing to take a picture of.</summary>
    public static readonly string[] Files = [Instance + "/artefacts/{**name}"];
}
