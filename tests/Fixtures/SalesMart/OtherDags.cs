using Pipelines;

namespace SalesMart;

/// <summary>Fails since the beginning of the month, always with the same words.</summary>
[Dag("partner_feeds", Cron = "0 6 * * MON-FRI", Start = "2026-09-01", Catchup = Catchup.All, Owner = "Partners", Tags = ["partners"],
    Description = "Fetches what partners leave on their servers.")]
public sealed class PartnerFeedsDag : Dag
{
    public override void Define(DagBuilder dag)
    {
        dag.Notify(NotifyOn.Failure, "on-call");
        var listed = dag.Task("list_feeds", Body.Work);
        var fetched = dag.Task("fetch_partner_files", Fetch).After(listed).Retry(1, TimeSpan.FromMilliseconds(100));
        dag.Task("load_partner_files", Body.Work).After(fetched);
    }

    public async Task Fetch(TaskContext context)
    {
        await Body.Work(context);
        if (context.HasInterval && context.Interval.End >= new DateTimeOffset(2026, 11, 12, 0, 0, 0, TimeSpan.Zero))
            throw new HttpRequestException("GET https://feeds.example.com/outbox: 503 Service Unavailable (retry after 1800 s)");
    }
}

/// <summary>Slow enough to be looked at: its backfill is under way for minutes.</summary>
[Dag("ml_feature_store", Cron = "30 2 * * *", Start = "2026-08-01", Catchup = Catchup.Latest, MaxActiveRuns = 6, Owner = "Data science", Tags = ["ml"],
    Description = "Features of the last day for the models that score at night.")]
public sealed class FeatureStoreDag : Dag<FeatureArguments>
{
    public override void Define(DagBuilder dag)
    {
        var read = dag.Task("read_events", Body.Slow);
        var features = new[] { "basket_features", "session_features", "price_features" }.Select(id => dag.Task(id, Body.Slow).After(read)).ToArray();
        var trained = dag.Task("train_embeddings", Body.Train).After(features).Pool("gpu");
        dag.Task("publish_features", Body.Work).After(trained).Concurrency(2);
    }
}

/// <param name="Region">Whose events.</param>
/// <param name="Days">How many days back.</param>
/// <param name="FullRefresh">Begin from nothing.</param>
/// <param name="Mode">What to do with features that are there already.</param>
/// <param name="Models">The models that are told; none: all.</param>
public sealed record FeatureArguments(string Region = "EMEA", int Days = 1, bool FullRefresh = false, WriteMode Mode = WriteMode.Merge, string? Models = null);

public enum WriteMode
{
    Merge,
    Replace,
    Append,
}

/// <summary>Its month ends are closed by hand for now: it is paused.</summary>
[Dag("ledger_close", Cron = "0 22 L * *", TimeZone = "Europe/Berlin", Start = "2026-01-01", Catchup = Catchup.All, Owner = "Finance", Tags = ["finance", "tier-1"],
    Description = "Closes the month's ledger.")]
public sealed class LedgerCloseDag : Dag
{
    public override void Define(DagBuilder dag)
    {
        dag.RunTimeout(TimeSpan.FromHours(4));
        var locked = dag.Task("lock_period", Body.Work);
        var statements = dag.Map("print_statements", Statement, dag.Task("list_companies", Companies).After(locked)).Pool("api");
        dag.Task("unlock_period", Body.Work).After(statements).TeardownOf(locked);
    }

    public string[] Companies() => [.. Enumerable.Range(1, 24).Select(n => $"company {n}")];

    public Task Statement(string company, TaskContext context) => Body.Work(context);
}

/// <summary>Twelve times an hour.</summary>
[Dag("orders_cdc", Cron = "*/5 * * * *", Start = "2026-01-01", Catchup = Catchup.Latest, Owner = "Platform", Tags = ["sales"],
    Description = "The changes of the shop's database since the run before.")]
public sealed class OrdersCdcDag : Dag
{
    public override void Define(DagBuilder dag)
    {
        var changes = dag.Task("read_changes", Body.Work);
        dag.Task("apply_changes", Body.Work).After(changes).RateLimit("shop_api", new Rate(60, TimeSpan.FromMinutes(1)));
    }
}

/// <summary>Started by hand only, and never yet.</summary>
[Dag("gdpr_erasure", Owner = "Legal", Tags = ["legal"], Description = "Erases what a person asked to have erased.")]
public sealed class ErasureDag : Dag
{
    public override void Define(DagBuilder dag)
    {
        var found = dag.Task("find_subjects", Body.Work);
        dag.Task("erase_subjects", Body.Work).After(found);
    }
}

/// <summary>Asks people, waits for a bank, and undoes what it booked.</summary>
[Dag("ledger_adjustments", Owner = "Finance", Tags = ["finance"], Description = "Books what the bank's file says otherwise, when two people agree.")]
public sealed class AdjustmentsDag : Dag
{
    public override void Define(DagBuilder dag)
    {
        var found = dag.Task("find_adjustments", Find);
        var asked = dag.Approval<Posting>("approve_adjustments", "Post 3 ledger adjustments?", found, new ApprovalPolicy { Needed = 2, Timeout = TimeSpan.FromHours(12) });
        var posted = dag.Task("post_adjustments", Post, found, asked).Undo((int _) => { });
        dag.Task("close_file", Body.Work).After(posted, dag.Signal<int>("bank_confirmed", timeout: TimeSpan.FromDays(3)));
    }

    public Adjustment[] Find() =>
    [
        new("4010 Online sales", "Late card settlement", 1_204_118.20m, 1_198_006.11m, 6_112.09m),
        new("4055 Refunds", "Duplicate refund batch", 88_410.00m, 80_990.50m, 7_419.50m),
        new("1370 FX clearing", "Rate of 19 Nov applied", 412_070.77m, 406_311.02m, 5_759.75m),
    ];

    public int Post(Adjustment[] adjustments, Approval<Posting> approval) => adjustments.Length;
}

/// <summary>What the books and the bank say.</summary>
public sealed record Adjustment(string Account, string Reason, decimal Book, decimal Bank, decimal Difference);

/// <summary>How adjustments are posted.</summary>
public sealed record Posting
{
    public string Period { get; init; } = "2026-11";

    public decimal Most { get; init; } = 25_000;
}
