using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Web.Access;
using Pipelines.Web.Live;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Backfills;

/// <summary>How far a backfill is, and what can be done with it. <c>part=backfill</c> gives only what changes.</summary>
public sealed class BackfillModel(Visit visit) : ConsolePage(visit)
{
    public const int ShownRuns = 200;

    private const int MostDates = 10_000;
    private const int ShownEvents = 30;

    public BackfillRow Row { get; private set; } = null!;

    public IReadOnlyList<BackfillRun> Runs { get; private set; } = [];

    public IReadOnlyList<EventRow> Activity { get; private set; } = [];

    /// <summary>Only runs in this state; null: all.</summary>
    public char? State { get; private set; }

    /// <summary>The question that is asked before something is done; null: none.</summary>
    public string? Confirm { get; private set; }

    public string Fingerprint { get; private set; } = "";

    public bool Open => Row.State is 'r' or 'p';

    public int Ended => Row.Succeeded + Row.Failed + Row.Cancelled;

    /// <summary>Runs that are to come, made or not.</summary>
    public int ToCome => Math.Max(Row.Queued, BackfillEstimate.Open(Row) - Row.Running);

    internal DateTimeZone Zone { get; private set; } = DateTimeZone.Utc;

    internal RunTimes? Times { get; private set; }

    internal DateMap Map { get; private set; } = null!;

    internal IReadOnlyList<(char State, int Count, string Word)> Counts =>
    [
        ('s', Row.Succeeded, "succeeded"), ('f', Row.Failed, "failed"), ('r', Row.Running, "running"), ('c', Row.Cancelled, "cancelled"), ('q', ToCome, "queued"),
    ];

    internal TimeRange? Left => BackfillEstimate.Left(Times, Row, Row.MaxActive);

    /// <summary>Finished runs an hour, since it began; null: not known yet.</summary>
    internal double? PerHour => Ended > 0 && ((Row.FinishedAt ?? Now) - Row.CreatedAt).TotalHours is > 0 and var hours ? Ended / hours : null;

    internal string Address(char? state) => Links.Backfill(Row.Id) + (state is { } only ? $"?state={only}" : "");

    internal string Here => Address(State);

    internal string Post(string handler) => $"{Links.Backfill(Row.Id)}?handler={handler}{(State is { } only ? $"&state={only}" : "")}";

    public async Task<IActionResult> OnGetAsync(long backfill, string? state, string? confirm, string? part, CancellationToken cancellation)
    {
        if (!await LoadAsync(backfill, state, cancellation))
            return NoBackfill(backfill);
        Confirm = Open && confirm == "cancel" ? confirm : null;
        return part == "backfill" ? Partial("_BackfillProgress", this) : Page();
    }

    public Task<IActionResult> OnPostPauseAsync(long backfill, string? state, CancellationToken cancellation) => DoAsync(backfill, state, async (operations, by) =>
    {
        await operations.PauseBackfillAsync(backfill, by, cancellation);
        return $"Backfill {backfill} is paused: no further run of it starts, what runs goes on.";
    });

    public Task<IActionResult> OnPostResumeAsync(long backfill, string? state, CancellationToken cancellation) => DoAsync(backfill, state, async (operations, by) =>
    {
        await operations.ResumeBackfillAsync(backfill, by, cancellation);
        return $"Backfill {backfill} goes on.";
    });

    public Task<IActionResult> OnPostSpeedAsync(long backfill, string? state, [FromForm] int atonce, CancellationToken cancellation) => DoAsync(backfill, state, async (operations, by) =>
    {
        await operations.SetBackfillSpeedAsync(backfill, atonce, by, cancellation);
        return $"Backfill {backfill} has {atonce} {(atonce == 1 ? "run" : "runs")} at once from now on.";
    });

    public Task<IActionResult> OnPostRetryAsync(long backfill, string? state, CancellationToken cancellation) => DoAsync(backfill, state, async (operations, by) =>
    {
        var again = await operations.RetryBackfillAsync(backfill, by, cancellation);
        return again == 1 ? "1 date runs again." : $"{again} dates run again.";
    });

    public Task<IActionResult> OnPostCancelAsync(long backfill, string? state, [FromForm] bool stop, CancellationToken cancellation) => DoAsync(backfill, state, async (operations, by) =>
    {
        await operations.CancelBackfillAsync(backfill, stop, by, cancellation);
        return $"Backfill {backfill} is cancelled" + (stop ? ", and what ran is told to stop." : "; what runs goes on to its end.");
    });

    private Task<IActionResult> DoAsync(long backfill, string? state, Func<IOperations, Actor, Task<string>> act) =>
        ActAsync(Links.Backfill(backfill) + (Known(state) is { } only ? $"?state={only}" : ""), act);

    private static char? Known(string? state) => state is ['q' or 'r' or 's' or 'f' or 'c'] ? state[0] : null;

    private async Task<bool> LoadAsync(long id, string? state, CancellationToken cancellation)
    {
        if (await Store.BackfillAsync(id, cancellation) is not { } row)
            return false;
        (Row, State) = (row, Known(state));
        Runs = await Store.BackfillRunsAsync(id, State, ShownRuns, cancellation);
        Fingerprint = BackfillTopic.Fingerprint(row, State is null or 'r' ? Runs.Where(run => run.State is 'r' or 'y') : await Store.BackfillRunsAsync(id, 'r', ShownRuns, cancellation));
        Activity = await Store.BackfillEventsAsync(id, ShownEvents, cancellation);
        Times = await Store.RunTimesAsync(row.DagId, cancellation);
        if (await Store.DagAsync(row.DagId, cancellation) is { } dag)
            Zone = Views.Times.Zone(dag.Spec.TimeZone);
        Map = new DateMap(await Store.BackfillDatesAsync(id, MostDates, cancellation), Zone);
        await ClockAsync(cancellation);
        return true;
    }

    private IActionResult NoBackfill(long id) => Missing(string.Create(CultureInfo.InvariantCulture, $"There is no backfill {id}."));
}
