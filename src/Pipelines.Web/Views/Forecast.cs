using System.Collections.Concurrent;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Web.Views;

/// <summary>The ticks that are to come, computed as the scheduler does. What was computed is kept for a while: a schedule does not change within its version.</summary>
internal sealed class Forecast
{
    /// <summary>More ticks of one DAG than this are not looked for.</summary>
    public const int MostPerDag = 300;

    private const int CachedVersions = 5_000;

    private readonly ConcurrentDictionary<int, DagSchedule?> _schedules = new();
    private readonly ConcurrentDictionary<(int Version, Instant From, Instant To), Instant[]> _ticks = new();

    /// <summary>The ticks of the DAGs that run by schedule, each DAG's in order. Of one whose schedule is its own code only the next.</summary>
    public IReadOnlyList<(DagLine Dag, Instant At)> Ticks(IEnumerable<DagLine> dags, DateTimeOffset from, DateTimeOffset to)
    {
        var found = new List<(DagLine, Instant)>();
        var (start, end) = (Instant.FromDateTimeOffset(from), Instant.FromDateTimeOffset(to));
        foreach (var dag in dags)
        {
            if (dag.Retired || dag.NextDue is not { } due || due >= to)
                continue;
            found.AddRange(Of(dag, start, end).Select(at => (dag, at)));
        }

        return found;
    }

    public DagSchedule? Schedule(int version, DagSpec spec)
    {
        if (_schedules.Count > CachedVersions)
            _schedules.Clear();
        return _schedules.GetOrAdd(version, _ => Read(spec));
    }

    private static DagSchedule? Read(DagSpec spec)
    {
        try
        {
            return ScheduleOf.Spec(spec);
        }
        catch (ScheduleException)
        {
            return null;    // the team's own code, which pages never run
        }
    }

    private IEnumerable<Instant> Of(DagLine dag, Instant from, Instant to)
    {
        if (Schedule(dag.VersionId, dag.Spec) is not { } schedule)
            return Instant.FromDateTimeOffset(dag.NextDue!.Value) is var next && next >= from ? [next] : [];
        // By the quarter of an hour, so that what one visitor has asked for serves the next.
        var quarter = Duration.FromMinutes(15).BclCompatibleTicks;
        var (first, last) = (Instant.FromUnixTimeTicks(from.ToUnixTimeTicks() / quarter * quarter), Instant.FromUnixTimeTicks(((to.ToUnixTimeTicks() / quarter) + 1) * quarter));
        if (_ticks.Count > CachedVersions * 4)
            _ticks.Clear();
        var ticks = _ticks.GetOrAdd((dag.VersionId, first, last), _ => [.. schedule.Ticks(first, last).Take(MostPerDag).Select(tick => tick.ScheduledFor)]);
        return ticks.Where(at => at >= from && at < to);
    }
}
