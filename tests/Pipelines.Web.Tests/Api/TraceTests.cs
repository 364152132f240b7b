using System.Net;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;

namespace Pipelines.Web.Tests.Api;

/// <summary>The trace that a run is started in, and which runs are told of.</summary>
public sealed class TraceTests(TestServer server) : ApiFixture(server)
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task A_traceparent_is_kept_with_the_run_and_what_is_none_is_not()
    {
        await MakeOrdersAsync(1);
        var store = new PostgresTraceStore(World.Db);
        foreach (var (header, kept) in new[] { (Parent, Parent), ("00-nonsense", null), ("", null) })
        {
            var (status, made, _) = await SendAsync(HttpMethod.Post, "/dags/orders_daily/runs", "{}", ("traceparent", header));
            Assert.Equal(HttpStatusCode.Created, status);
            var run = Assert.Single(await store.LoadAsync([(long)made!["run"]!], default));
            Assert.Equal(kept, run.Parent);
        }
    }

    [Fact]
    public async Task A_run_that_has_ended_is_taken_once_by_whichever_process()
    {
        await MakeOrdersAsync(3);
        await World.StartRunsAsync();
        var (one, other) = (new PostgresTraceStore(World.Db), new PostgresTraceStore(World.Db));
        Assert.Empty(await one.TakeEndedAsync((await one.MarkAsync(default)).Last, default));
        await World.Operations.MarkRunAsync(RunIds[1], 's', "cli:ann", default);
        var last = (await one.MarkAsync(default)).Last;
        var taken = await Task.WhenAll(one.TakeEndedAsync(last, default), other.TakeEndedAsync(last, default));
        var ended = Assert.Single(taken.SelectMany(runs => runs));
        Assert.Equal((RunIds[1], "orders_daily", 's', 's'), (ended.Trace.RunId, ended.DagId, ended.Kind, ended.State));
        Assert.Empty(await other.TakeEndedAsync(last, default));
        await World.Operations.MarkRunAsync(RunIds[2], 'f', "cli:ann", default);
        Assert.Equal(RunIds[2], Assert.Single(await other.TakeEndedAsync((await one.MarkAsync(default)).Last, default)).Trace.RunId);
        Assert.Empty(await one.TakeEndedAsync(last, default));
    }
}
