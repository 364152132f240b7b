using System.Text.Json.Nodes;

namespace Pipelines.Web.Api.Document;

/// <content>Examples of users, tokens, settings, and of the whole at a glance.</content>
internal static partial class Examples
{
    private static object[] Access =>
    [
        new UserJson("ann", "operator", null, ["sales"], true, false, 1, "cli:up", At.AddDays(-30), At), new SetUserJson("operator", null, ["sales"]), new SetPasswordJson("correct horse battery"),
        new LinkJson("ann", "https://pipelines.example.com/login?code=pk_..."), new MeJson("ann", "operator", null, ["sales"]),
        new TokenJson(12, "nightly checks", "ann", "viewer", "pl_Zm9vY", "good", At, At.AddDays(90), null, null), new NewTokenJson("nightly checks", Days: 30), new MadeTokenJson(13, "pl_..."),
        new AuditJson(
            4711, At, "web:ann", "192.0.2.7", "set", "variable", "max_rows", "larger batches", JsonNode.Parse("""{"value":"5000"}"""), JsonNode.Parse("""{"value":"8000"}"""), null),
        new SettingJson("max_rows", "5000", false, "Of one batch.", "cli:ann", At), new SetConnectionJson("Host=warehouse;Username=etl;Password=...", "The data warehouse."),
        new SetVariableJson("8000", About: "Of one batch."),
    ];

    private static object[] Overview =>
    [
        new QueueJson(1, 0, [new QueuedInstanceJson(1, "orders_daily", "load", null, "default", "database", null, At, "the pool database is full: 8 of 8 slots are taken")], [], []),
        new QueuedInstanceJson(1, "orders_daily", "load", null, "default", "database", null, At, "the pool database is full: 8 of 8 slots are taken"),
        new WaitingInstanceJson(1, "orders_daily", "extract", null, "retry", null, At.AddMinutes(5)), new QueuedRunsJson("orders_daily", 1, 30, At, "backfill 1 is paused"),
        new HealthJson(false, 0, false, 3, 12, 0, At, "1.0.0", "18.1", At.AddDays(-9), 4, 1_073_741_824, 23, 100),
        new FailureJson("orders_daily", "load", null, "TimeoutException: the table is locked", [2, 1], At, true),
        new FoundJson([new FoundDagJson("orders_daily", "Loads the orders of a day.")], [], Run, []), new FoundDagJson("orders_daily", "Loads the orders of a day."), new FoundTaskJson("orders_daily", "load"),
    ];
}
