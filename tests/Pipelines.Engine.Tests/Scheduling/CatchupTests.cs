using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using static Pipelines.Engine.Tests.Vectors.Instants;

namespace Pipelines.Engine.Tests.Scheduling;

/// <summary>
/// With Catchup.All it makes no difference when a scheduler looks: looks at random moments, in batches of any size and through changes of the schedule, make what one
/// look at the end makes, and that is what the schedules name. The seed is in the message of what fails.
/// </summary>
public sealed class CatchupTests
{
    private static readonly Instant Begin = At("2026-03-20T00:00Z");

    [Fact]
    public void Looking_at_random_moments_makes_the_runs_of_one_look_at_the_end()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var zones = DateTimeZoneProviders.Tzdb.Ids;
            var zone = zones[random.Next(zones.Count)];
            // Some schedules in force one after the other, each from its own moment on.
            var changes = Enumerable.Range(0, random.Next(4)).Select(_ => Begin + Duration.FromSeconds(random.Next(20 * 86_400))).Order().Distinct().ToList();
            var specs = Enumerable.Range(0, changes.Count + 1).Select(_ => Some(random, zone)).ToList();
            var end = Begin + Duration.FromDays(25);

            var looks = Enumerable.Range(0, random.Next(1, 60)).Select(_ => Begin + Duration.FromSeconds(random.Next(1, 25 * 86_400))).Append(end).Order().Distinct();
            var often = Make(specs, changes, looks, random.Next(1, 40));
            var once = Make(specs, changes, [end], 100_000);
            Assert.True(once.SequenceEqual(often), $"seed {seed} in {zone}: {string.Join(" | ", specs.Select(SchedulePhrase.Of))}\n once {Show(once)}\noften {Show(often)}");
            Assert.True(Named(specs, changes, end).SequenceEqual(once.Select(run => run.ScheduledFor)), $"seed {seed}: not what the schedules name");
            Assert.Equal(once.Count, once.Select(run => run.ScheduledFor).Distinct().Count());
        }
    }

    private static DagSpec Some(Random random, string zone) => Kinds.Spec(
        random.Next(6) switch
        {
            0 => Schedule.Cron("0 */5 * * *"),
            1 => Schedule.Cron("30 2 * * *", "@daily"),
            2 => Schedule.Every(TimeSpan.FromMinutes(random.Next(1, 2000))),
            3 => Schedule.At("2026-03-22", "2026-03-29T01:30", "2026-04-01T12:00:01", "2026-04-05"),
            4 => Kinds.Custom,
            _ => null,
        },
        zone) with { Jitter = random.Next(3) == 0 ? TimeSpan.FromHours(1) : null };

    /// <summary>What a store and its schedulers would do, with a table of one row.</summary>
    private static List<PlannedRun> Make(List<DagSpec> specs, List<Instant> changes, IEnumerable<Instant> looks, int batch)
    {
        var made = new List<PlannedRun>();
        Instant? handled = Begin;
        foreach (var now in looks)
        {
            var at = changes.Count(change => change <= now);
            bool more;
            do
            {
                var past = Enumerable.Range(0, at).Select(i => new PastSchedule(i, specs[i], i == 0 ? Begin : changes[i - 1], changes[i]))
                    .Where(p => p.Until > handled).ToArray();
                // The delay of the last schedule holds for all that is not decided, so it is taken out of the clock here.
                var due = Kinds.Due(specs[at], handled, now + Jitter.Of(specs[at]), at == 0 ? Begin : changes[at - 1], past) with { VersionId = at };
                var plan = RunPlan.Decide(due, _ => new OwnCron("15 7,19 * * MON-FRI", DateTimeZone.Utc), batch);
                made.AddRange(plan.Create);
                handled = plan.HandledThrough;
                more = plan.NextDue <= due.Now;
            }
            while (more);
        }

        return made;
    }

    private static IEnumerable<Instant> Named(List<DagSpec> specs, List<Instant> changes, Instant end) => specs.SelectMany((spec, i) =>
        ScheduleOf.Spec(spec, new OwnCron("15 7,19 * * MON-FRI", DateTimeZone.Utc))
            ?.Ticks((i == 0 ? Begin : changes[i - 1]) + Duration.Epsilon, (i == changes.Count ? end : changes[i]) + Duration.Epsilon)
            .Select(tick => tick.ScheduledFor) ?? []);

    private static string Show(IEnumerable<PlannedRun> runs) => string.Join(' ', runs.Select(run => run.ScheduledFor));
}
