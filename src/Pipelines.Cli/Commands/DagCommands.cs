using System.CommandLine;
using NodaTime;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Commands;

/// <summary>dags: what is loaded, and when it runs.</summary>
internal static class DagCommands
{
    public static Command All() => new("dags", "The DAGs that are loaded.") { List(), Show(), Errors(), Pause(), Resume(), Next(), DagTestCommand.Test() };

    private static ClientCommand List() => new ClientCommand("list", "Lists the DAGs with their schedules and latest runs.", "pipelines dags list")
        .Runs(async session => session.Screen.List(
            [.. (await session.Console.DagsAsync(session.Cancellation)).Select(DagRowView.Of)],
            "No DAG is loaded. Drop an assembly into the DAG folder; `pipelines dags errors` says what could not be loaded.",
            new("Dag", dag => dag.Dag),
            new("Schedule", dag => dag.Schedule),
            new("State", dag => dag.Retired ? "retired" : dag.Paused ? "paused" : "active", dag => dag.Retired ? "grey" : dag.Paused ? "yellow" : "green"),
            new("Next", dag => dag.Paused || dag.Retired ? "" : Text.Brief(dag.NextDue)),
            new("Tasks", dag => $"{dag.Tasks}"),
            new("Latest run", dag => dag.Recent is [.., var run] ? $"{run.Run} {run.State}" : "none"),
            new("About", dag => dag.Description, Wraps: true)));

    private static ClientCommand Show()
    {
        var id = Arguments.Dag();
        return new ClientCommand("show", "Shows a DAG: its schedule, tasks and what happened to it lately.", "pipelines dags show orders_daily") { id }.Runs(async session =>
        {
            var dag = await session.DagAsync(session.Get(id));
            var view = DagView.Of(dag);
            session.Screen.Document(view);
            session.Screen.Facts(
                ("DAG", view.Dag), ("Description", view.Description),
                ("Schedule", ScheduleOf.Named(dag.Spec) is null ? "by hand" : $"{view.Schedule}, catchup {view.Catchup}"),
                ("Made later", view.RunsMadeLaterSeconds is { } later ? $"by {Text.Span(later)}, of a jitter up to {Text.Span(view.JitterSeconds)}" : null),
                ("Pauses itself", view.AutoPauseAfter is { } failed ? $"after {Text.Count(failed, "failed scheduled run")}{(failed == 1 ? "" : " in a row")}" : null),
                ("Data", view.Start is null && view.End is null ? null : $"from {view.Start ?? "ever"} to {view.End ?? "ever"}"),
                ("State", view.RetiredAt is not null ? $"retired {Text.Time(view.RetiredAt)}" : view.Paused ? "paused" : "active"),
                ("Next", view.Paused || view.RetiredAt is not null ? null : Text.Time(view.NextDue)), ("Runs at once", $"{view.MaxActiveRuns}"),
                ("A run ends", view.RunTimeoutSeconds is null && !view.FailFast ? null
                    : string.Join(", ", new[] { view.RunTimeoutSeconds is { } s ? $"after {Text.Span(s)} at the latest" : null, view.FailFast ? "with the first failure" : null }.OfType<string>())),
                ("Version", $"{view.Version} ({view.Hash[..Math.Min(12, view.Hash.Length)]}), loaded {Text.Time(view.LoadedAt)} from {view.Source}"));
            session.Screen.Say("");
            session.Screen.Table(
                view.Tasks,
                new("Task", task => task.Mapped ? $"{task.Task}[]" : task.Task), new("After", task => string.Join(", ", task.Upstreams) + (task.Waits.Count == 0 ? "" : $" and {Text.Count(task.Waits.Count, "task")} below")),
                new("Runs when", task => task.Role == "task" ? task.TriggerRule : task.Role), new("Mapped over", task => task.Over), new("Retries", task => $"{task.Retries}"), new("Pool", task => task.Pool), new("Queue", task => task.Queue));
            session.Screen.Say("");
            session.Screen.Table(view.Events, new("At", e => Text.Time(e.At)), new("Who", e => e.Actor), new("What", e => e.Why, Wraps: true));
        });
    }

    private static ClientCommand Errors() => new ClientCommand("errors", "Lists what could not be loaded, why, and how to fix it.", "pipelines dags errors")
        .Runs(async session => session.Screen.List(
            [.. (await session.Console.ImportErrorsAsync(session.Cancellation)).Select(error => new { error.Source, Dag = error.DagId, error.File, error.What, error.Fix })],
            "Everything is loaded.",
            new("File", error => error.File), new("Dag", error => error.Dag), new("What", error => error.What, Wraps: true),
            new("Fix", error => error.Fix, Wraps: true), new("Source", error => error.Source, Wraps: true)));

    private static ClientCommand Pause()
    {
        var (id, dryRun) = (Arguments.Dag(), DryRun());
        return new ClientCommand("pause", "Stops a DAG from starting runs; what runs goes on. Says first what a resume would make.", "pipelines dags pause orders_daily") { id, dryRun, SharedOptions.Why() }.Runs(async session =>
        {
            var dag = await session.DagAsync(session.Get(id));
            var preview = await PausePreview.LoadAsync(session, dag.Spec.Id);
            session.Screen.Say(preview.Next is { } next && preview.Missed == 0
                ? $"While {dag.Spec.Id} is paused no run of it is made: the next would be due {Text.Time(next.ToDateTimeOffset())}. {AfterPause(dag.Spec)}"
                : $"Resumed at once: {preview.OnResume()}");
            if (!session.Get(dryRun))
                await session.Operations.PauseAsync(dag.Spec.Id, session.By, session.Cancellation);
            session.Screen.Document(new { dag = dag.Spec.Id, paused = dag.Paused || !session.Get(dryRun), dryRun = session.Get(dryRun), resume = preview.View });
            session.Screen.Say(session.Get(dryRun) ? "Nothing was changed." :
                $"{dag.Spec.Id} is paused: no ticks, queued runs or backfills of it start; what runs goes on. `pipelines dags resume {dag.Spec.Id}` ends that.");
        });
    }

    private static string AfterPause(DagSpec dag) => (ScheduleOf.Named(dag)?.Kind, dag.Catchup) switch
    {
        (ScheduleKind.Once, _) => "When it is resumed after that, its run is made at once.",
        (_, Catchup.All) => "By Catchup.All a resume makes a run for every tick that passes until then, oldest first.",
        (_, Catchup.None) => "By Catchup.None a resume makes no run for ticks that pass until then; a backfill does.",
        _ => "By Catchup.Latest a resume makes one run for the ticks that pass until then, for the latest.",
    };

    private static ClientCommand Resume()
    {
        var (id, dryRun) = (Arguments.Dag(), DryRun());
        return new ClientCommand("resume", "Lets a paused DAG start runs again. Says first what it makes.", "pipelines dags resume orders_daily --dry-run") { id, dryRun, SharedOptions.Why() }.Runs(async session =>
        {
            var dag = await session.DagAsync(session.Get(id));
            var preview = await PausePreview.LoadAsync(session, dag.Spec.Id);
            if (!session.Get(dryRun))
                await session.Operations.ResumeAsync(dag.Spec.Id, session.By, session.Cancellation);
            session.Screen.Document(new { dag = dag.Spec.Id, paused = dag.Paused && session.Get(dryRun), nextDue = dag.NextDue, dryRun = session.Get(dryRun), resume = preview.View });
            session.Screen.Say(session.Get(dryRun)
                ? $"If {dag.Spec.Id} {(dag.Paused ? "is resumed now" : "goes on")}: {preview.OnResume()} Nothing was changed."
                : $"{dag.Spec.Id} is active: {preview.OnResume()}");
        });
    }

    private static Option<bool> DryRun() => new("--dry-run") { Description = "Only say what would be made." };

    private static ClientCommand Next()
    {
        var (id, count) = (Arguments.Dag(), Arguments.Count(5));
        var from = new Option<string?>("--from") { Description = "The moment after which to look, in the DAG's zone; default: now.", HelpName = "MOMENT" };
        return new ClientCommand("next", "Lists the next ticks of a DAG and the data each run stands for.", "pipelines dags next orders_daily --from 2026-03-28 --count 10") { id, count, from }
            .Runs(async session =>
            {
                var dag = await session.DagAsync(session.Get(id));
                if (ScheduleOf.Named(dag.Spec) is { Kind: ScheduleKind.Once or ScheduleKind.Continuous })
                {
                    var preview = await PausePreview.LoadAsync(session, dag.Spec.Id);
                    session.Screen.Document(new { dag = dag.Spec.Id, schedule = SchedulePhrase.Of(dag.Spec), resume = preview.View });
                    session.Screen.Say($"{dag.Spec.Id} runs {SchedulePhrase.Of(dag.Spec)}: {preview.OnResume()}");
                }
                else
                {
                    var (_, schedule) = await session.ScheduledDagAsync(dag.Spec.Id, "it runs only when started");
                    var after = session.Get(from) is { } given ? DateText.Moment("--from", given, schedule.Zone)
                        : Instant.FromDateTimeOffset(await session.Console.NowAsync(session.Cancellation));
                    Ticks(session, schedule.Zone, Upcoming(schedule, after).Take(session.Get(count)),
                        dag.Spec.End is null ? $"The schedule of '{dag.Spec.Id}' has no further tick." : $"The schedule of '{dag.Spec.Id}' has ended ({dag.Spec.End}): no tick is to come.");
                    if (dag.Spec.Jitter is { } jitter)
                        session.Screen.Say($"Its runs are made {Text.Span(Jitter.Of(dag.Spec).TotalSeconds)} later, by its jitter of up to {Text.Span(jitter.TotalSeconds)}.");
                }

                if (dag.Paused)
                    session.Screen.Say($"The DAG is paused: nothing starts until `pipelines dags resume {dag.Spec.Id}`.");
            });
    }

    /// <summary>Ticks as a list, in the zone and in UTC.</summary>
    public static void Ticks(Session session, DateTimeZone zone, IEnumerable<Tick> ticks, string empty) => session.Screen.List(
        [.. ticks.Select(tick => TickView.Of(tick, zone))],
        empty,
        new($"Scheduled for ({zone.Id})", tick => tick.Local),
        new("UTC", tick => Text.Utc(Instant.FromDateTimeOffset(tick.ScheduledFor))),
        new("Data from", tick => Text.Local(Instant.FromDateTimeOffset(tick.IntervalStart), zone)),
        new("Data to", tick => Text.Local(Instant.FromDateTimeOffset(tick.IntervalEnd), zone)),
        new("Length", tick => Text.Span(tick.Hours * 3600)),
        new("Clocks", tick => tick.Note, Wraps: true));

    public static IEnumerable<Tick> Upcoming(DagSchedule schedule, Instant after)
    {
        for (var tick = schedule.TickAfter(after); tick is { } next; tick = schedule.TickAfter(next.ScheduledFor))
            yield return next;
    }
}
