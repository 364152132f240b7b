using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NodaTime;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// Turns ticks and backfills into runs, starts them where there is place, fires timers, fails runs over their timeout, tells of those over their deadline, lets those go
/// that waited for the run before, and takes back what lost workers held.
/// Any number may run: each step is one guarded transaction, and of two schedulers that take the same one the second changes nothing.
/// It is not in the path between two tasks of a run.
/// </summary>
public sealed class Scheduler(SchedulerOptions options, ISchedulerStore store, IWakeups wakeups, ILogger<Scheduler> logger)
    : IDisposable
{
    private readonly Bell _bell = new();
    private readonly Outage _outage = new(logger);
    private long _reclaimed;
    private long _swept;

    /// <summary>Instances that one transaction admits past their limits: few, for their runs are locked meanwhile.</summary>
    private const int Admitted = 200;

    /// <remarks>
    /// If the process dies between two steps, the next scheduler (or the next start) finds the same rows and goes on: a tick is
    /// due until the transaction that makes its run moves the DAG on; a backfill's cursor moves with the runs it made; a run is queued
    /// until the transaction that makes its instances; a timer's row goes with the requeue. Nothing is kept in memory between passes.
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

    /// <summary>One look at everything; true when there is more to do at once.</summary>
    public async Task<bool> PassAsync(CancellationToken cancellation)
    {
        if (Every(options.Reclaim, ref _reclaimed) && await store.ReclaimAsync(cancellation).ConfigureAwait(false) is > 0 and var lost)
            SchedulerLog.Reclaimed(logger, lost);
        if (Every(options.Sweep, ref _swept))
            await SweepAsync(cancellation).ConfigureAwait(false);
        var more = await FireTicksAsync(cancellation).ConfigureAwait(false);
        more |= await PaceBackfillsAsync(cancellation).ConfigureAwait(false);
        more |= await store.StartRunsAsync(options.Batch, cancellation).ConfigureAwait(false) == options.Batch;
        more |= await store.FireTimersAsync(1000, cancellation).ConfigureAwait(false) > 0;
        more |= await store.ExpireRunsAsync(100, cancellation).ConfigureAwait(false) > 0;
        more |= await store.FireDeadlinesAsync(100, cancellation).ConfigureAwait(false) > 0;
        more |= await store.OpenGatesAsync(1000, cancellation).ConfigureAwait(false) > 0;
        more |= await store.AdmitAsync(Admitted, cancellation).ConfigureAwait(false) == Admitted;
        await store.FinishBackfillsAsync(cancellation).ConfigureAwait(false);
        return more;
    }

    private async Task<bool> FireTicksAsync(CancellationToken cancellation)
    {
        var due = await store.LoadDueAsync(100, cancellation).ConfigureAwait(false);
        foreach (var dag in due)
        {
            if (Schedule(dag) is not { } schedule)
            {
                // Refused when it was loaded, so this needs newer zone data or a newer program; the others must go on.
                await store.FireTicksAsync(dag, [], dag.LastTick, dag.Now + Duration.FromHours(1), cancellation).ConfigureAwait(false);
                continue;
            }

            var rule = dag.Spec.Catchup switch { Catchup.All => CatchupRule.All, Catchup.None => CatchupRule.None, _ => CatchupRule.Latest };
            var decision = MissedTicks.Decide(schedule, dag.LastTick, dag.Now, rule, options.Batch);
            var made = await store.FireTicksAsync(
                dag, [.. decision.Create.Select(Planned)], decision.HandledThrough, decision.Next?.ScheduledFor, cancellation).ConfigureAwait(false);
            if (made > 0)
                SchedulerLog.Ticked(logger, dag.Spec.Id, made);
        }

        return due.Count > 0;
    }

    private CronSchedule? Schedule(DueDag dag)
    {
        try
        {
            return ScheduleOf.Spec(dag.Spec);
        }
        catch (ScheduleException e)
        {
            SchedulerLog.BadSchedule(logger, dag.Spec.Id, e.Message);
            return null;
        }
    }

    /// <summary>Keeps twice as many runs made as may run at once: enough that a free place never waits, few enough to stay paced.</summary>
    private async Task<bool> PaceBackfillsAsync(CancellationToken cancellation)
    {
        var more = false;
        foreach (var backfill in await store.LoadOpenBackfillsAsync(cancellation).ConfigureAwait(false))
        {
            var room = Math.Min(2 * backfill.MaxActive - backfill.OpenRuns, options.Batch);
            if (room <= backfill.MaxActive / 2)
                continue;
            if (Next(backfill, room + 1) is not { } next)
                continue;
            var done = next.Count <= room;
            var make = next.Take(room).Select(Planned).ToList();
            await store.PaceBackfillAsync(backfill, make, make.Count > 0 ? make[^1].ScheduledFor : null, done, cancellation).ConfigureAwait(false);
            more = true;
        }

        return more;
    }

    /// <summary>Null when the DAG has a schedule no more that its dates could be read by: everything else must go on.</summary>
    private IReadOnlyList<Tick>? Next(OpenBackfill backfill, int count)
    {
        try
        {
            return BackfillPace.Next(backfill, count);
        }
        catch (ScheduleException e)
        {
            SchedulerLog.BadBackfill(logger, backfill.Id, backfill.Spec.Id, e.Message);
            return null;
        }
    }

    private async Task SweepAsync(CancellationToken cancellation)
    {
        await store.MakePartitionsAsync(cancellation).ConfigureAwait(false);
        if (await store.SweepAsync(cancellation).ConfigureAwait(false) is > 0 and var repaired)
            SchedulerLog.Swept(logger, repaired);
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
