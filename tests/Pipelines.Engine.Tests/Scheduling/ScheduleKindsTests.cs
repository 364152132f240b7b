using NodaTime;
using NodaTime.Text;
using Pipelines.Engine.Scheduling;
using static Pipelines.Engine.Tests.Vectors.Instants;

namespace Pipelines.Engine.Tests.Scheduling;

public sealed class ScheduleKindsTests
{
    [Theory]
    // The anchor that is given, else the Start, else 1970.
    [InlineData("2026-01-01T06:00", "2025-12-31", "2026-03-01T00:00Z", "2026-03-01T01:30Z 2026-03-01T03:00Z")]
    [InlineData(null, "2026-01-01T00:10", "2026-03-01T00:00Z", "2026-03-01T00:10Z 2026-03-01T01:40Z")]
    [InlineData(null, null, "2026-03-01T00:00Z", "2026-03-01T01:30Z 2026-03-01T03:00Z")]
    // The anchor may lie ahead: the grid goes both ways.
    [InlineData("2030-01-01T00:05", null, "2026-03-01T00:00Z", "2026-03-01T00:05Z 2026-03-01T01:35Z")]
    public void Every_counts_from_its_anchor_in_absolute_time(string? anchor, string? start, string after, string ticks)
    {
        var schedule = Kinds.Read(Schedule.Every(TimeSpan.FromMinutes(90), anchor), "UTC", start);
        Assert.Equal(ticks, Show(schedule.Ticks(At(after) + Duration.Epsilon, At(after) + Duration.FromHours(24)).Take(2)));
    }

    [Fact]
    public void Every_24_hours_keeps_its_moment_when_the_clocks_change()
    {
        var schedule = Kinds.Read(Schedule.Every(TimeSpan.FromDays(1), "2026-03-27T06:00"), "Europe/Kyiv");
        Assert.All(schedule.Ticks(At("2026-03-27T00:00Z"), At("2026-04-03T00:00Z")), tick => Assert.Equal(Duration.FromHours(24), tick.IntervalEnd - tick.IntervalStart));
        Assert.Equal("2026-03-30T04:00Z", Show(schedule.TickAfter(At("2026-03-29T12:00Z"))));
    }

    [Fact]
    public void Several_crons_are_one_union_with_intervals_from_tick_to_tick()
    {
        var schedule = Kinds.Read(Schedule.Cron("0 6 * * *", "0 6,18 * * *", "@daily"));
        var ticks = schedule.Ticks(At("2026-01-02T00:00Z"), At("2026-01-03T00:00Z")).ToList();
        Assert.Equal("2026-01-02T00:00Z 2026-01-02T06:00Z 2026-01-02T18:00Z", Show(ticks));
        Assert.Equal([6, 6, 12], ticks.Select(tick => (int)(tick.IntervalEnd - tick.IntervalStart).TotalHours));
        Assert.Equal("2026-01-01T18:00Z", Show(schedule.TickBefore(At("2026-01-02T00:00Z"))));
    }

    [Fact]
    public void At_makes_a_run_for_each_instant_and_the_first_ones_data_begins_at_the_Start()
    {
        var quarters = Schedule.At("2026-03-31", "2026-06-30T18:00", "2026-09-30T18:00Z");
        Assert.Equal("2026-03-31T00:00Z 2026-06-30T18:00Z 2026-09-30T18:00Z", All(Kinds.Read(quarters, start: "2026-01-01")));
        Assert.Equal(At("2026-01-01T00:00Z"), Kinds.Read(quarters, start: "2026-01-01").TickAfter(At("2026-02-01T00:00Z"))!.Value.IntervalStart);
        Assert.Equal("2026-06-30T18:00Z 2026-09-30T18:00Z", All(Kinds.Read(quarters)));
        Assert.Equal("2026-03-31T00:00Z 2026-06-30T18:00Z", All(Kinds.Read(quarters, start: "2026-01-01", end: "2026-07-01")));
        Assert.Equal("2026-03-31T04:00Z", Show(Kinds.Read(quarters, "America/New_York", "2026-01-01").TickAfter(At("2026-01-01T05:00Z"))));
        Assert.Null(Kinds.Read(quarters).TickAfter(At("2026-10-01T00:00Z")));
    }

    [Theory]
    [InlineData("0 7 * * MON-FRI", "Europe/Kyiv")]
    [InlineData("*/15 * * * *", "America/New_York")]
    [InlineData("30 2 * * *", "America/New_York")]
    [InlineData("0 0 29 2 *", "UTC")]
    [InlineData("* * * * * *", "UTC")]
    public void A_schedule_of_ones_own_is_found_backwards_from_Next_alone(string cron, string zoneId)
    {
        var zone = DateTimeZoneProviders.Tzdb[zoneId];
        var (own, known) = (Kinds.Read(Kinds.Custom, zoneId, custom: new OwnCron(cron, zone)), DagSchedule.Cron(cron, zoneId, null, null));
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var at = At("2000-01-01T00:00Z") + Duration.FromSeconds(random.NextInt64(40L * 366 * 86_400)) + Duration.FromNanoseconds(random.Next(3));
            Assert.Equal((known.TickBefore(at), known.TickAfter(at)), (own.TickBefore(at), own.TickAfter(at)));
        }
    }

    [Fact]
    public void Quarterly_is_a_macro() => Assert.Equal(
        "2026-04-01T00:00Z 2026-07-01T00:00Z", Show(DagSchedule.Cron("@quarterly", "UTC", null, null).Ticks(At("2026-01-02T00:00Z"), At("2026-09-01T00:00Z"))));

    [Theory]
    [MemberData(nameof(Phrases))]
    public void One_phrase_says_it(ScheduleSpec? schedule, string phrase) => Assert.Equal(phrase, SchedulePhrase.Of(Kinds.Spec(schedule, "Europe/Kyiv")));

    public static TheoryData<ScheduleSpec?, string> Phrases() => new()
    {
        { null, "by hand" },
        { Schedule.Cron("@daily"), "@daily (Europe/Kyiv)" },
        { Schedule.Cron("@daily", "0 6 * * *"), "@daily and 0 6 * * * (Europe/Kyiv)" },
        { Schedule.Every(TimeSpan.FromMinutes(90)), "every 1 h 30 min" },
        { Schedule.Every(TimeSpan.FromDays(1), "2026-01-01"), "every 1 day from 2026-01-01 (Europe/Kyiv)" },
        { Schedule.At("2026-01-01", "2026-02-01", "2026-03-01"), "at 3 instants, 2026-01-01 to 2026-03-01 (Europe/Kyiv)" },
        { Schedule.Once(), "once, when first seen" },
        { Schedule.Once("2026-01-01"), "once, at 2026-01-01 (Europe/Kyiv)" },
        { Schedule.Continuous(TimeSpan.FromSeconds(30)), "continuously, 30 s between runs" },
        { Kinds.Custom, "custom: Test.Own (Europe/Kyiv)" },
    };

    [Fact]
    public void Jitter_is_fixed_for_a_DAG_and_spreads_DAGs_evenly()
    {
        var spec = Kinds.Spec(Schedule.Cron("@daily")) with { Jitter = TimeSpan.FromMinutes(10) };
        var offsets = Enumerable.Range(0, 1000).Select(i => Jitter.Of(spec with { Id = $"dag_{i}" })).ToList();
        Assert.All(offsets, offset => Assert.True(offset >= Duration.Zero && offset < Duration.FromMinutes(10)));
        Assert.InRange(offsets.Average(offset => offset.TotalMinutes), 4.5, 5.5);
        Assert.Equal(offsets[7], Jitter.Of(spec with { Id = "dag_7" }));
        Assert.Equal(Duration.Zero, Jitter.Of(spec with { Schedule = Schedule.Continuous(TimeSpan.Zero) }));
    }

    [Fact]
    public void A_graph_without_a_schedule_keeps_its_bytes_and_one_with_any_comes_back_from_JSON()
    {
        Assert.DoesNotContain("chedule", SpecJson.Write(Kinds.Spec(null)), StringComparison.Ordinal);
        Assert.Equal("@daily UTC ..", ScheduleOf.Key(Kinds.Spec(null) with { Cron = "@daily" }, "b"));
        foreach (var (schedule, phrase) in Phrases().Select(row => ((ScheduleSpec?)row[0], (string)row[1])).Where(row => row.Item1 is not null))
            Assert.Equal(phrase, SchedulePhrase.Of(SpecJson.Read(SpecJson.Write(Kinds.Spec(schedule, "Europe/Kyiv")))));
    }

    private static string All(DagSchedule schedule) => Show(schedule.Ticks(Instant.MinValue, Instant.MaxValue));

    private static string Show(Tick? tick) => Show(tick is { } one ? [one] : []);

    private static string Show(IEnumerable<Tick> ticks) => string.Join(
        ' ', ticks.Select(tick => InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm'Z'").Format(tick.ScheduledFor)));
}
