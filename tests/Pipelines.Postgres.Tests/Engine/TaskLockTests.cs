using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Locks that running attempts hold, and rates that they keep to.</summary>
[SupportedOSPlatform("linux")]
public sealed class TaskLockTests(World world) : EngineTest(world)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task One_has_it_and_the_others_get_it_in_the_order_of_arrival_with_growing_tokens()
    {
        var (hand, a, b, c) = await ThreeAsync();
        var first = await TakeAsync(hand, a);
        var (askedB, askedC) = (Guid.NewGuid(), Guid.NewGuid());
        var line = new[] { await TakeAsync(hand, b, askedB), await TakeAsync(hand, c, askedC) };
        Assert.Equal([null, null], line.Select(place => place.Token));
        Assert.Equal([0, 1], line.Select(place => place.Before));
        Assert.StartsWith($"task a of run {a.Key.RunId} (d, attempt 1) has had it since", line[0].HeldBy, StringComparison.Ordinal);

        await World.Workers.ReleaseLockAsync("x", first.Token!.Value, default);
        Assert.Null((await TakeAsync(hand, c, askedC)).Token);
        var second = await TakeAsync(hand, b, askedB);
        Assert.True(second.Token > first.Token);
        await World.Workers.ReleaseLockAsync("x", first.Token.Value, default);
        Assert.Null((await TakeAsync(hand, c, askedC)).Token);
        Assert.False(await World.Workers.RenewLockAsync("x", first.Token.Value, Lease, default));
        Assert.True(await World.Workers.RenewLockAsync("x", second.Token!.Value, Lease, default));
    }

    [Fact]
    public async Task What_an_attempt_held_is_free_when_it_has_ended_or_was_taken_back()
    {
        var (hand, a, b, _) = await ThreeAsync();
        var first = await TakeAsync(hand, a);
        await hand.AdvanceAsync(0, Hand.Report(a, 's'));
        Assert.False(await World.Workers.RenewLockAsync("x", first.Token!.Value, Lease, default));
        var second = await TakeAsync(hand, b);
        Assert.True(second.Token > first.Token);
        await hand.LoseAsync();
        var next = await World.WorkerAsync();
        var again = (await next.TakeAsync())[0];
        Assert.True((await TakeAsync(next, again)).Token > second.Token);
    }

    [Fact]
    public async Task It_ends_with_its_lease_by_the_databases_time()
    {
        var (hand, a, b, _) = await ThreeAsync();
        var first = await TakeAsync(hand, a);
        Assert.Equal("x held by a", await HeldAsync());
        await World.ExecuteAsync("update task_lock set until = clock_timestamp() - interval '1 millisecond'");
        Assert.Equal("", await HeldAsync());
        Assert.False(await World.Workers.RenewLockAsync("x", first.Token!.Value, Lease, default));
        Assert.True((await TakeAsync(hand, b)).Token > first.Token);
        Assert.Equal("x held by b", await HeldAsync());
    }

    [Fact]
    public async Task Who_no_longer_asks_and_whose_attempt_has_ended_lose_their_places()
    {
        var (hand, a, b, c) = await ThreeAsync();
        var first = await TakeAsync(hand, a);
        await TakeAsync(hand, b);
        var asked = Guid.NewGuid();
        await TakeAsync(hand, c, asked);
        await World.Workers.ReleaseLockAsync("x", first.Token!.Value, default);
        Assert.Null((await TakeAsync(hand, c, asked)).Token);
        await World.ExecuteAsync("update task_lock_wait set until = clock_timestamp() - interval '1 millisecond' where task_no = 1");
        var second = await TakeAsync(hand, c, asked);
        Assert.NotNull(second.Token);
        await TakeAsync(hand, b);
        await hand.AdvanceAsync(0, Hand.Report(b, 's'));
        await World.Workers.ReleaseLockAsync("x", second.Token.Value, default);
        Assert.NotNull((await TakeAsync(hand, a)).Token);
    }

    [Fact]
    public async Task An_attempt_that_has_it_is_told_so_and_one_that_is_gone_gets_nothing()
    {
        var (hand, a, _, _) = await ThreeAsync();
        await TakeAsync(hand, a);
        var error = await Assert.ThrowsAsync<FailTaskException>(() => TakeAsync(hand, a));
        Assert.Contains("has the lock 'x' already", error.Message, StringComparison.Ordinal);
        await hand.LoseAsync();
        Assert.Null(await World.Workers.TakeLockAsync(hand.Id, a.Key, a.Attempt, "x", Guid.NewGuid(), Lease, Lease, default));
    }

    [Fact]
    public async Task A_request_whose_answer_was_lost_gets_it_again()
    {
        var (hand, a, b, c) = await ThreeAsync();
        var (askedA, askedB, askedC) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var first = await TakeAsync(hand, a, askedA);
        await World.ExecuteAsync("update task_lock set until = clock_timestamp() + interval '1 second'");
        Assert.Equal(first, await TakeAsync(hand, a, askedA));
        Assert.True(await World.OneAsync<bool>("select until > clock_timestamp() + interval '30 seconds' from task_lock"));
        for (var time = 0; time < 2; time++)
            Assert.Equal(0, (await TakeAsync(hand, b, askedB)).Before);
        await TakeAsync(hand, c, askedC);
        await World.Workers.ReleaseLockAsync("x", first.Token!.Value, default);
        Assert.Null((await TakeAsync(hand, c, askedC)).Token);
        Assert.True((await TakeAsync(hand, b, askedB)).Token > first.Token);
    }

    [Fact]
    public async Task However_many_ask_at_once_one_has_it_at_a_time_and_all_get_it()
    {
        await World.DagAsync("d", "a");
        var runs = await World.RunsAsync("d", 12);
        var hand = await World.WorkerAsync();
        var attempts = await hand.TakeAsync();
        Assert.Equal(runs.Length, attempts.Count);
        var (inside, most) = (0, 0);
        var tokens = new List<long>();
        await Parallel.ForEachAsync(attempts, new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (a, cancellation) =>
        {
            var asked = Guid.NewGuid();
            LockAnswer place;
            do
                place = await TakeAsync(hand, a, asked);
            while (place.Token is null);
            var now = Interlocked.Increment(ref inside);
            lock (tokens)
            {
                tokens.Add(place.Token.Value);
                most = Math.Max(most, now);
            }

            Interlocked.Decrement(ref inside);
            await World.Workers.ReleaseLockAsync("x", place.Token.Value, cancellation);
        });
        Assert.Equal(1, most);
        Assert.Equal(tokens.Order(), tokens);
        Assert.Equal(12, tokens.Distinct().Count());
    }

    [Fact]
    public async Task No_window_holds_more_than_a_rate_lets_through_however_many_sessions_ask()
    {
        const int burst = 5, starts = 500;
        var moments = new List<DateTime>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            for (var i = 0; i < 50; i++)
            {
                var at = await World.OneAsync<DateTime>("select o_at from take_rate('api', 'k', $1, 1, $2, 1000)", starts, burst);
                lock (moments)
                    moments.Add(at);
            }
        });
        moments.Sort();
        for (var i = 0; i < moments.Count; i++)
        {
            for (var j = i; j < moments.Count; j++)
            {
                var window = (moments[j] - moments[i]).TotalSeconds;
                Assert.True(j - i + 1 <= burst + window * starts + 0.01, $"{j - i + 1} in {window} s");
            }
        }
    }

    [Fact]
    public async Task A_burst_goes_at_once_the_next_waits_and_one_that_is_far_off_takes_nothing()
    {
        var rate = new Rate(1, TimeSpan.FromMinutes(1)) { Burst = 2 };
        foreach (var _ in Enumerable.Range(0, 2))
            Assert.Equal(new RateAnswer(true, 0), await PassAsync("k"));
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var answer = await PassAsync("k");
            Assert.False(answer.Granted);
            Assert.InRange(answer.WaitSeconds, 1, 60);
        }

        Assert.True((await PassAsync("another")).Granted);

        Task<RateAnswer> PassAsync(string key) => World.Workers.TakeRateAsync("api", key, rate, TimeSpan.FromMilliseconds(1), default);
    }

    [Fact]
    public async Task Keys_that_nobody_asks_for_any_more_go()
    {
        await World.ExecuteAsync("insert into task_rate select 'api', i::text, clock_timestamp() - interval '2 hours' from generate_series(1, 4) i");
        await World.Workers.TakeRateAsync("api", "new", 1.PerSecond, TimeSpan.Zero, default);
        await World.Workers.TakeRateAsync("api", "new", 1.PerSecond, TimeSpan.Zero, default);
        Assert.Equal(3, await World.OneAsync<long>("select count(*) from task_rate"));
    }

    private async Task<(Hand, Assignment, Assignment, Assignment)> ThreeAsync()
    {
        await World.RunOfAsync("a; b; c");
        var hand = await World.WorkerAsync();
        var all = (await hand.TakeAsync()).OrderBy(assignment => assignment.Key.TaskNo).ToList();
        return (hand, all[0], all[1], all[2]);
    }

    private async Task<LockAnswer> TakeAsync(Hand hand, Assignment a, Guid? asked = null) =>
        (await World.Workers.TakeLockAsync(hand.Id, a.Key, a.Attempt, "x", asked ?? Guid.NewGuid(), Lease, Lease, default))!;

    private async Task<string> HeldAsync() => string.Join("; ", (await World.Console.LocksAsync(10, default)).Select(held => $"{held.Name} held by {held.TaskId}"));
}
