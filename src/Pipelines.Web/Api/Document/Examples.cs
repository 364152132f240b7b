using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines.Web.Api.Document;

/// <summary>The words and examples of the document, for what cannot say them itself.</summary>
internal static partial class Examples
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 3, 0, 0, TimeSpan.Zero);

    private static readonly RunJson Run = new(1, "orders_daily", "scheduled", "running", false, At, At.AddDays(-1), At, null, "scheduler", At, At.AddSeconds(1), null, 0);
    private static readonly EventJson Event = new(4711, At, "orders_daily", 1, "extract", null, 1, "queued", "running", "etl-01", null, null);
    private static readonly JsonObject Graph = JsonNode.Parse("""{"id":"orders_daily","cron":"0 3 * * *","timeZone":"UTC","tasks":[{"id":"extract"},{"id":"load","upstreams":[{"task":"extract"}]}]}""")!.AsObject();
    private static readonly DagJson Dag = new(
        "orders_daily", 3, "5f0c2e", "etl-01/orders", "at 03:00 every day", false, null, At.AddDays(1), At, At.AddDays(-30), Graph, [new EventJson(null, At, null, null, null, null, null, null, null, "cli:ann", "paused", null)]);

    private static readonly BackfillJson Backfill = new(
        1, "orders_daily", new DateOnly(2025, 12, 1), new DateOnly(2025, 12, 31), "missing", false, 16, "running", 31, 0, 16, 15, 0, 0, "cli:ann", At, null, null, "current", null);

    private static readonly LimitJson Limit = new("vendor_api", null, 10, 60, 2, 3, 1);
    private static readonly AssetJson Asset = new("orders", ["orders_daily.load"], ["reports"], At, 1, null);
    private static readonly AssetUpdateJson Update = new("orders", At, "orders_daily", 1, "load", null, null, JsonNode.Parse("""{"rows":3}"""), [2]);
    private static readonly TaskInstanceJson Instance = new(
        1, "extract", 0, null, "succeeded", 1, 1, 0, 0, 0, 0, 0, "etl-01", 7, At, At, At, At.AddSeconds(12), null, 0, JsonNode.Parse("[1,2,3]"));

    private static readonly KeptStepsJson Kept = new("extract", null, ["download"], false);

    private static readonly ApprovalJson Question = new(
        1, "ledger", At, "post_adjustments", null, "open", "Post these adjustments?", At, At.AddHours(12), null, 2, ["ann"], [], false, true, "scheduler", "rejected");

    private static readonly Dictionary<Type, object> All = new object[]
    {
        Run, Event, Dag, Backfill, Limit, Asset, Update, Instance, ApiProblem.Of(404, "there is no run 4711; the newest is 4710"),
        new DagSummaryJson("orders_daily", "Loads the orders of a day.", "0 3 * * *", "UTC", "at 03:00 every day", false, false, At.AddDays(1), 2, [new RecentRunJson(1, "succeeded", 12.5)]),
        new RecentRunJson(1, "succeeded", 12.5), new GridTaskJson("extract", false, "task"), new GridRunJson(Run, 3, ["succeeded", "running"]),
        new GridJson(Dag, [new GridTaskJson("extract", false, "task")], [new GridRunJson(Run, 3, ["running"])]),
        new SchedulingJson(1, 3, Graph, "0 3 * * * UTC ..", At.AddDays(-30), At, At.AddDays(1), At.AddHours(2), false, []), new PastScheduleJson(2, Graph, At.AddDays(-60), At.AddDays(-30)),
        new TickJson(At, At.AddDays(-1), At), new TickRunJson(At, "succeeded"), new TypicalJson(12.5, 11, 20, 50), new PausedJson("orders_daily", true),
        new ImportErrorJson("etl-01/partners", "partner_feeds", "Acme.Partners.dll", "The cron expression '61 * * * *' has a minute over 59.", "Give minutes of 0 to 59."),
        new RunDetailJson(Run, 3, Graph, JsonNode.Parse("""{"days":3}"""), "2026-01-31", null, [new NoteJson(null, null, "Checked.", "cli:ann", At)], [],
            Parent: new RelatedRunJson(7, "month_end", "running", "run_orders_daily"), Children: []), new RelatedRunJson(7, "month_end", "running", "run_orders_daily"), new NoteJson("extract", null, "Checked.", "cli:ann", At),
        new PastTaskJson(1, At, "succeeded", "succeeded"), new WaitJson("customers", null, At, null, At.AddHours(2), true, [new WaitedRunJson(2, At, "running")]), new WaitedRunJson(2, At, "running"),
        new WaitingJson(null, null, new LimitLineJson(Limit, "", At, 2, ["extract of run 1"]), new TurnJson("customer=acme", 9800, 2, 5)), new TurnJson("customer=acme", 9800, 2, 5), new LimitLineJson(Limit, "", At, 2, ["extract of run 1"]),
        new AttemptJson(1, "failed", At, At.AddSeconds(12), "etl-01", "the table is locked", JsonNode.Parse("""{"type":"System.TimeoutException","message":"the table is locked"}""")),
        new StepJson("step", "download", 1, 1, At, At.AddSeconds(4), JsonNode.Parse("\"orders.csv\""), null),
        new ValueJson("value", "rows", 1, At, JsonNode.Parse("3000")), new ProgressJson("load", null, 1, At, 75, "files 75/100"),
        new LogJson(1, [new LogLineJson(1, At, "information", "3 rows")], 1, 0, 0, null), new LogLineJson(1, At, "information", "3 rows"), new ArtefactJson("chart.svg", "image/svg+xml", 2048, 1, At),
        new BackfillPreviewJson("orders_daily", 31, 0, 0, 31, At.AddDays(-60), At.AddDays(-30), 25), new NowJson(At), new PoolJson("database", 8, 3, 0),
        new AssetDetailJson(Asset, [], [Update]), new AssetWaitJson("reports", false, new AssetConditionJson("orders", null, null), []), new AssetConditionJson("orders", null, null),
        new NotificationJson(1, "ops", "failed", "orders_daily", 1, null, null, At, "waiting", 1, 12, At.AddMinutes(1), null, "no answer"), new NotificationTryJson(1, At, "etl-01", At.AddSeconds(10), "no answer"),
        new WorkerJson(7, "etl-01", ["default"], 16, 3, 0, At, At.AddMinutes(1), true, false, null),
        new SendSignalJson(JsonNode.Parse("""{"parcel":7}"""), "parcel-7"), new SentSignalJson(1, true), new SignalJson(1, "shipped", JsonNode.Parse("""{"parcel":7}"""), "api:shop", At, "wait_for_parcel", At.AddMinutes(1)),
        Question, new ApprovalDetailJson(Question, JsonNode.Parse("""[{"account":4010,"difference":6112.09}]"""), null, [new DecisionJson("ann", true, "Checked.", null, At.AddHours(1))], ["post"]),
        new DecisionJson("ann", true, "Checked.", null, At.AddHours(1)), new ApproveJson(JsonNode.Parse("""{"period":"2026-01"}""")), new RejectJson(), new DecidedJson("approved"), new StartSignalJson("shipped"),
        new StartRunJson(Key: "2026-01-31", Note: "By hand."), new StartedRunJson(2, true), new RunStateJson(1, "running"), new ClearJson("extract"),
        new ClearedJson(1, At, [new ClearedInstanceJson("extract", null, "failed")], 1, null, [Kept]), Kept, new ClearedInstanceJson("extract", null, "failed"),
        new InstancesJson([new InstanceNameJson("extract")]), new InstanceNameJson("extract"), new CountJson(1), new MarkTasksJson([new InstanceNameJson("extract")], "succeeded"), new MarkRunJson("succeeded"),
        new RestartJson("current"), new UpgradeJson(DryRun: true), new RerunFailedJson(At, null, true), new RerunRunJson(1, At, ["load"], 1, null, null), new UpgradedRunJson(1, 3, 4, ["notify"], [], ["load"], null), new RerunJson("load"), new ForkJson("load", "current", ReuseSteps: true), new ForkedRunJson(2, 4, ["extract"], ["load", "publish"], [Kept]), new WriteNoteJson("Checked."), new NewBackfillJson("orders_daily", new DateOnly(2025, 12, 1), new DateOnly(2025, 12, 31)), new BackfillIdJson(1),
        new CancelBackfillJson(true), new SpeedJson(4), new PoolSizeJson(8), new UpdateAssetJson(JsonNode.Parse("""{"rows":3}""")), new UpdateIdJson(1), new DrainingJson("etl-01", true),
    }.Concat(Access).Concat(Overview).Concat(Shared).ToDictionary(example => example.GetType());

    /// <summary>An example of a type of the API; null: it needs none.</summary>
    public static JsonNode? Of(Type type)
    {
        if (All.TryGetValue(type, out var example))
            return Json(example);
        if (!type.IsGenericType || !All.TryGetValue(type.GetGenericArguments()[0], out var item))
            return null;
        return type.GetGenericTypeDefinition() == typeof(Page<>) ? new JsonObject { ["items"] = new JsonArray(Json(item)), ["next"] = "NDcxMQ" }
            : type.GetGenericTypeDefinition() == typeof(Listing<>) ? new JsonObject { ["items"] = new JsonArray(Json(item)) }
            : null;
    }

    /// <summary>What a parameter means, and an example of it.</summary>
    public static (string Description, JsonNode? Example) Parameter(string name, string operation) => name switch
    {
        "dag" => ("The DAG's id.", "orders_daily"),
        "run" => ("The run's number.", operation switch { "sendSignal" or "listSignals" or "reject" => 6, "getApproval" or "approve" => 5, "undoRun" => 7, _ => 1 }),
        "task" => ("The task's id.", operation is "getApproval" or "approve" or "reject" ? "post_adjustments" : "extract"),
        "signal" => ("The signal's name.", "shipped"),
        "decided" => ("Those that are decided, in place of the open ones.", false),
        "map" => ("An element of a mapped task, from 0; left out: the task as a whole.", 0),
        "backfill" => ("The backfill's number.", 1),
        "notification" => ("The notification's number.", 1),
        "asset" => ("The asset's name; a slash in it is written %2F.", "orders"),
        "worker" => ("The worker's name or number.", "etl-01"),
        "pool" => ("The pool's name; a slash in it is written %2F.", "database"),
        "queue" => ("The queue's name; a slash in it is written %2F.", "default"),
        "slots" => ("How many slots a worker that would be started has, 1 to 1,000; left out: the average of those that serve the queue, else 16.", 16),
        "user" => ("The user's name.", "ann"),
        "token" => ("The token's number.", 12),
        "connection" => ("The connection's name.", "warehouse"),
        "variable" => ("The variable's name.", "max_rows"),
        "who" => ("Only what they did: an actor such as web:ann, or only the name.", "ann"),
        "what" => ("Only entries that hold this in what was done, or are about the thing of this name.", "set"),
        "hours" => ("Of how many hours, 1 to 720; 24 unless given.", 720),
        "q" => ("What is looked for, 1 to 200 characters.", "orders"),
        "name" => ("The file's name.", "chart.svg"),
        "state" => ("Only runs in this state.", "running"),
        "cursor" => ("'next' of the page before; left out: the first page.", "NjM5MDU0NzE2MDAwMDAwMDAwLjQ3MTE"),
        "limit" when operation == "getQueue" => ("How many of each kind at most, 1 to 1,000; 200 unless given.", 50),
        "limit" => ($"How many elements at most, 1 to {Cursor.Most}; {Cursor.Default} unless given.", 50),
        "runs" => ("How many runs, 1 to 1,000; 60 unless given.", 30),
        "end" => ("The moment of the last run shown; left out: the newest.", "2027-01-31T03:00:00Z"),
        "from" when operation == "getLog" => ("The first line, from 1.", 1),
        "from" when operation == "listTicks" => ("The moment after which to look; left out: now.", "2026-01-31T03:00:00Z"),
        "from" when operation == "listAudit" => ("Only what was done since this moment.", "2026-01-31T03:00:00Z"),
        "from" => ("The first tick.", "2026-01-01T00:00:00Z"),
        "to" => ("Only ticks before this moment.", "2027-02-01T00:00:00Z"),
        "count" => ("How many ticks, 1 to 1,000; 10 unless given.", 3),
        "attempt" => ("The number of the attempt; left out: the latest.", 1),
        "lines" => ("How many lines, 0 to 10,000; 400 unless given.", 100),
        "updates" => ("How many updates, 0 to 1,000; 20 unless given.", 5),
        "failed" => ("Only those whose last try failed, given up or not.", true),
        "after" => ("The id of the last event that you have; left out: from now on.", 0),
        "why" => ("The reason, for those who read the history.", "the source was mended"),
        "Idempotency-Key" => ("Your own name for this request, up to 200 characters: sent again, it is not carried out again.", "7d1b0a52"),
        _ => ("", null),
    };

    /// <summary>What a status means.</summary>
    public static string Status(string status, bool polled) => status switch
    {
        "200" => polled ? "The answer, with its ETag." : "The answer.",
        "201" => "It was made.",
        "204" => "It was done.",
        "400" => "The request is not understood: a wrong or unknown parameter, or a body that does not fit.",
        "401" => "Nobody is signed in, or the token is not known.",
        "403" => "The role does not allow it.",
        "404" => "What the address names is not there.",
        "409" => "It cannot be done in the present state.",
        "422" => "What was asked for cannot be carried out.",
        "503" => "The database is not there; Retry-After says when to come back.",
        _ => "Another answer.",
    };

    private static JsonNode Json(object example) => JsonSerializer.SerializeToNode(example, example.GetType(), ApiJson.Lenient)!;
}
