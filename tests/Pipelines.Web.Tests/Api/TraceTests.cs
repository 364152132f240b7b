using System.Net;
using System.Security.Cryptography;
using System.Text;
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

    [Fact]
    public async Task Signals_and_callbacks_are_linked_to_the_run_by_the_trace_of_their_sender_or_of_who_asked()
    {
        const string Asked = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01", Partner = "00-cccccccccccccccccccccccccccccccc-dddddddddddddddd-01";
        await MakeOrdersAsync(1);
        await World.StartRunsAsync();
        foreach (var header in new[] { Parent, "00-nonsense", "" })
            Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, $"/runs/{RunIds[0]}/signals/go", "{}", ("traceparent", header))).Status);
        var secret = new string('a', 64);
        await World.ExecuteAsync(
            "insert into callback(run_id, task_no, map_index, signal, hash, created_at, expires_at, traceparent) select $1, 0, -1, 'callback:' || n, $2, clock_timestamp(), clock_timestamp() + interval '1 h', $3 from generate_series(1, 2) n",
            RunIds[0], SHA256.HashData(Encoding.UTF8.GetBytes(secret)), Asked);
        using var anybody = new HttpClient { BaseAddress = Http.BaseAddress };
        foreach (var (id, header) in new[] { (1, Partner), (2, "") })
        {
            using var call = new HttpRequestMessage(HttpMethod.Post, new Uri($"/callbacks/{id}/{secret}", UriKind.Relative)) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
            call.Headers.TryAddWithoutValidation("traceparent", header);
            using var answer = await anybody.SendAsync(call);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var store = new PostgresTraceStore(World.Db);
        await store.TakeEndedAsync((await store.MarkAsync(default)).Last, default);
        await World.Operations.MarkRunAsync(RunIds[0], 's', "cli:ann", default);
        Assert.Equal([Parent, Partner, Asked], Assert.Single(await store.TakeEndedAsync((await store.MarkAsync(default)).Last, default)).Links);
    }

    [Fact]
    public async Task A_run_names_the_one_that_has_started_it_and_those_that_it_has_started()
    {
        await MakeOrdersAsync(2);
        await World.ExecuteAsync("update dag_run set parent_run = $1, parent_task = 0, parent_map = -1, parent_epoch = 0 where run_id = $2", RunIds[0], RunIds[1]);
        var (_, parent, _) = await SendAsync(HttpMethod.Get, $"/runs/{RunIds[0]}", null);
        var (_, child, _) = await SendAsync(HttpMethod.Get, $"/runs/{RunIds[1]}", null);
        Assert.Null(parent!["parent"]);
        Assert.Equal((RunIds[1], "orders_daily", "queued"), ((long)parent["children"]![0]!["run"]!, (string)parent["children"]![0]!["dag"]!, (string)parent["children"]![0]!["state"]!));
        Assert.Equal((RunIds[0], "extract"), ((long)child!["parent"]!["run"]!, (string)child["parent"]!["task"]!));
        Assert.Empty(child["children"]!.AsArray());
    }
}
