using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests;

/// <summary>Runs of a daily schedule, by the day of January 2025 that they are scheduled for.</summary>
internal static class Planned
{
    public static Instant Day(int day) => Instant.FromUtc(2025, 1, 1, 0, 0) + Duration.FromDays(day - 1);

    public static PlannedRun Run(int day) => new(Day(day), Day(day - 1), Day(day));

    public static IReadOnlyList<PlannedRun> Days(int first, int count) => [.. Enumerable.Range(first, count).Select(Run)];

    /// <summary>Of one DAG that is due.</summary>
    public static Task<int> FireTicksAsync(
        this PostgresSchedulerStore scheduler, DueDag due, IReadOnlyList<PlannedRun> runs, Instant? lastTick, Instant? nextDue, CancellationToken cancellation) =>
        scheduler.FireTicksAsync([new TickPlan(due, runs, lastTick, nextDue)], cancellation);
}
