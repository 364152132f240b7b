using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using NodaTime;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// Turns ticks, backfills and updates of assets into runs, starts them where there is place, fires timers, fails runs and queued tasks over their timeout, tells of those over their deadline, lets those go
/// that waited for the run before or for other DAGs, lets tasks without a body wait, cancels runs with those that started them, lets open runs follow a new version, and takes back what lost workers held.
/// Any number may run: each step is one guarded transaction, and of two schedulers that take the same one the second changes nothing.
/// It is not in the path between two tasks of a run.
/// </summary>
public sealed class Scheduler(SchedulerOptions options, ISchedulerStore store, IWakeups wakeups, CustomSchedules custom, ILogger<Scheduler> logger)
    : IDisposable
{
    private readonly Bell _bell = new();
    private readonly Outage _outage = new(logger);
    private readonly Dictionary<int, string> _badSchedules = [];
    private readonly Dictionary<long, long> _badBackfills = [];
    private long _reclaimed;
    private long _swept;
    private int _turns;

    private const int Never = int.MaxValue;

    /// <summary>Instances that one transaction admits past their limits: few, for their runs are locked meanwhile.</summary>
    private const int Admitted = 200;

    /// <summary>Open runs under which one transaction looks for what does not fit together: few, for they are locked meanwhile.</summary>
    private const int Swept = 1000;

    /// <summary>Such transactions after each <see cref="SchedulerOptions.Sweep"/>, one in a pass: where more runs are open, it takes longer to come to each.</summary>
    private const int Turns = 10;

    /// <summary>Runs that one pass moves to another version, each in some milliseconds: what is to start meanwhile waits for no more of them.</summary>
    private const int Adopted = 50;

    /// <summary>DAGs whose ticks one transaction makes runs for: few enough that the first of many that are due begin while the next are made.</summary>
    private const int Fired = 500;

    /// <summary>Such transactions in a pass: more that are due wait until everything else has been looked at.</summary>
    private const int Fires = 8;

    /// <remarks>
    /// If the process dies between two steps, the next scheduler (or the next start) finds the same rows and goes on: a tick is
    /// due until the transaction that makes its run moves the DAG on; a backfill's cursor moves with the runs it made; a run is queued
    /// until the transaction that makes its instances; a timer's row goes with the requeue; how far the
    /// safety net has come is a row, too. Between passes memory holds only when each of these is due again: a scheduler that starts does them all at once.
    /// </remarks>
    public async Task RunAsync(CancellationToken stop)
    {
        using var wake = wakeups.Subscribe("pipelines_scheduler", _ => _bell.Ring());
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var more = await PassAsync(stop).ConfigureAwait(false);
                _outage.Over();
                var due = await store.NextDueAsync(stop).ConfigureAwait(false);
                if (!more && due is not { Ticks: <= 0 })
                    await SleepAsync(due is { } soon && soon < options.Poll ? soon : options.Poll, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (StoreUnavailableException e)
            {
                _outage.Lasts(e);
                _reclaimed = 0; // a reclaim that may have failed is due again: what is lost shall not wait for the next turn of it
                await SleepAsync(TimeSpan.FromMilliseconds(250), stop).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // A fault of ours: seen in the log, every second until it is mended, while everything else of the process goes on.
                SchedulerLog.PassFailed(logger, e);
                await SleepAsync(TimeSpan.FromSeconds(1), stop).ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => _bell.Dispose();

    /// <summary>One look at everything; true when there is more to do at once. A fault of one step, such as a run that the engine cannot handle, keeps no other step from being taken, and is thrown then; several together.</summary>
    public async Task<bool> PassAsync(CancellationToken cancellation)
    {
        custom.Sweep();
        var (more, faults) = (false, new List<Exception>());
        foreach (var (take, from) in Steps())
        {
            try
            {
                more |= await take(cancellation).ConfigureAwait(false) >= from;
            }
            catch (Exception e) when (e is not (StoreUnavailableException or OperationCanceledException))
            {
                faults.Add(e);
            }
        }

        if (faults.Count > 1)
            throw new AggregateException(faults);
        if (faults.Count == 1)
            ExceptionDispatchInfo.Throw(faults[0]);
        return more;
    }

    /// <summary>In their order, each with how much it must have done that there may be more of it to do at once.</summary>
    private (Func<CancellationToken, Task<int>> Take, int More)[] Steps() =>
    [
        (ReclaimAsync, Never),
        (SweepAsync, Never),
        (store.AutoPauseAsync, Never),
        (store.FollowRunsAsync, Never),
        (FireTicksAsync, 1),
        (PaceBackfillsAsync, 1),
        (store.StartAssetRunsAsync, Never),
        (stop => store.StartRunsAsync(options.Batch, stop), options.Batch),
        (stop => store.FireTimersAsync(1000, stop), 1),
        (stop => store.ExpireRunsAsync(100, stop), 1),
        (stop => store.ExpireQueuedAsync(1000, stop), 1),
        (stop => store.FireDeadlinesAsync(100, stop), 1),
        (stop => store.OpenGatesAsync(1000, stop), 1),
        (BeginWaitsAsync, 1),
        (stop => store.OpenWaitsAsync(1000, all: false, stop), 1),
        (stop => store.StopChildrenAsync(100, stop), 1),
        (stop => store.AdoptRunsAsync(Adopted, stop), 1),
        (stop => store.AdmitAsync(Admitted, stop), Admitted),
        (store.FinishBackfillsAsync, Never),
    ];

    private async Task<int> ReclaimAsync(CancellationToken cancellation)
    {
        if (!Every(options.Reclaim, ref _reclaimed) || await store.ReclaimAsync(cancellation).ConfigureAwait(false) is not (> 0 and var lost))
            return 0;
        SchedulerLog.Reclaimed(logger, lost);
        return lost;
    }

    /// <summary>The scheduler is the worker of tasks without a body: it serves their lane and lets them wait.</summary>
    private async Task<int> BeginWaitsAsync(CancellationToken cancellation)
    {
        var ready = await store.LoadReadyWaitsAsync(1000, cancellation).ConfigureAwait(false);
        return ready.Count > 0 ? await store.BeginWaitsAsync([.. ready.Select(WaitPlan.Of)], cancellation).ConfigureAwait(false) : 0;
    }

    private async Task<int> FireTicksAsync(CancellationToken cancellation)
    {
        var due = await FireSomeAsync(cancellation).ConfigureAwait(false);
        for (var many = 1; due == Fired && many < Fires; many++)
        {
            await store.StartRunsAsync(options.Batch, cancellation).ConfigureAwait(false);   // the first of many begin while the next are made
            due = await FireSomeAsync(cancellation).ConfigureAwait(false);
        }

        return due;
    }

    /// <summary>Returns how many DAGs were due.</summary>
    private async Task<int> FireSomeAsync(CancellationToken cancellation)
    {
        var due = await store.LoadDueAsync(Fired, cancellation).ConfigureAwait(false);
        if (due.Count == 0)
            return 0;
        var plans = new List<TickPlan>();
        foreach (var dag in due)
        {
            plans.Add(await PlanAsync(dag, cancellation).ConfigureAwait(false) is { } plan
                ? new TickPlan(dag, plan.Create, plan.HandledThrough, plan.NextDue)
                : new TickPlan(dag, [], dag.LastTick, dag.Now + Duration.FromTimeSpan(options.BadScheduleAgain)));   // the others must go on
        }

        if (await store.FireTicksAsync(plans, cancellation).ConfigureAwait(false) is > 0 and var made)
            SchedulerLog.Ticked(logger, made, string.Join(", ", plans.Where(plan => plan.Runs.Count > 0).Select(plan => plan.Due.Spec.Id).Take(10)));
        return due.Count;
    }

    /// <summary>Null: its schedule cannot be read. It was looked at when the DAG was loaded, so this is code that misbehaves only now, newer zone data or a newer program.</summary>
    private async Task<RunPlan?> PlanAsync(DueDag dag, CancellationToken cancellation)
    {
        try
        {
            var plan = await custom.ReadAsync(RunPlan.CustomVersions(dag), schedules => RunPlan.Decide(dag, schedules, options.Batch)).ConfigureAwait(false);
            if (_badSchedules.Remove(dag.DagNo))
                await store.TellAsync(dag.DagNo, "its schedule can be read again", cancellation).ConfigureAwait(false);
            return plan;
        }
        catch (Exception e) when (e is not (StoreUnavailableException or OperationCanceledException))
        {
            // Told once, until it says something else or works again.
            if (_badSchedules.GetValueOrDefault(dag.DagNo) == e.Message)
                return null;
            _badSchedules[dag.DagNo] = e.Message;
            SchedulerLog.BadSchedule(logger, dag.Spec.Id, options.BadScheduleAgain, e.Message);
            await store.TellAsync(dag.DagNo, $"its schedule cannot be read, so no runs are made: {e.Message}", cancellation).ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>Keeps twice as many runs made as may run at once: enough that a free place never waits, few enough to stay paced.</summary>
    private async Task<int> PaceBackfillsAsync(CancellationToken cancellation)
    {
        var paced = 0;
        foreach (var backfill in await store.LoadOpenBackfillsAsync(cancellation).ConfigureAwait(false))
        {
            var room = Math.Min(2 * backfill.MaxActive - backfill.OpenRuns, options.Batch);
            if (room <= backfill.MaxActive / 2)
                continue;
            if (await NextAsync(backfill, room + 1).ConfigureAwait(false) is not { } next)
                continue;
            var done = next.Count <= room;
            var make = next.Take(room).Select(Planned).ToList();
            await store.PaceBackfillAsync(backfill, make, make.Count > 0 ? make[^1].ScheduledFor : null, done, cancellation).ConfigureAwait(false);
            paced++;
        }

        return paced;
    }

    /// <summary>Null when the DAG has a schedule no more that its dates could be read by: everything else must go on. It is tried again later, not at every pass.</summary>
    private async Task<IReadOnlyList<Tick>?> NextAsync(OpenBackfill backfill, int count)
    {
        if (_badBackfills.TryGetValue(backfill.Id, out var since) && Stopwatch.GetElapsedTime(since) < options.BadScheduleAgain)
            return null;
        _badBackfills.Remove(backfill.Id);
        try
        {
            return await custom.ReadAsync(
                ScheduleOf.IsCustom(backfill.Spec) ? [backfill.VersionId] : [],
                schedules => BackfillPace.Next(backfill, schedules(backfill.VersionId), count)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (StoreUnavailableException or OperationCanceledException))
        {
            _badBackfills[backfill.Id] = Stopwatch.GetTimestamp();
            SchedulerLog.BadBackfill(logger, backfill.Id, backfill.Spec.Id, e.Message);
            return null;
        }
    }

    private async Task<int> SweepAsync(CancellationToken cancellation)
    {
        var repaired = 0;
        if (Every(options.Sweep, ref _swept))
        {
            await store.TidyAsync(cancellation).ConfigureAwait(false);
            repaired = await store.OpenWaitsAsync(0, all: true, cancellation).ConfigureAwait(false);
            _turns = Turns;
        }

        if (_turns > 0)
        {
            var swept = await store.SweepAsync(Swept, cancellation).ConfigureAwait(false);
            _turns = swept.More ? _turns - 1 : 0;
            repaired += swept.Repaired;
        }

        if (repaired > 0)
            SchedulerLog.Swept(logger, repaired);
        return repaired;
    }

    private async Task SleepAsync(TimeSpan time, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(time + TimeSpan.FromMilliseconds(1));
        try
        {
            await _bell.WaitAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
    }

    private static bool Every(TimeSpan period, ref long last)
    {
        if (last != 0 && Stopwatch.GetElapsedTime(last) < period)
            return false;
        last = Stopwatch.GetTimestamp();
        return true;
    }

    private static PlannedRun Planned(Tick tick) => new(tick.ScheduledFor, tick.IntervalStart, tick.IntervalEnd);
}
