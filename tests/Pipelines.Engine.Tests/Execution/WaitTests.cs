using System.Security.Cryptography;
using System.Text;
using Pipelines.Engine.Ports;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>Bodies that wait: their attempt ends, and its report says what for.</summary>
public sealed class WaitTests
{
    [Fact]
    public async Task A_sleep_ends_the_attempt_even_where_the_body_catches_it()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            try
            {
                await context.SleepAsync("night", TimeSpan.FromHours(8));
            }
            catch (PipelinesException)
            {
                return 1;
            }

            return 2;
        });
        host.Start().Store.Enqueue(Assigned());
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal((Report.Parked, null), (report.Outcome, report.Detail));
        Assert.InRange(report.DelaySeconds, 8 * 3600 - 60, 8 * 3600);
        Assert.StartsWith("sleeps until ", report.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_is_waited_for_by_name_and_found_by_every_attempt_after()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            var first = await context.WaitForSignalAsync<int>("go");
            var second = await context.WaitForSignalAsync<int>("go");
            return first!.Value * 10 + second!.Value;
        });
        host.Start().Store.Enqueue(Assigned());
        var waits = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal((Report.Parked, Report.NoDelay, "{\"signal\":\"go\"}"), (waits.Outcome, waits.DelaySeconds, waits.Detail));
        foreach (var value in (string[])["4", "2"])
            host.Store.Signals.Add((Assigned().Key.RunId, "go", new StoredSignal(Encoding.UTF8.GetBytes(value), "ann", DateTimeOffset.UnixEpoch)));
        host.Store.Enqueue(Assigned() with { Attempt = 2 });
        Assert.Equal("42", Encoding.UTF8.GetString((await host.ReportsAsync(2))[1].Output!));
        host.Store.Enqueue(Assigned() with { Attempt = 3 });
        Assert.Equal("42", Encoding.UTF8.GetString((await host.ReportsAsync(3))[2].Output!));
    }

    [Fact]
    public async Task A_wait_that_was_in_vain_takes_no_signal_from_the_next_one()
    {
        await using var host = new WorkerHost(async (context, _) =>
            await context.WaitForSignalAsync<int>("review", TimeSpan.Zero) is null ? (await context.WaitForSignalAsync<int>("review"))!.Value : -1);
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal(Report.Parked, Assert.Single(await host.ReportsAsync(1)).Outcome);
        host.Store.Signals.Add((Assigned().Key.RunId, "review", new StoredSignal("7"u8.ToArray(), "ann", DateTimeOffset.UnixEpoch)));
        for (short attempt = 2; attempt <= 3; attempt++)
        {
            host.Store.Enqueue(Assigned() with { Attempt = attempt });
            Assert.Equal("7", Encoding.UTF8.GetString((await host.ReportsAsync(attempt))[attempt - 1].Output!));
        }
    }

    [Fact]
    public async Task Of_several_waits_the_one_that_is_due_first_says_when_to_look_again()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await Task.WhenAll(context.WaitForSignalAsync<int>("go"), context.SleepAsync("night", TimeSpan.FromHours(8)), context.SleepAsync("nap", TimeSpan.FromHours(1)));
            return 1;
        });
        host.Start().Store.Enqueue(Assigned());
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal("{\"signal\":\"go\"}", report.Detail);
        Assert.InRange(report.DelaySeconds, 3600 - 60, 3600);
    }

    [Fact]
    public async Task What_a_body_throws_beside_a_wait_is_told()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await Task.WhenAll(Task.FromException(new InvalidOperationException("the disk is full")), context.SleepAsync("nap", TimeSpan.FromHours(1)));
            return 1;
        });
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal(Report.Parked, Assert.Single(await host.ReportsAsync(1)).Outcome);
        await host.StopAsync();
        Assert.Contains("InvalidOperationException: the disk is full", host.Store.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waits_count_for_the_timeout_of_all_attempts()
    {
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                await context.SleepAsync("night", TimeSpan.FromHours(8));
                return 1;
            },
            task => task with { AttemptTimeout = TimeSpan.FromMinutes(10), TotalTimeout = TimeSpan.FromHours(1) });
        host.Start().Store.Enqueue(Assigned());
        Assert.InRange(Assert.Single(await host.ReportsAsync(1)).DelaySeconds, 3600 - 60, 3600);
        host.Store.Enqueue(Assigned() with { Attempt = 2, StartedAt = Assigned().FirstStartedAt.AddHours(1) });
        var report = (await host.ReportsAsync(2))[1];
        Assert.Equal((TaskState.Failed, "The task took longer than its timeout of 01:00:00 for all attempts and what they wait for."), (report.Outcome, report.Why));
    }

    [Fact]
    public async Task Elements_of_a_task_are_answered_each_by_itself()
    {
        await using var host = new WorkerHost(
            async (context, _) => await context.CallbackAsync<int>("carrier", _ => Task.CompletedTask, TimeSpan.FromHours(1)), options: WorkerHost.Quick with { PublicUrl = new Uri("https://pipelines.example.com/") });
        host.Store.Outputs[new(1, 2, -1)] = "[10,20]"u8.ToArray();
        host.Store.Signals.Add((1, "callback:each[1]:carrier", new StoredSignal("7"u8.ToArray(), "them", DateTimeOffset.UnixEpoch)));
        host.Start().Store.Enqueue(Assigned(task: 3) with { Key = new(1, 3, 0) });
        Assert.Equal("{\"signal\":\"callback:each[0]:carrier\"}", Assert.Single(await host.ReportsAsync(1)).Detail);
        host.Store.Enqueue(Assigned(task: 3) with { Key = new(1, 3, 1) });
        Assert.Equal("7", Encoding.UTF8.GetString((await host.ReportsAsync(2))[1].Output!));
    }

    [Fact]
    public async Task What_does_not_fit_fails_the_task_and_says_who_sent_it()
    {
        await using var host = new WorkerHost(async (context, _) => (await context.WaitForSignalAsync<int>("go"))!.Value);
        host.Store.Signals.Add((Assigned().Key.RunId, "go", new StoredSignal("\"seven\""u8.ToArray(), "ann", DateTimeOffset.UnixEpoch)));
        host.Start().Store.Enqueue(Assigned());
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal(TaskState.Failed, report.Outcome);
        Assert.StartsWith("The signal 'go' that ann sent does not fit.", report.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_to_another_run_has_one_name_over_all_attempts()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await context.SignalAsync(7, "shipped", context.Attempt);
            await context.SignalAsync(7, "shipped", 0);
            return context.Attempt == 1 ? throw new InvalidOperationException("later") : 1;
        });
        host.Start().Store.Enqueue(Assigned());
        await host.ReportsAsync(1);
        host.Store.Enqueue(Assigned() with { Attempt = 2 });
        await host.ReportsAsync(2);
        Assert.Equal(2, host.Store.Sent.Count);
        Assert.All(host.Store.Sent.Values, sent => Assert.Equal((7, "shipped"), (sent.RunId, sent.Name)));
    }

    [Fact]
    public async Task A_name_that_is_none_fails_the_task()
    {
        await using var host = new WorkerHost(async (context, _) => (await context.WaitForSignalAsync<int>("go now"))!.Value);
        host.Start().Store.Enqueue(Assigned());
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal(TaskState.Failed, report.Outcome);
        Assert.Contains("'go now' has not", report.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_needs_an_address_that_others_reach()
    {
        await using var host = new WorkerHost(async (context, _) => await context.CallbackAsync<int>("carrier", _ => Task.CompletedTask, TimeSpan.FromHours(1)));
        host.Start().Store.Enqueue(Assigned());
        Assert.Contains("PIPELINES_PUBLIC_URL", Assert.Single(await host.ReportsAsync(1)).Why, StringComparison.Ordinal);
        Assert.Empty(host.Store.Callbacks);
    }

    [Fact]
    public async Task An_address_is_handed_out_once_and_only_its_hash_is_stored()
    {
        var handed = new List<Uri>();
        await using var host = new WorkerHost(
            async (context, _) => await context.CallbackAsync<int>(
                "carrier",
                url =>
                {
                    handed.Add(url);
                    return Task.CompletedTask;
                },
                TimeSpan.FromHours(1)),
            options: new() { PublicUrl = new Uri("https://pipelines.example.com/") });
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal((Report.Parked, "{\"signal\":\"callback:a:carrier\"}"), (Assert.Single(await host.ReportsAsync(1)) is var report ? report.Outcome : ' ', report.Detail));
        host.Store.Enqueue(Assigned() with { Attempt = 2 });
        await host.ReportsAsync(2);
        var secret = Assert.Single(handed).Segments[^1];
        Assert.Equal(64, secret.Length);
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(secret)), Assert.Single(host.Store.Callbacks));
        Assert.DoesNotContain(host.Store.Steps, step => step.Value.Output is { } output && Encoding.UTF8.GetString(output).Contains(secret, StringComparison.Ordinal));
    }
}
