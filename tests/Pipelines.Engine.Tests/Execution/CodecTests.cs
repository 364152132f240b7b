using System.Text.Json.Nodes;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Codecs;
using static Pipelines.Engine.Tests.Codecs.TestKeys;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>A worker that has keys: the store gets to see nothing, and a key that is missing costs nobody a try.</summary>
public sealed class CodecTests
{
    private static readonly Payloads Mine = new(new TurningCodec());
    private static readonly Payloads Another = new(new TurningCodec("k2"));

    [Fact]
    public async Task Outputs_are_stored_encrypted_and_a_list_that_is_mapped_over_can_be_counted()
    {
        await using var host = new WorkerHost((_, input) => Task.FromResult(input + 41), payloads: Mine);
        host.Start().Store.Enqueue(Assigned(task: WorkerHost.Number("a")));
        var report = (await host.ReportsAsync(1))[0];
        Assert.Equal(("41", Mine.Encode("41")), (Text(report.Output), Text(report.Encoded)));
        host.Store.Enqueue(Assigned(2, task: WorkerHost.Number("list")));
        var list = JsonNode.Parse((await host.ReportsAsync(2))[1].Encoded)!.AsArray();
        Assert.Equal([Mine.Encode("10"), Mine.Encode("20")], list.Select(element => element!.ToJsonString()));
    }

    [Fact]
    public async Task What_another_worker_has_encrypted_reaches_the_body_whole_and_by_element()
    {
        await using var host = new WorkerHost((_, input) => Task.FromResult(input + 1), payloads: Mine);
        host.Store.Outputs[new(1, WorkerHost.Number("a"), -1)] = Mine.Encode(Bytes("41"));
        host.Store.Outputs[new(1, WorkerHost.Number("list"), -1)] = Bytes($"[{Mine.Encode("10")},{Mine.Encode("20")}]");
        host.Start().Store.Enqueue(Assigned(task: WorkerHost.Number("b")));
        Assert.Equal("42", Text((await host.ReportsAsync(1))[0].Output));
        host.Store.Enqueue(Assigned(task: WorkerHost.Number("each"), map: 1));
        Assert.Equal("21", Text((await host.ReportsAsync(2))[1].Output));
    }

    [Fact]
    public async Task A_missing_key_gives_the_attempt_back_with_one_line_and_touches_no_other()
    {
        await using var host = new WorkerHost((_, input) => Task.FromResult(input + 1), payloads: Mine);
        host.Store.Outputs[new(1, WorkerHost.Number("a"), -1)] = Another.Encode(Bytes("41"));
        host.Store.Outputs[new(2, WorkerHost.Number("a"), -1)] = Mine.Encode(Bytes("41"));
        host.Store.Enqueue(Assigned(1, WorkerHost.Number("b")));
        host.Store.Enqueue(Assigned(2, WorkerHost.Number("b")));
        host.Start();
        var reports = (await host.ReportsAsync(2)).OrderBy(report => report.Key.RunId).ToArray();
        Assert.Equal((Report.Untried, 15.0), (reports[0].Outcome, reports[0].DelaySeconds));
        Assert.EndsWith(": An upstream's output cannot be read: there is no key 'k2'; nothing is lost. Tried again every 15 s.", reports[0].Why, StringComparison.Ordinal);
        Assert.Equal(("42", TaskState.Succeeded), (Text(reports[1].Output), reports[1].Outcome));
    }

    [Fact]
    public async Task A_worker_without_any_key_says_what_it_needs()
    {
        await using var host = new WorkerHost((_, input) => Task.FromResult(input));
        host.Start().Store.Enqueue(Assigned() with { Arguments = $$"""{"card":{{Mine.Encode("\"4111\"")}}}""" });
        var report = (await host.ReportsAsync(1))[0];
        Assert.Equal(Report.Untried, report.Outcome);
        Assert.Contains("The run's arguments cannot be read: encrypted with key 'k1', and this process has no keys. Set PIPELINES_PAYLOAD_KEYS", report.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_open_fails_the_task_once_and_for_all()
    {
        await using var host = new WorkerHost((_, input) => Task.FromResult(input), spec => spec with { Retry = new RetryPolicy { Retries = 5 } }, payloads: new Payloads(new Broken()));
        host.Start().Store.Enqueue(Assigned() with { Arguments = $$"""{"card":{{Mine.Encode("1")}}}""" });
        var report = (await host.ReportsAsync(1))[0];
        Assert.Equal(TaskState.Failed, report.Outcome);
        Assert.Contains("what is stored does not open with key 'k1'", report.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_and_cursors_are_kept_encrypted_and_moments_are_not_and_without_the_key_they_stay()
    {
        var done = 0;
        async Task<int> Script(TaskContext context, int input)
        {
            await context.Now("began");
            await context.Cursor.SaveAsync(5);
            var step = await context.Step("secret", () => Task.FromResult(++done + 6));
            return context.Attempt == 1 ? throw new InvalidOperationException("later") : step;
        }

        var kept = new Dictionary<(InstanceKey, StepKind, string), StoredStep>();
        await using (var host = new WorkerHost(Script, payloads: Mine))
        {
            host.Start().Store.Enqueue(Assigned());
            await host.ReportsAsync(1);
            kept = host.Store.Steps;
            var key = Assigned().Key;
            Assert.Equal((Mine.Encode("7"), Mine.Encode("5")), (Text(kept[(key, StepKind.Step, "secret")].Output), Text(kept[(key, StepKind.Cursor, "")].Output)));
            Assert.DoesNotContain("$enc", Text(kept[(key, StepKind.Moment, "began")].Output), StringComparison.Ordinal);
        }

        await using (var host = new WorkerHost(Script, payloads: Another))
        {
            foreach (var (key, step) in kept)
                host.Store.Steps[key] = step;
            host.Start().Store.Enqueue(Assigned(attempt: 2));
            var report = (await host.ReportsAsync(1))[0];
            Assert.Equal(Report.Untried, report.Outcome);
            Assert.Contains("cannot be read: there is no key 'k1'", report.Why, StringComparison.Ordinal);
            Assert.Equal(kept.Count, host.Store.Steps.Count);
        }

        await using (var host = new WorkerHost(Script, payloads: Mine))
        {
            foreach (var (key, step) in kept)
                host.Store.Steps[key] = step;
            host.Start().Store.Enqueue(Assigned(attempt: 3));
            Assert.Equal("7", Text((await host.ReportsAsync(1))[0].Output));
        }

        Assert.Equal(1, done);
    }

    [Fact]
    public async Task Signals_are_read_and_values_and_heartbeats_told_encrypted_and_progress_is_for_everybody()
    {
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                context.Progress(50, "half");
                context.Heartbeat("file 3");
                await context.SetValueAsync("rows", 3);
                return (await context.WaitForSignalAsync<int>("review"))!.Value;
            },
            payloads: Mine);
        host.Store.Signals.Add((1, "review", new StoredSignal(Mine.Encode(Bytes("8")), "test", DateTimeOffset.UnixEpoch)));
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal("8", Text((await host.ReportsAsync(1))[0].Output));
        var told = host.Store.Told.ToDictionary(one => one.Kind, one => one.Json);
        Assert.Equal((Mine.Encode("3"), Mine.Encode("\"file 3\"")), (told[ValueKind.Value], told[ValueKind.Heartbeat]));
        Assert.Contains("half", told[ValueKind.Progress], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_result_of_a_transaction_is_encrypted_before_the_database_gets_it()
    {
        byte[]? written = null;
        await using var host = new WorkerHost((context, _) => context.TransactionAsync("book", (_, _) => Task.FromResult(8)), payloads: Mine);
        host.Store.Transact = async (call, body) => new TransactionAnswer(TransactionEnd.Kept, written = await body(null!, null!));
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal(("8", Mine.Encode("8")), (Text((await host.ReportsAsync(1))[0].Output), Text(written)));
    }

    private sealed class Broken : IPayloadCodec
    {
        public string Name => "turning";

        public EncodedPayload Encode(ReadOnlySpan<byte> json) => throw new NotSupportedException();

        public byte[] Decode(string key, ReadOnlySpan<byte> data) => throw new System.Security.Cryptography.CryptographicException("no");
    }
}
