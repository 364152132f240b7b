using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <summary>What a DAG is: its schedule with the next ticks, limits, arguments, who is told, and the graph as it is stored.</summary>
public sealed class DagDetailsModel(Visit visit) : ConsolePage(visit)
{
    private const int NextTicks = 10;

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter() }, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal DagHead Head { get; private set; } = null!;

    /// <summary>Of a schedule of the team's own code only the next is known.</summary>
    public IReadOnlyList<Tick> Next { get; private set; } = [];

    public string Raw => JsonSerializer.Serialize(Head.Dag.Spec, Readable);

    public string? Arguments => Head.Dag.Spec.Arguments?.ToJsonString(Readable);

    public async Task<IActionResult> OnGetAsync(string dag, CancellationToken cancellation)
    {
        if (await Store.DagAsync(dag, cancellation) is not { } detail)
            return Missing($"There is no DAG '{dag}'.");
        await ClockAsync(cancellation);
        Head = new(detail, Now, "Details");
        if (HttpContext.RequestServices.GetRequiredService<Forecast>().Schedule(detail.VersionId, detail.Spec) is { } schedule)
            Next = [.. Upcoming(schedule, Instant.FromDateTimeOffset(Now)).Take(NextTicks)];
        return Page();
    }

    private static IEnumerable<Tick> Upcoming(DagSchedule schedule, Instant after)
    {
        for (var tick = schedule.TickAfter(after); tick is { } next; tick = schedule.TickAfter(next.ScheduledFor))
            yield return next;
    }
}
