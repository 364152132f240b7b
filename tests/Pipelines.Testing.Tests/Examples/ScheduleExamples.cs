namespace Pipelines.Testing.Tests.Examples;

/// <summary>When runs are made.</summary>
public sealed class ScheduleExamples
{
    private static readonly DateOnly[] Holidays = [new(2026, 1, 1)];

    [Fact]
    public Task Schedules() => Example.SucceedAsync(
        dag => dag.Schedule(Schedule.Cron("0 7 * * MON-FRI", "0 10 * * SAT")),
        dag => dag.Schedule(Schedule.Cron("0 9-17 * * MON-FRI", "@daily")),
        dag => dag.Schedule(Schedule.Every(TimeSpan.FromMinutes(15))),
        dag => dag.Schedule(Schedule.Every(TimeSpan.FromMinutes(90), anchor: "2026-01-01T06:00")),
        dag => dag.Schedule(Schedule.Once("2026-07-01T06:00")),
        dag => dag.Schedule(Schedule.Continuous(minGap: TimeSpan.FromSeconds(30))),
        dag => dag.Schedule(Schedule.At("2026-03-31", "2026-06-30T18:00", "2026-09-30T18:00Z")),
        dag =>
        {
            dag.Schedule(Schedule.Cron("@daily"));
            dag.Jitter(TimeSpan.FromMinutes(10));
            dag.AutoPause(after: 3);
        });

    [Fact]
    public async Task A_schedule_of_its_own()
    {
        var tick = DateTimeOffset.MinValue;
        var run = await Example.RunAsync(dag =>
        {
            var holidays = Holidays;
            dag.Schedule(new BusinessDays(hour: 6, holidays));
            dag.Task("note", context => { tick = context.ScheduledFor; });
        });
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal((6, DayOfWeek.Monday), (tick.Hour, tick.DayOfWeek));
        await Example.SucceedAsync(dag => dag.Schedule(new BusinessDays(hour: 6, new DateOnly(2026, 12, 25))));
    }

    public sealed class BusinessDays(int hour, params DateOnly[] holidays) : ISchedule
    {
        public DateTimeOffset? Next(DateTimeOffset after)
        {
            var tick = new DateTimeOffset(after.UtcDateTime.Date.AddHours(hour), TimeSpan.Zero);
            while (tick <= after || tick.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday || holidays.Contains(DateOnly.FromDateTime(tick.Date)))
                tick = tick.AddDays(1);
            return tick;
        }
    }
}
