using Microsoft.AspNetCore.Mvc;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <summary>Starts a run by hand: a form of the DAG's typed arguments, prefilled by <c>?arg.NAME=</c> or from a run, <c>?from=RUN</c>.</summary>
public sealed class TriggerModel(Visit visit, ScheduleCode schedules) : ConsolePage(visit)
{
    internal DagDetail Dag { get; private set; } = null!;

    internal TriggerForm Form { get; private set; } = null!;

    /// <summary>The run whose arguments it begins with, or may; null: there is none.</summary>
    public long? CopyFrom { get; private set; }

    public bool Copied { get; private set; }

    /// <summary>What a run stands for that is told nothing; null: nothing, or not known here.</summary>
    public Interval? Last { get; private set; }

    /// <summary>What keeps it from being started, beside what stands at fields.</summary>
    public string? Refused { get; private set; }

    public int Wrong => Form.Problems.Count + (Refused is null ? 0 : 1);

    internal bool HasIntervals => ScheduleOf.HasIntervals(Dag.Spec);

    public async Task<IActionResult> OnGetAsync(string dag, long? from, CancellationToken cancellation)
    {
        if (await LoadAsync(dag, cancellation) is { } missing)
            return missing;
        var copied = from is { } run ? await Store.RunAsync(run, cancellation) : null;
        if (from is not null && copied?.Run.DagId != dag)
            return Missing($"The DAG '{dag}' has no run {from}.");
        Copied = copied is not null;
        CopyFrom = copied?.Run.RunId ?? ((await Store.RunsAsync(dag, null, null, 1, cancellation)) is [var newest] ? newest.RunId : null);
        Form = TriggerForm.Prefilled(Dag.Spec, Request.Query, copied?.Arguments);
        return Page();
    }

    /// <summary>Turns between fields and JSON; what was typed goes along.</summary>
    public async Task<IActionResult> OnPostTurnAsync(string dag, [FromForm] string? view, CancellationToken cancellation)
    {
        if (await LoadAsync(dag, cancellation) is { } missing)
            return missing;
        Form = TriggerForm.Sent(Dag.Spec, Request.Form);
        Try(() => Form.Turn(view == "json"));
        return Page();
    }

    public async Task<IActionResult> OnPostStartAsync(string dag, CancellationToken cancellation)
    {
        if (await LoadAsync(dag, cancellation) is { } missing)
            return missing;
        Form = TriggerForm.Sent(Dag.Spec, Request.Form);
        Interval? interval = null;
        Try(() => interval = GivenInterval() ?? (ScheduleOf.IsCustom(Dag.Spec) ? Last : null));
        if (Refused is null)
            Try(Form.Check);
        if (Wrong > 0)
            return Page();
        try
        {
            // Without a key of its own the form's is the run's: a double click makes one run.
            var once = Request.Form["once"].ToString();
            var key = Form.One("key").Trim() is { Length: > 0 } given ? given : once.Length > 0 ? $"form {once}" : null;
            var started = await Visit.Operations.StartRunAsync(
                new NewRun(dag) { Arguments = Form.Arguments(), Interval = interval, Key = key, Note = Form.One("note"), Priority = GivenPriority() }, Visit.By(Form.One("why"), once), cancellation);
            Visit.Say(!started.IsNew ? $"Run {started.RunId} of {dag} has this key already; none was made."
                : $"Run {started.RunId} of {dag} is queued." + (Dag.Paused ? " The DAG is paused: it starts when the DAG is resumed." : ""));
            return LocalRedirect(Links.Run(started.RunId));
        }
        catch (RefusedException e)
        {
            Refused = e.Message;
            return Page();
        }
    }

    private int GivenPriority() => Form.One("priority").Trim() is not { Length: > 0 } text ? 0
        : int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var priority) ? priority : throw new RefusedException($"a priority is a whole number from -100 to 100, not '{text}'");

    private Interval? GivenInterval()
    {
        if (!Form.GivesInterval)
            return null;
        var zone = Times.Zone(Dag.Spec.TimeZone);
        Instant Moment(string name, string label) => ZonedMoments.Parse(label, Form.One(name), zone) ?? throw new RefusedException($"{label} is not given");
        var (start, end) = (Moment("start", "Start of the data"), Moment("end", "End of the data"));
        return start < end
            ? new Interval(start.ToDateTimeOffset(), end.ToDateTimeOffset())
            : throw new RefusedException($"the data's start {Form.One("start")} is not before its end {Form.One("end")}. Exchange them");
    }

    private void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is RefusedException or ScheduleException)
        {
            Refused = e.Message;
        }
    }

    private async Task<IActionResult?> LoadAsync(string dagId, CancellationToken cancellation)
    {
        if (await Store.DagAsync(dagId, cancellation) is not { } dag)
            return Missing($"There is no DAG '{dagId}'.");
        Dag = dag;
        await ClockAsync(cancellation);
        try
        {
            if (HasIntervals)
                Last = await schedules.ReadAsync(dag, $"pipelines runs start {dagId}", LastOf);
        }
        catch (Exception e) when (e is RefusedException or ScheduleException)
        {
            // It is told where it matters: nothing is shown as the last interval.
        }

        return null;
    }

    /// <summary>A tick at this very moment has just completed its interval.</summary>
    private Interval? LastOf(ISchedule? custom) =>
        ScheduleOf.Spec(Dag.Spec, custom)?.TickBefore(Instant.FromDateTimeOffset(Now) + Duration.Epsilon) is { } tick
            ? new Interval(tick.IntervalStart.ToDateTimeOffset(), tick.IntervalEnd.ToDateTimeOffset())
            : null;
}
