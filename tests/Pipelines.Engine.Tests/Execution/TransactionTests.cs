using System.Text;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Loading;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>What a worker makes of transactions whose answers are late, lost or refused.</summary>
public sealed class TransactionTests
{
    private static readonly byte[] Seven = "7"u8.ToArray();

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_not_done_again()
    {
        var tries = 0;
        await using var host = new WorkerHost((context, _) => context.TransactionAsync("book", (_, _) => Task.FromResult(8)));
        host.Store.Transact = (call, _) =>
        {
            tries++;
            host.Store.Steps[(call.Key, StepKind.Step, "book")] = new StoredStep(StepKind.Step, "book", call.Attempt, Seven);
            throw new TransactionLostException("gone", uncertain: true, new IOException());
        };
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal("7", Encoding.UTF8.GetString((await host.ReportsAsync(1))[0].Output!));
        Assert.Equal(1, tries);
    }

    [Fact]
    public async Task A_task_that_has_ended_with_a_commit_whose_answer_was_lost_reports_nothing()
    {
        await using var host = new WorkerHost((context, _) => context.CompleteAsync("book", (_, _) => Task.FromResult(8)));
        host.Store.Transact = (call, _) =>
        {
            host.Store.Steps[(call.Key, StepKind.Step, "book")] = new StoredStep(StepKind.Step, "book", call.Attempt, Seven);
            host.Store.TakeOver(call.Key, Seven);
            throw new TransactionLostException("gone", uncertain: true, new IOException());
        };
        host.Start().Store.Enqueue(Assigned());
        await Until.Holds(() => host.Store.Running.Count == 0 && host.Store.Steps.Count == 1, "the task has ended");
        await host.StopAsync();
        Assert.Empty(host.Store.Accepted);
        Assert.Empty(host.Store.Fenced);
    }

    [Fact]
    public async Task A_body_that_fails_after_its_last_transaction_has_succeeded_all_the_same()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await context.CompleteAsync("book", (_, _) => Task.FromResult(8));
            throw new InvalidOperationException("too late");
        });
        host.Store.Transact = (call, _) =>
        {
            host.Store.TakeOver(call.Key, Seven);
            return Task.FromResult(new TransactionAnswer(TransactionEnd.Completed, Seven));
        };
        host.Start().Store.Enqueue(Assigned());
        await Until.Holds(() => host.Store.LogText.Contains("had succeeded with its last transaction", StringComparison.Ordinal), "it is in the log");
        await host.StopAsync();
        Assert.Empty(host.Store.Accepted);
        Assert.Empty(host.Store.Fenced);
    }

    [Fact]
    public async Task What_cannot_be_serialized_is_given_up_after_ten_tries()
    {
        var tries = 0;
        await using var host = new WorkerHost((context, _) => context.TransactionAsync("book", (_, _) => Task.FromResult(8)));
        host.Store.Transact = (_, _) => throw new TransactionConflictException($"conflict {++tries}", new IOException());
        host.Start().Store.Enqueue(Assigned());
        var report = (await host.ReportsAsync(1))[0];
        Assert.Contains("conflict 10", report.Why, StringComparison.Ordinal);
        Assert.Equal(("book", 10), Assert.Single(host.Store.FailedSteps.Select(step => (step.Name, step.Tries))));
    }

    [Fact]
    public async Task A_context_made_by_hand_says_how_to_test_it()
    {
        var context = new TaskContext
        {
            RunId = 1, DagId = "d", TaskId = "a", ScheduledFor = default, Logger = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
        };
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => context.TransactionAsync("book", (_, _) => Task.CompletedTask));
        Assert.Contains("WithDatabase", error.Message, StringComparison.Ordinal);
    }
}
