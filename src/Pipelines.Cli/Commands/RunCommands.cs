using System.CommandLine;
using System.Text.Json.Nodes;
using NodaTime;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Commands;

/// <summary>runs: starting, watching and cancelling DAG runs.</summary>
internal static class RunCommands
{
    private static readonly char[] States = ['q', 'r', 's', 'f', 'c'];

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(300);

    public static Command All() => new("runs", "The runs of DAGs.") 
    {
        Start(), List(), Show(), History(), Cancel(), RunControlCommands.Clear(), RunControlCommands.Mark(), RunRerunCommand.Make(), RunForkCommand.Make(), RunUpgradeCommand.Make(),
        RunControlCommands.Note(), RunControlCommands.Delete(), SignalCommands.Send(), SignalCommands.List(), RunControlCommands.Undo(),
    };

    private static ClientCommand Start()
    {
        var id = Arguments.Dag();
        var pairs = new Option<string[]>("--arg") { Description = "An argument of the run; may be repeated.", HelpName = "NAME=VALUE" };
        var json = new Option<string?>("--arguments") { Description = "All arguments as a JSON object.", HelpName = "JSON" };
        var start = new Option<string?>("--interval-start") { Description = "Start of the data; default: the last complete interval of the schedule.", HelpName = "MOMENT" };
        var end = new Option<string?>("--interval-end") { Description = "End of the data, exclusive.", HelpName = "MOMENT" };
        var key = new Option<string?>("--key") { Description = "Your own name for the run: if the DAG has one of that key, nothing is made and that is the answer.", HelpName = "TEXT" };
        var priority = new Option<int?>("--priority") { Description = "Its tasks go before ready tasks of lower priority by so much more; -100 to 100, default 0.", HelpName = "N" };
        var note = new Option<string?>("--note") { Description = "A note on the run.", HelpName = "TEXT" };
        var (signal, data) = (SignalCommands.WithStart(), SignalCommands.Data());
        var wait = new Option<bool>("--wait") { Description = "Wait for its end; exit code 0 only if it succeeded." };
        return new ClientCommand("start", "Starts a run by hand.", "pipelines runs start orders_daily --arg days=3 --wait") { id, pairs, json, start, end, key, priority, note, signal, data, wait, SharedOptions.Why() }
            .Runs(async session =>
            {
                var dag = await session.DagAsync(session.Get(id));
                var arguments = ArgumentsOf(dag.Spec, session.Get(pairs) ?? [], session.Get(json));
                var interval = IntervalOf(dag.Spec, session.Get(start), session.Get(end)) ?? await LastCompleteAsync(session, dag);
                var started = await session.Operations.StartRunAsync(
                    new NewRun(dag.Spec.Id) { Interval = interval, Arguments = arguments, Key = session.Get(key), Priority = session.Get(priority) ?? 0, Note = session.Get(note), Signal = SignalCommands.Of(session.Get(signal), session.Get(data)), TraceParent = Environment.GetEnvironmentVariable("TRACEPARENT") }, session.By, session.Cancellation);
                var run = started.RunId;
                if (!session.Get(wait))
                {
                    session.Screen.Document(RunView.Of((await session.RunAsync(run)).Run));
                    session.Screen.Say(!started.IsNew ? $"Run {run} of {dag.Spec.Id} has this key already; none was made. `pipelines runs show {run}` shows it." : $"Run {run} of {dag.Spec.Id} is queued. `pipelines runs show {run}` shows it."
                        + (dag.Paused ? $" The DAG is paused: it starts after `pipelines dags resume {dag.Spec.Id}`." : ""));
                    return 0;
                }

                session.Screen.Say($"Run {run} of {dag.Spec.Id} {(started.IsNew ? "is queued" : "has this key already; none was made")}.");
                if (dag.Paused)
                    await session.Remarks.WriteLineAsync($"The DAG is paused: the run starts after `pipelines dags resume {dag.Spec.Id}`.");
                return await WaitAsync(session, run);
            });
    }

    private static async Task<int> WaitAsync(Session session, long runId)
    {
        var last = 'q';
        while (true)
        {
            var detail = await session.RunAsync(runId);
            var run = detail.Run;
            if (RunState.Ended(run.State))
            {
                session.Screen.Document(RunDetailView.Of(detail, await session.Console.LineageAsync(runId, session.Cancellation)));
                session.Screen.Say($"Run {runId} {RunState.Word(run.State)} after {Text.Span(Text.SecondsBetween(run.StartedAt ?? run.CreatedAt, run.FinishedAt))}.");
                foreach (var task in detail.Instances.Where(instance => instance.State == TaskState.Failed))
                    session.Screen.Say($"  {Text.Instance(task.TaskId, task.Key.MapIndex)} failed: pipelines tasks why {runId} {task.TaskId}{Arguments.MapText(task.Key.MapIndex)}");
                return run.State == 's' ? 0 : 1;
            }

            if (run.State != last)
                session.Screen.Say($"Run {runId} is {RunState.Word(last = run.State)}.");
            await Task.Delay(Poll, session.Cancellation);
        }
    }

    internal static string? ArgumentsOf(DagSpec spec, string[] pairs, string? json)
    {
        if (pairs.Length == 0)
            return json;
        if (json is not null)
            throw new CommandException("give the arguments with --arg or with --arguments, not with both");
        var fields = new JsonObject();
        foreach (var pair in pairs)
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
                throw new CommandException($"--arg '{pair}' is not NAME=VALUE; write for example --arg days=3");
            fields[pair[..at]] = RunArguments.FromText(spec.Arguments, pair[..at], pair[(at + 1)..]);
        }

        return fields.ToJsonString();
    }

    /// <summary>Of a schedule that is code of the DAG's assembly, which only this process can run; of others the store finds it.</summary>
    private static async Task<Interval?> LastCompleteAsync(Session session, DagDetail dag)
    {
        if (!ScheduleOf.IsCustom(dag.Spec))
            return null;
        var now = Instant.FromDateTimeOffset(await session.Console.NowAsync(session.Cancellation));
        return (await session.ScheduleAsync(dag)).TickBefore(now + Duration.Epsilon) is { } tick
            ? new Interval(tick.IntervalStart.ToDateTimeOffset(), tick.IntervalEnd.ToDateTimeOffset())
            : throw new CommandException($"the DAG '{dag.Spec.Id}' has no complete interval yet. Give one with --interval-start and --interval-end");
    }

    private static Interval? IntervalOf(DagSpec spec, string? start, string? end)
    {
        if (start is null && end is null)
            return null;
        if (start is null || end is null)
            throw new CommandException("--interval-start and --interval-end belong together; give both");
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(spec.TimeZone) ?? DateTimeZone.Utc;
        var (from, to) = (DateText.Moment("--interval-start", start, zone), DateText.Moment("--interval-end", end, zone));
        return from < to
            ? new Interval(from.ToDateTimeOffset(), to.ToDateTimeOffset())
            : throw new CommandException($"--interval-start {start} is not before --interval-end {end}; exchange them");
    }

    private static ClientCommand List()
    {
        var id = new Option<string?>("--dag") { Description = "Only runs of this DAG.", HelpName = "DAG" };
        var state = new Option<string?>("--state") { Description = "Only runs in this state: queued, running, succeeded, failed or cancelled.", HelpName = "STATE" };
        var limit = Arguments.Limit(20, "runs");
        return new ClientCommand("list", "Lists the newest runs.", "pipelines runs list --dag orders_daily --state failed") { id, state, limit }.Runs(async session =>
        {
            if (session.Get(id) is { } dag)
                await session.DagAsync(dag);
            var runs = await session.Console.RunsAsync(session.Get(id), StateOf(session.Get(state)), null, session.Get(limit), session.Cancellation);
            session.Screen.List(
                [.. runs.Select(RunView.Of)], "No runs.",
                new("Run", run => $"{run.Run}"), new("Dag", run => run.Dag), new("State", run => run.Cancelling && run.State == "running" ? "cancelling" : run.State, Colour),
                new("Kind", run => run.Backfill is { } backfill ? $"backfill {backfill}" : run.Kind), new("Scheduled for", run => Text.Brief(run.ScheduledFor)),
                new("Data from", run => Text.Brief(run.IntervalStart)), new("Took", run => Text.Span(run.Seconds)));
        });
    }

    private static string Colour(RunView run) => Text.Colour(States.First(state => Text.Name(state) == run.State));

    private static char? StateOf(string? word)
    {
        if (word is null)
            return null;
        foreach (var state in States)
        {
            if (RunState.Word(state) == word)
                return state;
        }

        throw new CommandException($"there is no run state '{word}'; write one of: {string.Join(", ", States.Select(RunState.Word))}");
    }

    private static ClientCommand Show()
    {
        var id = Arguments.Run();
        return new ClientCommand("show", "Shows a run and its task instances.", "pipelines runs show 42") { id }.Runs(async session =>
        {
            var detail = await session.RunAsync(session.Get(id));
            var run = detail.Run;
            var lineage = await session.Console.LineageAsync(run.RunId, session.Cancellation);
            session.Screen.Document(RunDetailView.Of(detail, lineage));
            session.Screen.Facts(
                ("Run", $"{run.RunId} of {run.DagId}"), ("State", RunState.Word(run.State) + (run.Cancelling && run.State == 'r' ? ", cancelling" : "")),
                ("Kind", run.BackfillId is { } backfill ? $"{RunKind.Word(run.Kind)}, backfill {backfill}" : RunKind.Word(run.Kind)),
                ("Scheduled for", Text.Time(run.ScheduledFor)), ("Data", Text.Data(run.Interval)), ("Arguments", detail.Arguments),
                ("Created", $"{Text.Time(run.CreatedAt)} by {run.CreatedBy}"), ("Started", Text.Time(run.StartedAt)), ("Finished", Text.Time(run.FinishedAt)),
                ("Took", Text.Span(Text.SecondsBetween(run.StartedAt, run.FinishedAt))), ("Version", $"{detail.VersionId}"),
                ("Key", detail.Key), ("One run of", detail.Entity is { Key: { } of } ? of + (detail.Entity.InLine ? ", waits in line for the one that is open" : "") : null),
                ("Continues", detail.Entity.Continues is { } before ? $"run {before}" : null), ("Continued by", detail.Entity.ContinuedBy is { } after ? $"run {after}" : null), ("Began with", detail.TakenFrom is { } from ? $"what run {from} came to" : null),
                ("Forked as", detail.Forks.Count > 0 ? string.Join(", ", detail.Forks.Select(fork => $"run {fork}")) : null), ("Priority", detail.Priority != 0 ? $"{detail.Priority}" : null),
                ("Started by", lineage.Parent is { } parent ? $"{parent.TaskId ?? "a task"} of run {parent.RunId} of {parent.DagId}" : null),
                ("Note", detail.Notes.FirstOrDefault(note => note.TaskId is null) is { } note ? $"{note.Text} ({note.By}, {Text.Time(note.At)})" : null));
            foreach (var on in detail.Notes.Where(one => one.TaskId is not null))
                session.Screen.Say($"Note on {Text.Instance(on.TaskId!, on.MapIndex)}: {on.Text} ({on.By}, {Text.Time(on.At)})");
            foreach (var child in lineage.Children)
                session.Screen.Say($"{child.TaskId ?? "A task"} has started run {child.RunId} of {child.DagId}, which is {RunState.Word(child.State)}.");
            session.Screen.Say("");
            if (detail.Updates.Count > 0)
            {
                session.Screen.Table(
                    detail.Updates,
                    new("Updated", update => update.Asset), new("At", update => Text.Time(update.At)), new("By", AssetCommands.Who), new("Why", update => update.Why, Wraps: true),
                    new("Extra", update => update.Extra, Wraps: true));
                session.Screen.Say("");
            }

            session.Screen.Table(
                detail.Instances,
                new("Task", task => Text.Instance(task.TaskId, task.Key.MapIndex)), new("State", task => TaskState.Word(task.State), task => Text.Colour(task.State)),
                new("Attempt", task => task.Attempt == 0 ? "" : $"{task.Attempt}"), new("Worker", task => task.Worker), new("Started", task => Text.Time(task.StartedAt)),
                new("Took", task => Text.Span(Text.SecondsBetween(task.StartedAt, task.FinishedAt))));
            foreach (var told in run.State == 'r' ? await session.Console.ProgressAsync(run.RunId, ProgressRow.Most, session.Cancellation) : [])
                session.Screen.Say(FormattableString.Invariant($"{Text.Instance(told.TaskId, told.MapIndex)} is at {told.Percent:0} %: {told.Text}"));
            foreach (var told in await session.Console.NotificationsAsync(run.RunId, failed: false, 20, session.Cancellation))
                session.Screen.Say($"Notification {told.Id} to {told.Channel} ({NotificationView.About(told)}): {NotificationView.Now(told)}");
        });
    }

    private static ClientCommand History()
    {
        var (id, limit) = (Arguments.Run(), Arguments.Limit(10_000, "events"));
        return new ClientCommand("history", "Lists everything that happened to a run: what, when, by whom and why.", "pipelines runs history 42") { id, limit }.Runs(async session =>
        {
            var run = await session.RunAsync(session.Get(id));
            var events = await session.Console.RunEventsAsync(run.Run.RunId, session.Get(limit), session.Cancellation);
            session.Screen.List(
                [.. events.Select(EventView.Of)], "Its history is past retention.",
                new("At", e => Text.Time(e.At)), new("What", e => e.Task is null ? "run" : Text.Instance(e.Task, e.MapIndex ?? -1)),
                new("Attempt", e => e.Attempt is { } attempt ? $"{attempt}" : ""), new("From", e => e.From), new("To", e => e.To), new("Who", e => e.Actor), new("Why", e => e.Why, Wraps: true));
        });
    }

    private static ClientCommand Cancel()
    {
        var id = Arguments.Run();
        return new ClientCommand(
            "cancel", "Cancels a run: what waits ends now, what runs is told to stop. What tasks have done is undone where they can, the last first, and runs that it has started and waits for are cancelled with it.",
            "pipelines runs cancel 42") { id, SharedOptions.Why() }.Runs(async session =>
        {
            var state = await session.Operations.CancelRunAsync(session.Get(id), session.By, session.Cancellation);
            session.Screen.Document(new { run = session.Get(id), state = Text.Name(state), cancelling = state == 'r' });
            session.Screen.Say(state == 'r'
                ? $"Run {session.Get(id)} is being cancelled: its running tasks are told to stop."
                : $"Run {session.Get(id)} is cancelled.");
        });
    }
}
