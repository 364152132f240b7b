using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Output;

internal sealed record BackfillView(
    long Backfill, string Dag, string From, string To, string Existing, bool NewestFirst, int MaxActive, string State, int Total, int Done,
    int Queued, int Running, int Succeeded, int Failed, int Cancelled, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt,
    IReadOnlyList<string>? Tasks = null, string Version = "original", JsonNode? Arguments = null, double? EstimatedSecondsLeft = null)
{
    public static BackfillView Of(BackfillRow row) => new(
        row.Id, row.DagId, Day(row.From), Day(row.To), row.Existing, row.NewestFirst, row.MaxActive, Text.Name(row.State), row.Total,
        row.Succeeded + row.Failed + row.Cancelled, row.Queued, row.Running, row.Succeeded, row.Failed, row.Cancelled, row.CreatedBy, row.CreatedAt, row.FinishedAt,
        row.Tasks, row.Version, row.Arguments is null ? null : JsonNode.Parse(row.Arguments));

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}

internal sealed record PlanView(
    string Dag, string TimeZone, string From, string To, string Existing, int Total, int Create, int Again, int Leave, TickView? First, TickView? Last,
    IReadOnlyList<PlannedDateView> Dates, IReadOnlyList<string>? Tasks = null, double? EstimatedSeconds = null)
{
    public static PlanView Of(BackfillPreview preview) => Of(preview.Asked, preview.Zone, preview.Plan);

    private static PlanView Of(NewBackfill asked, NodaTime.DateTimeZone zone, BackfillPlan plan) => new(
        asked.DagId, zone.Id, $"{asked.From:uuuu-MM-dd}", $"{asked.To:uuuu-MM-dd}", asked.Existing, plan.Total, plan.Create, plan.Again, plan.Leave,
        plan.First is { } first ? TickView.Of(first, zone) : null, plan.Last is { } last ? TickView.Of(last, zone) : null,
        [.. plan.Dates.Select(date => new PlannedDateView(
            date.Tick.ScheduledFor.ToDateTimeOffset(), date.Tick.IntervalStart.ToDateTimeOffset(), date.Tick.IntervalEnd.ToDateTimeOffset(), date.Action, date.Why))]);
}

internal sealed record PlannedDateView(DateTimeOffset ScheduledFor, DateTimeOffset IntervalStart, DateTimeOffset IntervalEnd, BackfillAction Action, string Why);

/// <summary>What backfill create did; the backfill is null when nothing was left to do.</summary>
internal sealed record CreatedBackfillView(PlanView Plan, BackfillView? Backfill);
