using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using NodaTime;
using NodaTime.Text;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Runs;

/// <summary>Runs of all DAGs, of one, or of a backfill, a page at a time. <c>format=csv</c> gives them all as a file.</summary>
public sealed class RunsModel(Visit visit) : ConsolePage(visit)
{
    public const int Shown = 100;

    private const int CsvPage = 1000;
    private const int CsvMost = 100_000;
    private const string Columns = "run,dag,state,kind,scheduled_for,started_at,finished_at,seconds,failures,by";

    public RunFilter Filter { get; private set; } = new();

    public RunList List { get; private set; } = new([], null);

    /// <summary>Set where the page is one of a DAG's tabs.</summary>
    internal DagHead? Head { get; private set; }

    public string? From { get; private set; }

    public string? To { get; private set; }

    /// <summary>The runs that somebody wants to cancel and has yet to confirm.</summary>
    public IReadOnlyList<long> Confirm { get; private set; } = [];

    public bool Filtered => Filter.State is not null || Filter.Kind is not null || From is not null || To is not null;

    public string Path => Head is null ? "/runs" : $"{Links.Dag(Head.Id)}/runs";

    public string Href(RunPlace? before = null, string? format = null) => Links.With(
        Path, ("dag", Head is null ? Filter.DagId : null, ""), ("state", Filter.State?.ToString(), ""), ("kind", Filter.Kind?.ToString(), ""),
        ("backfill", Filter.BackfillId?.ToString(CultureInfo.InvariantCulture), ""), ("from", From, ""), ("to", To, ""),
        ("before", before is null ? null : $"{Times.Iso(before.ScheduledFor)}_{before.RunId}", ""), ("format", format, ""));

    public async Task<IActionResult> OnGetAsync(
        string? dag, string? state, string? kind, long? backfill, string? from, string? to, string? before, string? format, CancellationToken cancellation)
    {
        var zone = Visit.Zone;
        if (RouteData.Values.ContainsKey("dag"))
        {
            if (await Store.DagAsync(dag!, cancellation) is not { } detail)
                return Missing($"There is no DAG '{dag}'.");
            Head = new(detail, await Store.NowAsync(cancellation), "Runs");
            zone = Times.Zone(detail.Spec.TimeZone);
        }

        var (first, last) = (Day(from), Day(to));
        (From, To) = (first is null ? null : from, last is null ? null : to);
        Filter = new RunFilter
        {
            DagId = string.IsNullOrEmpty(dag) ? null : dag, State = state is ['q' or 'r' or 's' or 'f' or 'c'] ? state[0] : null,
            Kind = kind is ['s' or 'm' or 'b' or 'a'] ? kind[0] : null, BackfillId = backfill,
            From = first?.AtStartOfDayInZone(zone).ToDateTimeOffset(), To = last?.PlusDays(1).AtStartOfDayInZone(zone).ToDateTimeOffset(), Before = Place(before),
        };
        await ClockAsync(cancellation);
        if (format == "csv")
            return await CsvAsync(cancellation);
        List = await Store.RunListAsync(Filter, Shown, cancellation);
        return Page();
    }

    public Task<IActionResult> OnPostRetryAsync(long[] run, string? back, CancellationToken cancellation) => ActAsync(Back(back), async (operations, by) =>
    {
        if (run.Length == 0)
            throw new RefusedException("mark the runs first");
        var (instances, runs, refused) = (0, 0, (string?)null);
        foreach (var id in run)
        {
            try
            {
                instances += await RetryFailed.OfAsync(Store, operations, id, Named(by, id), cancellation);
                runs++;
            }
            catch (RefusedException e)
            {
                refused ??= e.Message;
            }
        }

        return runs == 0 ? throw new RefusedException(refused!) : $"{instances} task {(instances == 1 ? "instance" : "instances")} in {runs} {(runs == 1 ? "run" : "runs")} will run again."
            + (refused is null ? "" : $" Others are left alone: {refused}.");
    });

    /// <summary>Asks first how many are meant; <c>sure=1</c> cancels them.</summary>
    public async Task<IActionResult> OnPostCancelAsync(long[] run, string? sure, string? back, CancellationToken cancellation)
    {
        if (run.Length > 0 && sure != "1")
        {
            Confirm = run;
            var query = Request.Query;
            return await OnGetAsync(
                RouteData.Values["dag"] as string ?? query["dag"], query["state"], query["kind"], long.TryParse(query["backfill"], out var backfill) ? backfill : null, query["from"], query["to"],
                query["before"], null, cancellation);
        }

        return await ActAsync(Back(back), async (operations, by) =>
        {
            if (run.Length == 0)
                throw new RefusedException("mark the runs first");
            foreach (var id in run)
                await operations.CancelRunAsync(id, Named(by, id), cancellation);
            return run.Length == 1 ? $"Run {run[0]} is cancelled, or will be when what runs has stopped." : $"{run.Length} runs are cancelled, or will be when what runs has stopped.";
        });
    }

    private static Actor Named(Actor by, long run) => by with { Once = by.Once is null ? null : string.Create(CultureInfo.InvariantCulture, $"{by.Once}.{run}") };

    private static LocalDate? Day(string? text) => LocalDatePattern.Iso.Parse(text ?? "") is { Success: true } parsed ? parsed.Value : null;

    private static RunPlace? Place(string? text) =>
        text?.Split('_') is [var at, var run] && long.TryParse(run, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var scheduled) ? new(scheduled, id) : null;

    private string Back(string? back) => Url.IsLocalUrl(back) ? back : "/runs";

    private async Task<IActionResult> CsvAsync(CancellationToken cancellation)
    {
        Response.ContentType = "text/csv; charset=utf-8";
        Response.Headers.ContentDisposition = "attachment; filename=runs.csv";
        await Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Columns + "\r\n"), cancellation);
        var written = 0;
        for (var filter = Filter; written < CsvMost;)
        {
            var page = await Store.RunListAsync(filter, CsvPage, cancellation);
            var text = new StringBuilder();
            foreach (var run in page.Runs)
                text.AppendJoin(',', Cells(run).Select(Cell)).Append("\r\n");
            await Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellation);
            written += page.Runs.Count;
            if (page.Older is not { } older)
                break;
            filter = filter with { Before = older };
        }

        return new EmptyResult();
    }

    private static IEnumerable<string> Cells(RunSummary run) =>
    [
        run.RunId.ToString(CultureInfo.InvariantCulture), run.DagId, RunState.Word(run.State), RunKind.Word(run.Kind), Times.Iso(run.ScheduledFor),
        run.StartedAt is { } started ? Times.Iso(started) : "", run.FinishedAt is { } finished ? Times.Iso(finished) : "",
        run is { StartedAt: { } a, FinishedAt: { } z } ? (z - a).TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) : "",
        run.Failures.ToString(CultureInfo.InvariantCulture), run.CreatedBy,
    ];

    /// <summary>A cell that a spreadsheet would take for a formula is made text.</summary>
    private static string Cell(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r')
            text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
