using System.Globalization;
using System.Net.ServerSentEvents;
using System.Reflection;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests.Api;

public sealed class EventStreamTests(TestServer server) : ApiFixture(server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await MakeOrdersAsync(2);
    }

    [Fact]
    public async Task An_event_that_commits_late_is_told_in_its_place()
    {
        var looks = DispatchProxy.Create<IConsole, Looks>();
        ((Looks)looks).Store = World.Store;
        await using var app = WebRole.Build(new WebOptions(0, null), World.Backend with { Console = looks });
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = WebRole.Address(app), DefaultRequestHeaders = { Authorization = Http.DefaultRequestHeaders.Authorization } };
        await using var stream = await OpenAsync("/events?after=0", http: http);
        await using var late = await ConnectAsync();
        await using var transaction = await late.BeginTransactionAsync();
        var first = await InsertAsync(late, "first");
        await using var early = await ConnectAsync();
        var second = await InsertAsync(early, "second");
        Assert.True(first < second);
        await ((Looks)looks).MoreAsync(4);                                       // what has committed waits for what has not
        await transaction.CommitAsync();
        Assert.Equal([first, second], [await stream.NextAsync("first"), await stream.NextAsync("second")]);
    }

    [Fact]
    public async Task A_number_that_was_rolled_back_holds_nothing_up()
    {
        await using var stream = await OpenAsync("/events");
        await using (var gone = await ConnectAsync())
        {
            await using var transaction = await gone.BeginTransactionAsync();
            await InsertAsync(gone, "gone");
            await transaction.RollbackAsync();
        }

        await using var there = await ConnectAsync();
        var id = await InsertAsync(there, "there");
        Assert.Equal(id, await stream.NextAsync("there"));
    }

    [Fact]
    public async Task Who_comes_back_with_the_last_id_misses_nothing()
    {
        await using var connection = await ConnectAsync();
        long last;
        await using (var stream = await OpenAsync($"/events?run={RunIds[0]}"))
        {
            await InsertAsync(connection, "one");
            last = await stream.NextAsync("one");
        }

        List<long> missed = [await InsertAsync(connection, "two"), await InsertAsync(connection, "three")];
        await InsertAsync(connection, "other", RunIds[1]);
        await using var again = await OpenAsync($"/events?run={RunIds[0]}&after=1", last);
        Assert.Equal(missed, [await again.NextAsync("two"), await again.NextAsync("three")]);
        var four = await InsertAsync(connection, "four");
        Assert.Equal(four, await again.NextAsync("four"));
    }

    [Fact]
    public async Task A_run_of_the_dag_is_told_with_its_task()
    {
        await using var stream = await OpenAsync("/events?dag=orders_daily");
        await World.RegisterAsync(World.Chain("other", "only"));
        await World.StartRunsAsync();
        await World.AdvanceAsync(await World.WorkerAsync(), 1);
        var told = await stream.UntilAsync(one => (string?)one["to"] == "running" && one["task"] is not null);
        Assert.Equal(("orders_daily", RunIds[0], "extract"), ((string?)told["dag"], (long?)told["run"], (string?)told["task"]));
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(World.Db.ConnectionString) { SearchPath = "pipelines" }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private async Task<long> InsertAsync(NpgsqlConnection connection, string why, long? run = null)
    {
        await using var command = new NpgsqlCommand("insert into event(at, run_id, actor, why) values (clock_timestamp(), $1, 'test', $2) returning event_id", connection)
        {
            Parameters = { new() { Value = run ?? RunIds[0] }, new() { Value = why } },
        };
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<Follow> OpenAsync(string address, long? last = null, HttpClient? http = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Root + address, UriKind.Relative));
        if (last is not null)
            request.Headers.Add("Last-Event-ID", last.Value.ToString(CultureInfo.InvariantCulture));
        var answer = await (http ?? Http).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var items = SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal("ping", items.Current.EventType);
        return new Follow(answer, items);
    }

    private sealed class Follow(HttpResponseMessage answer, IAsyncEnumerator<SseItem<string>> items) : IAsyncDisposable
    {
        private Task<bool>? _next;

        /// <summary>The number of the next event of the tests, which must be this one.</summary>
        public async Task<long> NextAsync(string why) => (long)(await UntilAsync(one =>
        {
            if ((string?)one["actor"] == "test")
                Assert.Equal(why, (string?)one["why"]);
            return (string?)one["actor"] == "test";
        }))["id"]!;

        public async Task<JsonNode> UntilAsync(Func<JsonNode, bool> wanted)
        {
            while (true)
            {
                Assert.True(await Next().WaitAsync(Patience));
                _next = null;
                if (items.Current.EventType != "event")
                    continue;
                var one = JsonNode.Parse(items.Current.Data)!;
                Assert.Equal(items.Current.EventId, $"{one["id"]}");
                if (wanted(one))
                    return one;
            }
        }

        /// <summary>The connection goes first: a read that is under way ends with it.</summary>
        public async ValueTask DisposeAsync()
        {
            answer.Dispose();
            try
            {
                if (_next is not null)
                    await _next;
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or HttpRequestException or ObjectDisposedException)
            {
                // Closed.
            }
        }

        private Task<bool> Next() => _next ??= items.MoveNextAsync().AsTask();
    }

    /// <summary>Counts how often the feed has looked.</summary>
#pragma warning disable CA1001 // It lives as long as its test.
    internal class Looks : DispatchProxy
#pragma warning restore CA1001
    {
        private readonly SemaphoreSlim _looks = new(0);

        public IConsole Store { get; set; } = null!;

        public async Task MoreAsync(int looks)
        {
            while (_looks.Wait(0))
            {
                // Those until now do not count.
            }

            for (var i = 0; i < looks; i++)
                Assert.True(await _looks.WaitAsync(Patience));
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(IConsole.EventMarkAsync))
                _looks.Release();
            return targetMethod.Invoke(Store, args);
        }
    }
}
