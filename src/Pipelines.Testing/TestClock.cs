namespace Pipelines.Testing;

/// <summary>
/// The clock of a <see cref="DagTest"/>: it stands still while bodies compute and jumps when all that is left is waiting. A DAG that takes a
/// <see cref="TimeProvider"/> gets it in its constructor, so that its own waits take no time either: <c>Task.Delay(TimeSpan.FromHours(2), clock, context.Cancellation)</c>.
/// </summary>
/// <example>
/// <code>
/// var clock = new TestClock();
/// var run = await DagTest.For(new PollingDag(clock)).WithClock(clock).RunAsync();
/// </code>
/// </example>
public sealed class TestClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>What it shows, UTC.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (_gate)
                return _now;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now;

    /// <inheritdoc/>
    public override long GetTimestamp() => Now.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>When the next wait is over; null: nobody waits.</summary>
    internal DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
                return _timers.Min(timer => timer.Due);
        }
    }

    internal void Start(DateTimeOffset at)
    {
        lock (_gate)
            _now = at;
    }

    /// <summary>Goes on to a moment, and calls what is due by then in the order in which it is due.</summary>
    internal void MoveTo(DateTimeOffset moment)
    {
        while (true)
        {
            Timer? due;
            lock (_gate)
            {
                due = _timers.Where(timer => timer.Due <= moment).MinBy(timer => timer.Due);
                _now = due?.Due ?? (moment > _now ? moment : _now);
                due?.Next();
            }

            if (due is null)
                return;
            due.Call();
        }
    }

    private sealed class Timer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
                if (Due is not null)
                    clock._timers.Add(this);
            }

            return true;
        }

        /// <summary>Called under the gate, when it is due.</summary>
        public void Next()
        {
            Due = _period > TimeSpan.Zero ? Due + _period : null;
            if (Due is null)
                clock._timers.Remove(this);
        }

        public void Call() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
