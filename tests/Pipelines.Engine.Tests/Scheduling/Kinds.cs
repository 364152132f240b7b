using NodaTime;
using Pipelines.Engine.Cron;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Engine.Tests.Scheduling;

/// <summary>Short ways to graphs with schedules.</summary>
internal static class Kinds
{
    public static DagSpec Spec(ScheduleSpec? schedule, string zone = "UTC", string? start = null, string? end = null, Catchup catchup = Catchup.All) => new()
    {
        Id = "d", Type = "Test.Dag", Schedule = schedule, TimeZone = zone, Start = start, End = end, Catchup = catchup, MaxActiveRuns = 1,
        Tasks = [new TaskSpec { Id = "only" }],
    };

    public static DagSchedule Read(ScheduleSpec schedule, string zone = "UTC", string? start = null, string? end = null, ISchedule? custom = null) =>
        ScheduleOf.Spec(Spec(schedule, zone, start, end), custom)!;

    public static ScheduleSpec Custom { get; } = new() { Kind = ScheduleKind.Custom, Type = "Test.Own" };

    public static DueDag Due(DagSpec spec, Instant? last, Instant now, Instant since, params PastSchedule[] past) =>
        new(1, spec, ScheduleOf.Key(spec, "bundle"), last, now, now) { VersionId = 9, Since = since, Past = past };
}

/// <summary>A team's own schedule that is a cron expression in disguise, so that its answers are known in both directions.</summary>
internal sealed class OwnCron(string cron, DateTimeZone zone) : ISchedule
{
    private readonly CronExpression _cron = CronExpression.Parse(cron);

    public DateTimeOffset? Next(DateTimeOffset after) => _cron.Next(Instant.FromDateTimeOffset(after), zone)?.ToDateTimeOffset();
}

/// <summary>A schedule made of a lambda.</summary>
internal sealed class Own(Func<DateTimeOffset, DateTimeOffset?> next) : ISchedule
{
    public DateTimeOffset? Next(DateTimeOffset after) => next(after);
}
