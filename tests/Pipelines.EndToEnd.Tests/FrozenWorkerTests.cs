namespace Pipelines.EndToEnd.Tests;

public sealed class FrozenWorkerTests
{
    [Fact]
    public async Task A_worker_frozen_past_its_lease_is_fenced_and_goes_on_under_a_new_number()
    {
        await using var at = await Installation.CreateAsync(Built.Dags);
        await at.SchedulerAsync("gated");
        var frozen = await at.WorkerAsync("--lease", "3");
        var run = await at.StartRunAsync("gated");
        await at.UntilAsync("it runs", async () => await at.RunningOnAsync(frozen) == 1);
        var before = Assert.Single(await at.WorkerIdsOf(frozen));

        frozen.Freeze();
        var other = await at.WorkerAsync();
        await at.UntilAsync("its attempt runs elsewhere", async () => await at.RunningOnAsync(other) == 1);
        at.Open($"hold-{run}");                                   // both bodies end now: the frozen one as soon as it wakes
        await at.RunEndsAsync(run);
        var history = await HistoryAsync();
        frozen.Thaw();

        await at.UntilAsync("it has registered anew", async () => (await at.WorkerIdsOf(frozen)).Length > 1);
        Assert.Equal(before, (await at.WorkerIdsOf(frozen))[0]);
        Assert.Equal(1, await at.CountAsync("select count(*) from worker where worker_id = $1 and reclaimed", before));
        other.Terminate();
        Assert.Equal(0, (await other.EndAsync()).Code);
        var next = await at.StartRunAsync("gated");
        at.Open($"hold-{next}");
        await at.RunEndsAsync(next);

        Assert.Equal("s", await at.RunStateAsync(next));
        Assert.Equal(2, (await at.WorkerIdsOf(frozen)).Length);
        Assert.Equal(history, await HistoryAsync());
        Assert.Equal($"s 2 1 1 {other.Id}", await at.ScalarAsync(
            "select concat_ws(' ', t.state, t.attempt, t.tries, t.lost, t.output) from task_instance t where run_id = $1 and task_no = 0", run));
        await at.TickNoMoreAsync();
        await Proof.NothingIsLeftAsync(at.Store);

        async Task<string> HistoryAsync() =>
            (string)(await at.ScalarAsync("select string_agg(concat_ws(' ', event_id, task_no, attempt, from_state, to_state), ', ' order by event_id) from event where run_id = $1", run))!;
    }
}
