using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Postgres;

namespace Pipelines.Web.Tests;

/// <summary>Runs of a DAG that asks people and waits for a signal: one a day, of which the last has succeeded.</summary>
internal static class SampleLedger
{
    public const string Dag = "ledger";
    public const string Task = "post_adjustments";

    /// <summary>Two that ask, and one that has ended and can be undone.</summary>
    public static async Task<long[]> MakeAsync(World world, bool notByStarter = false)
    {
        var chain = World.Chain(Dag, "book", "tell");
        var form = System.Text.Json.Nodes.JsonNode.Parse("""{"type":"object","properties":{"period":{"type":"string","default":"2026-01","description":"Where they are posted."},"rows":{"type":["integer","null"],"minimum":1}}}""");
        var ledger = await world.RegisterAsync(chain with
        {
            Tasks =
            [
                .. chain.Tasks,
                new TaskSpec { Id = Task, Queue = WaitSpec.Queue, Wait = new WaitSpec { Kind = WaitKind.Approval, Timeout = TimeSpan.FromHours(12), Approval = new ApprovalSpec { Question = "Post these adjustments?", Needed = 2, NotByStarter = notByStarter, Form = form } } },
                new TaskSpec { Id = "shipped", Queue = WaitSpec.Queue, Wait = new WaitSpec { Kind = WaitKind.Signal, Signal = "shipped", Timeout = TimeSpan.FromDays(14) } },
                new TaskSpec { Id = "post", Upstreams = [new EdgeSpec(Task)] },
                new TaskSpec { Id = "book.undo", Role = TaskRole.Undo, Inputs = ["book"], Upstreams = [new EdgeSpec("book")] },
            ],
        });
        var runs = await world.MakeRunsAsync(ledger, new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero), 3);
        await world.StartRunsAsync();
        var scheduler = new PostgresSchedulerStore(world.Db);
        await scheduler.BeginWaitsAsync([.. (await scheduler.LoadReadyWaitsAsync(100, default)).Select(WaitPlan.Of)], default);
        await world.ExecuteAsync("""update approval set evidence = '[{"account": "4010 <b>Online</b> sales", "difference": 6112.09, "rows": 3}, {"account": "4055 Refunds", "difference": 7419.5, "rows": 12}]' where task_no = 2""");
        await world.Operations.MarkRunAsync(runs[2], 's', "cli:ann", default);
        await world.Operations.SendSignalAsync(runs[1], new NewSignal("paid") { Payload = "{\"by\": \"<i>bank</i>\"}" }, "api:shop", default);
        return runs;
    }
}
