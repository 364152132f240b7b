using System.CommandLine;
using NodaTime;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Commands;

/// <summary>What says which dates a backfill is about.</summary>
internal sealed class RequestOptions
{
    public Argument<string> Dag { get; } = Arguments.Dag();

    public Option<string> From { get; } = new("--from") { Description = "The first day of data, in the DAG's zone.", HelpName = "DATE", Required = true };

    public Option<string> To { get; } = new("--to") { Description = "The last day of data, included.", HelpName = "DATE", Required = true };

    public Option<string> Existing { get; } = new("--existing")
    {
        Description = "Dates that have a run: missing leaves them alone, failed runs failed and cancelled ones again, all every one that has ended.",
        HelpName = "missing|failed|all", DefaultValueFactory = _ => "missing",
    };

    public Option<string[]> Tasks { get; } = new("--task")
    {
        Description = "Only this task; may be repeated. Others are skipped in new runs and stay as they are in runs that there are.", HelpName = "TASK",
    };

    public Option<bool> Downstream { get; } = new("--downstream") { Description = "With --task: everything below as well." };

    public Option<string> Version { get; } = Arguments.Version("current");

    public Option<string[]> Pairs { get; } = new("--arg") { Description = "An argument of the runs; may be repeated.", HelpName = "NAME=VALUE" };

    public Option<string?> Json { get; } = new("--arguments") { Description = "All arguments as a JSON object.", HelpName = "JSON" };

    public Option<int> MaxActive { get; } =
        Arguments.AtLeast(1, new Option<int>("--max-active") { Description = "Runs at once.", HelpName = "N", DefaultValueFactory = _ => 16 });

    public ClientCommand AddTo(ClientCommand command)
    {
        command.Add(Dag);
        command.Add(From);
        command.Add(To);
        foreach (var option in (Option[])[Existing, MaxActive, Tasks, Downstream, Version, Pairs, Json])
            command.Add(option);
        return command;
    }
}

/// <summary>A backfill that was asked for, and what it would do now, as a terminal shows it.</summary>
internal sealed record ShownBackfill(BackfillPreview Preview)
{
    // Where there are few, each date is shown with what happens to it and why.
    private const int DatesShown = 31;

    // More months than fit a screen are left to --output json.
    private const int MonthsShown = 60;

    public PlanView View => PlanView.Of(Preview) with { Tasks = Preview.Tasks, EstimatedSeconds = Preview.Estimate?.Likely };

    public DagDetail Dag => Preview.Dag;

    public BackfillPlan Plan => Preview.Plan;

    public NewBackfill Asked => Preview.Asked;

    public static async Task<ShownBackfill> LoadAsync(Session session, RequestOptions request, bool newestFirst = false)
    {
        var range = new BackfillRange(DateText.Day("--from", session.Get(request.From)!), DateText.Day("--to", session.Get(request.To)!));
        var (dag, _) = await session.ScheduledDagAsync(session.Get(request.Dag), "there are no dates to backfill. Start single runs with `pipelines runs start`");
        var asked = new NewBackfill(dag.Spec.Id, range.From, range.To, session.Get(request.Existing)!, newestFirst, session.Get(request.MaxActive), 0)
        {
            Tasks = session.Get(request.Tasks) is { Length: > 0 } tasks ? tasks : null, Downstream = session.Get(request.Downstream),
            Version = session.Get(request.Version)!, Arguments = RunCommands.ArgumentsOf(dag.Spec, session.Get(request.Pairs) ?? [], session.Get(request.Json)),
        };
        var now = Instant.FromDateTimeOffset(await session.Console.NowAsync(session.Cancellation));
        var custom = await session.Schedules.LoadAsync(ScheduleOf.IsCustom(dag.Spec) ? [dag.VersionId] : []);
        var ticks = BackfillPreview.Ticks(dag.Spec, custom(dag.VersionId), asked, now);
        return new ShownBackfill(await BackfillPreview.LoadAsync(session.Console, dag, asked, ticks, session.Cancellation));
    }

    public void Print(Screen screen)
    {
        var zone = Preview.Zone;
        screen.Say($"Backfill of {Dag.Spec.Id}, data from {Asked.From:uuuu-MM-dd} to {Asked.To:uuuu-MM-dd} ({zone.Id}): {Text.Count(Plan.Total, "run")}.");
        if (Plan.Dates.Count == 0)
        {
            screen.Say("No interval of the schedule lies in these days, or none has ended yet.");
            return;
        }

        screen.Facts(
            ("  created", $"{Plan.Create}"), ("  run again", $"{Plan.Again}"), ("  left alone", $"{Plan.Leave}"),
            ("  first", Plan.First is { } first ? $"data from {Text.Local(first.IntervalStart, zone)}, scheduled for {Text.Local(first.ScheduledFor, zone)}" : null),
            ("  last", Plan.Last is { } last ? $"data from {Text.Local(last.IntervalStart, zone)}, scheduled for {Text.Local(last.ScheduledFor, zone)}" : null));
        foreach (var reason in Plan.Dates.GroupBy(date => (date.Action, date.Why)).Where(reason => reason.Key.Action != BackfillAction.Create))
            screen.Say($"  {(reason.Key.Action == BackfillAction.Leave ? "left alone" : "run again")}: {Text.Count(reason.Count(), "date")}, because {reason.Key.Why}");
        if (Preview.Tasks is { } tasks)
            screen.Say($"  only the tasks {string.Join(", ", tasks)}: the others are skipped in new runs, and stay as they are in runs that there are");
        if (Preview.Estimate is { Likely: var seconds })
            screen.Say($"  about {Text.Span(seconds)} at {Asked.MaxActive} at once, by the median of the DAG's newest runs");
        if (Plan.Dates.Count <= DatesShown)
            screen.Table(
                Plan.Dates,
                new("Data from", date => Text.Local(date.Tick.IntervalStart, zone)),
                new("What", date => date.Action switch { BackfillAction.Create => "created", BackfillAction.Again => "run again", _ => "left alone" }), new("Because", date => date.Why, Wraps: true));
        var months = Plan.Months(zone).ToList();
        if (months.Count < 2)
            return;
        screen.Say("");
        screen.Table(
            months.Take(MonthsShown).ToList(),
            new("Month", month => $"{month.Month:uuuu-MM}"), new("Created", month => Count(month.Create)), new("Run again", month => Count(month.Again)),
            new("Left alone", month => Count(month.Leave)));
        if (months.Count > MonthsShown)
            screen.Say($"and {Text.Count(months.Count - MonthsShown, "more month")}; --output json has every date");
    }

    private static string Count(int n) => n == 0 ? "" : $"{n}";
}
