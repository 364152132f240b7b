using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages;

/// <summary>The ticks of the next 24 hours, a lane a DAG, and how many fall together.</summary>
public sealed class ScheduleModel(Visit visit) : ConsolePage(visit)
{
    public const int Hours = 24;
    public const int MostLanes = 100;

    public DateTimeOffset From { get; private set; }

    public string? Find { get; private set; }

    /// <summary>The DAGs with ticks, the next first; no more than <see cref="MostLanes"/>.</summary>
    public IReadOnlyList<(DagLine Dag, IReadOnlyList<Instant> Ticks)> Lanes { get; private set; } = [];

    /// <summary>DAGs that have ticks, shown or not.</summary>
    public int Found { get; private set; }

    /// <summary>Ticks of DAGs that are not paused, a quarter of an hour each.</summary>
    public IReadOnlyList<int> Quarters { get; private set; } = [];

    public string Href(DateTimeOffset? from) => Links.With("/schedule", ("from", from is { } at ? Times.Iso(at) : null, ""), ("q", Find, ""));

    public async Task OnGetAsync(DateTimeOffset? from, string? q, CancellationToken cancellation)
    {
        await ClockAsync(cancellation);
        Find = string.IsNullOrWhiteSpace(q) ? null : q.Trim();
        // What is long past or far away is not asked for: the page would compute every tick on the way.
        From = from is { } given && given > Now.AddDays(-1) && given < Now.AddDays(400) ? given.ToUniversalTime() : Now;
        var to = From.AddHours(Hours);
        var all = (await Store.DagLinesAsync(cancellation)).Where(dag => Find is null || dag.Spec.Id.Contains(Find, StringComparison.OrdinalIgnoreCase));
        var ticks = HttpContext.RequestServices.GetRequiredService<Forecast>().Ticks(all, From, to);
        var start = Instant.FromDateTimeOffset(From);
        var quarters = new int[Hours * 4];
        foreach (var (dag, at) in ticks.Where(tick => !tick.Dag.Paused))
            quarters[Math.Clamp((int)((at - start).TotalMinutes / 15), 0, quarters.Length - 1)]++;
        Quarters = quarters;
        var lanes = ticks.GroupBy(tick => tick.Dag.Spec.Id).Select(lane => (lane.First().Dag, Ticks: (IReadOnlyList<Instant>)[.. lane.Select(tick => tick.At)])).OrderBy(lane => lane.Ticks[0]).ToList();
        Found = lanes.Count;
        Lanes = [.. lanes.Take(MostLanes)];
    }
}
