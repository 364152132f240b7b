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
            new("Schedule", dag => dag.Cron is null ? "by hand" : $"{dag.Cron} ({dag.TimeZone})"),
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
                ("Schedule", view.Cron is null ? "none: it runs when started" : $"{view.Cron} ({view.TimeZone}), catchup {view.Catchup}"),
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
        var id = Arguments.Dag();
        return new ClientCommand("pause", "Stops a DAG from starting runs; what runs goes on.", "pipelines dags pause orders_daily") { id, SharedOptions.Why() }.Runs(async session =>
        {
            var dag = session.Get(id);
            await session.Operations.PauseAsync(dag, session.By, session.Cancellation);
            session.Screen.Document(new { dag, paused = true });
            session.Screen.Say($"{dag} is paused: no ticks, queued runs or backfills of it start; what runs goes on. `pipelines dags resume {dag}` ends that.");
        });
    }

    private static ClientCommand Resume()
    {
        var id = Arguments.Dag();
        return new ClientCommand("resume", "Lets a paused DAG start runs again.", "pipelines dags resume orders_daily") { id, SharedOptions.Why() }.Runs(async session =>
        {
            await session.Operations.ResumeAsync(session.Get(id), session.By, session.Cancellation);
            var dag = await session.DagAsync(session.Get(id));
            session.Screen.Document(new { dag = dag.Spec.Id, paused = false, nextDue = dag.NextDue });
            session.Screen.Say($"{dag.Spec.Id} is active: {Follows(dag, await session.Console.NowAsync(session.Cancellation))}");
        });
    }

    private static string Follows(DagDetail dag, DateTimeOffset now) => (dag.Spec.Cron, dag.NextDue, dag.Spec.Catchup) switch
    {
        (null, _, _) => "it has no schedule and runs when started.",
        (_, null, _) => "no tick is to come.",
        (_, { } due, Catchup.All) when due <= now => $"every tick since {Text.Time(due)} gets its run, oldest first.",
        (_, { } due, Catchup.Latest) when due <= now => $"of the ticks since {Text.Time(due)} the latest gets its run.",
        (_, { } due, Catchup.None) when due <= now => $"the ticks since {Text.Time(due)} get no run; `pipelines backfill create` makes them.",
        (_, { } due, _) => $"its next run is due {Text.Time(due)}.",
    };

    private static ClientCommand Next()
    {
        var (id, count) = (Arguments.Dag(), Arguments.Count(5));
        return new ClientCommand("next", "Lists the next ticks of a DAG and the data each run stands for.", "pipelines dags next orders_daily --count 10") { id, count }
            .Runs(async session =>
            {
                var (dag, schedule) = await session.ScheduledDagAsync(session.Get(id), "it runs only when started");
                var now = Instant.FromDateTimeOffset(await session.Console.NowAsync(session.Cancellation));
                Ticks(session, schedule.Zone, Upcoming(schedule, now).Take(session.Get(count)), $"The schedule of '{dag.Spec.Id}' has ended ({dag.Spec.End}): no tick is to come.");
                if (dag.Paused)
                    session.Screen.Say($"The DAG is paused: these ticks start nothing until `pipelines dags resume {dag.Spec.Id}`.");
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
        new("Length", tick => Text.Span(tick.Hours * 3600)));

    public static IEnumerable<Tick> Upcoming(CronSchedule schedule, Instant after)
    {
        for (var tick = schedule.TickAfter(after); tick is { } next; tick = schedule.TickAfter(next.ScheduledFor))
            yield return next;
    }
}
