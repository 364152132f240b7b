namespace Pipelines.EndToEnd.Tests;

/// <summary>One worker for all of them: what one does wrong must not touch the others.</summary>
public sealed class OneWorker : IAsyncLifetime
{
    public Installation At { get; private set; } = null!;

    public Running Worker { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        At = await Installation.CreateAsync(Built.Dags);
        await At.SchedulerAsync("writes_110_mb");
        Worker = await At.WorkerAsync("--slots", "4", "--lease", "5");
    }

    public async Task DisposeAsync() => await At.DisposeAsync();
}

public sealed class BadBodyTests(OneWorker one) : IClassFixture<OneWorker>
{
    private Installation At => one.At;

    [Theory]
    [InlineData("throws", "InvalidOperationException: the moon is")]
    [InlineData("returns_a_loop", "The output of type Loop cannot be written as JSON")]
    [InlineData("returns_2_mb", "The output is 2,000,002 bytes of JSON; the limit is 1,048,576.")]
    [InlineData("returns_a_number_too_large", "The database does not take the output")]
    [InlineData("returns_half_a_character", "The output of type JsonElement cannot be written as JSON")]
    [InlineData("writes_110_mb", "wrote more than 100 MB of log")]
    public async Task A_bad_body_fails_its_attempt_with_a_clear_line_and_nothing_else(string dag, string why)
    {
        var bad = await At.StartRunAsync(dag);
        var good = await At.StartRunAsync("good");
        await At.RunEndsAsync(bad);
        await At.RunEndsAsync(good);

        Assert.Equal(("f", "s"), (await At.RunStateAsync(bad), await At.RunStateAsync(good)));
        Assert.Equal("f 1 1 0", await At.ScalarAsync("select concat_ws(' ', state, attempt, tries, lost) from task_instance where run_id = $1", bad));
        Assert.Contains(why, await At.Store.TextAsync("select why from event where run_id = $1 and to_state = 'f' and task_no is not null", bad), StringComparison.Ordinal);
        Assert.Contains(why, (await At.RunAsync("tasks", "why", $"{bad}", "only")).Succeeded().Output, StringComparison.Ordinal);
        // What the database does not take is found out after the log was closed. Of 100 MB the end is enough.
        string[] tail = dag == "writes_110_mb" ? ["--tail", "4"] : [];
        if (!why.StartsWith("The database", StringComparison.Ordinal))
            Assert.Contains(why, (await At.RunAsync(["tasks", "log", $"{bad}", "only", .. tail])).Succeeded().Output, StringComparison.Ordinal);
        Assert.False(one.Worker.HasExited, one.Worker.ToString());
        Assert.Single(await At.WorkerIdsOf(one.Worker));
    }

    [Fact]
    public async Task A_body_that_never_ends_is_reported_as_stuck_and_keeps_its_own_slot_only()
    {
        var stuck = await At.StartRunAsync("never_ends");
        await At.RunEndsAsync(stuck);
        Assert.Equal("f", await At.RunStateAsync(stuck));
        Assert.Contains(
            "took longer than its timeout of 00:00:01 and ignored its cancellation for 10 s",
            await At.Store.TextAsync("select why from event where run_id = $1 and to_state = 'f' and task_no is not null", stuck), StringComparison.Ordinal);
        Assert.Contains("the body of never_ends.only does not return", one.Worker.Error, StringComparison.Ordinal);
        await At.UntilAsync("the worker tells of it", async () => await At.CountAsync("select stuck from worker where stopped_at is null") == 1);

        var good = await At.StartRunAsync("good");
        await At.RunEndsAsync(good);
        Assert.Equal("s", await At.RunStateAsync(good));
        At.Open("never");
        await At.UntilAsync("it is free again", async () => await At.CountAsync("select stuck + busy from worker where stopped_at is null") == 0);
    }

    [Theory]
    [InlineData("changes_directory", "The current directory of the process became 'one that is gone' and is '")]
    [InlineData("redirects_console", "The console of the process was redirected and leads to the logs again")]
    [InlineData("closes_console", "\tafter the end")]
    [InlineData("sets_culture", "The default culture of the process was changed and is what it was again")]
    [InlineData("leaks_threads", "")]
    public async Task What_a_body_does_to_its_process_does_not_reach_the_next_one(string dag, string told)
    {
        var bad = await At.StartRunAsync(dag);
        await At.RunEndsAsync(bad);
        var next = await At.StartRunAsync("looks_around");
        await At.RunEndsAsync(next);

        Assert.Equal(("s", "s"), (await At.RunStateAsync(bad), await At.RunStateAsync(next)));
        Assert.Contains(told, await LogAsync(bad), StringComparison.Ordinal);
        var seen = await LogAsync(next);
        Assert.Contains("stderr is there", seen, StringComparison.Ordinal);
        Assert.Contains($"in {Path.TrimEndingDirectorySeparator(Path.GetTempPath())}, 1.5, ", seen, StringComparison.Ordinal);
        Assert.Single(await At.WorkerIdsOf(one.Worker));
    }

    private Task<string> LogAsync(long run) => At.Store.TextAsync(
        "select coalesce(string_agg(convert_from(body, 'UTF8'), '' order by first_line), '') from log_chunk where run_id = $1", run);
}
