using System.CommandLine;
using NodaTime;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Commands;

/// <summary>cron: schedules without a store.</summary>
internal static class CronCommands
{
    public static Command All() => new("cron", "Cron expressions, without any DAG or database.") { Next() };

    private static ClientCommand Next()
    {
        var expression = new Argument<string>("expression") { Description = "The cron expression, in quotes.", HelpName = "EXPR" };
        var zoneId = new Option<string>("--zone") { Description = "The IANA time zone whose clock it reads.", HelpName = "IANA", DefaultValueFactory = _ => "UTC" };
        var count = Arguments.Count(5);
        var from = new Option<string?>("--from") { Description = "The moment after which to look; default: now.", HelpName = "INSTANT" };
        return new ClientCommand("next", "Lists the next ticks of a cron expression and the data each stands for.", "pipelines cron next '0 2 * * MON-FRI' --zone Europe/Kyiv")
        {
            expression, zoneId, count, from,
        }.Runs(session =>
        {
            var schedule = DagSchedule.Cron(session.Get(expression), session.Get(zoneId)!, null, null);
            var after = session.Get(from) is { } given ? DateText.Moment("--from", given, schedule.Zone) : SystemClock.Instance.GetCurrentInstant();
            DagCommands.Ticks(session, schedule.Zone, DagCommands.Upcoming(schedule, after).Take(session.Get(count)), "No tick is to come.");
            return Task.CompletedTask;
        });
    }
}
