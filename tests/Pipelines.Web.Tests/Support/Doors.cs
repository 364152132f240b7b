using Pipelines.Web.Access;

namespace Pipelines.Web.Tests;

/// <summary>A form's handler: who may press its button, and what is sent so that nothing but that decides.</summary>
/// <param name="Handler">The page's model and the handler, as they are called in the code.</param>
/// <param name="Url">Where it is sent, in a database of <see cref="Api.SampleApi"/>.</param>
/// <param name="Role">The least role.</param>
/// <param name="Fields">The form, as <c>name=value</c>.</param>
internal sealed record Door(string Handler, string Url, Role Role, params string[] Fields)
{
    /// <summary>It changes nothing but what is the account's own.</summary>
    public bool Own => Role == Role.Viewer;

    public static readonly IReadOnlyList<Door> All =
    [
        new("Login", "/login", Role.Viewer, "name=nobody", "password=none"),
        new("Logout", "/logout", Role.Viewer),
        new("Missing", "/missing", Role.Viewer),
        new("Problem", "/problem", Role.Viewer),
        new("Settings Zone", "/settings?handler=zone", Role.Viewer, "zone=UTC"),
        new("Settings Password", "/settings?handler=password", Role.Viewer, "password=short", "again=short"),
        new("Settings Token", "/settings?handler=token", Role.Viewer, "name=checks", "role=viewer", "days=1"),
        new("Settings Revoke", "/settings?handler=revoke", Role.Viewer, "token=4711"),
        new("Trigger Turn", "/dags/orders_daily/trigger?handler=turn", Role.Viewer, "view=json"),
        new("Index Retry", "/?handler=retry", Role.Operator, "group=extract/1"),
        new("DagList Pause", "/dags?handler=pause", Role.Operator, "dag=orders_daily"),
        new("DagList Resume", "/dags?handler=resume", Role.Operator, "one=orders_daily"),
        new("Grid Pause", "/dags/orders_daily?handler=pause", Role.Operator),
        new("Grid Resume", "/dags/orders_daily?handler=resume", Role.Operator),
        new("Grid Retry", "/dags/orders_daily?handler=retry", Role.Operator, "run=1", "task=extract"),
        new("Grid Clear", "/dags/orders_daily?handler=clear", Role.Operator, "run=1", "task=extract"),
        new("Grid Mark", "/dags/orders_daily?handler=mark", Role.Operator, "run=1", "task=extract", "state=s"),
        new("Grid Note", "/dags/orders_daily?handler=note", Role.Operator, "run=1", "text=seen"),
        new("Grid Cancel", "/dags/orders_daily?handler=cancel", Role.Operator, "run=2"),
        new("Grid MarkRun", "/dags/orders_daily?handler=markRun", Role.Operator, "run=2", "state=f"),
        new("Grid RetryRun", "/dags/orders_daily?handler=retryRun", Role.Operator, "run=2"),
        new("Grid ClearRun", "/dags/orders_daily?handler=clearRun", Role.Operator, "run=2", "current=true"),
        new("Trigger Start", "/dags/orders_daily/trigger?handler=start", Role.Operator),
        new("RunPage Retry", "/runs/4?handler=retry", Role.Operator),
        new("RunPage Rerun", "/runs/1?handler=rerun", Role.Operator, "version=original"),
        new("RunPage Fork", "/runs/1?handler=fork", Role.Operator, "task=extract", "reuse=true"),
        new("RunPage Cancel", "/runs/1?handler=cancel", Role.Operator),
        new("RunPage Succeeded", "/runs/1?handler=succeeded", Role.Operator),
        new("RunPage Failed", "/runs/1?handler=failed", Role.Operator),
        new("RunPage Note", "/runs/1?handler=note", Role.Operator, "text=seen"),
        new("RunPage Upgrade", "/runs/1?handler=upgrade", Role.Operator),
        new("Versions Upgrade", "/dags/orders_daily/versions?handler=upgrade", Role.Operator),
        new("RunPage Delete", "/runs/3?handler=delete", Role.Operator),
        new("Runs Retry", "/runs?handler=retry", Role.Operator, "run=4"),
        new("Runs Cancel", "/runs?handler=cancel", Role.Operator, "run=1", "sure=1"),
        new("LogPage Retry", "/runs/1/tasks/extract/log?handler=retry", Role.Operator),
        new("Approvals Decide", "/approvals/5/post_adjustments?handler=decide", Role.Operator, "decision=approve", "arg.period=2026-01", "arg.rows="),
        new("NewBackfill Start", "/backfills/new?handler=start&dag=orders_daily&from=2026-02-01&to=2026-02-03&existing=all", Role.Operator),
        new("Backfill Pause", "/backfills/1?handler=pause", Role.Operator),
        new("Backfill Resume", "/backfills/1?handler=resume", Role.Operator),
        new("Backfill Speed", "/backfills/1?handler=speed", Role.Operator, "atonce=2"),
        new("Backfill Retry", "/backfills/1?handler=retry", Role.Operator),
        new("Backfill Cancel", "/backfills/1?handler=cancel", Role.Operator),
        new("Asset Update", "/assets/orders?handler=update", Role.Operator),
        new("Notifications Retry", "/notifications?handler=retry", Role.Operator, "notification=1"),
        new("Workers Drain", "/workers?handler=drain", Role.Operator, "worker=etl-01"),
        new("Workers Resume", "/workers?handler=resume", Role.Operator, "worker=etl-01"),
        new("Pools Set", "/pools?handler=set", Role.Admin, "pool=database", "slots=4"),
        new("Keep Save", "/variables?handler=save", Role.Admin, "name=max_rows", "value=1"),
        new("Keep Delete", "/variables?handler=delete", Role.Admin, "name=max_rows"),
        new("Users Save", "/users?handler=save", Role.Admin, "name=bob", "role=viewer"),
        new("Users Link", "/users?handler=link", Role.Admin, "name=ann"),
        new("Users Revoke", "/users?handler=revoke", Role.Viewer, "token=12"),   // their own; an admin anybody's
        new("Users Close", "/users?handler=close", Role.Admin, "name=ann"),
    ];
}
