using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <summary>A year of a DAG by day, in its zone, by the start of the data; and how long its runs took.</summary>
public sealed class DagCalendarModel(Visit visit) : ConsolePage(visit)
{
    private const int Charted = 180;

    internal DagHead Head { get; private set; } = null!;

    internal DayShade Shade { get; private set; }

    internal DayMap Map { get; private set; } = null!;

    public DateOnly First { get; private set; }

    public DateOnly Last { get; private set; }

    public int? Year { get; private set; }

    public IReadOnlyList<CalendarDay> Days { get; private set; } = [];

    public IReadOnlyList<RunLength> Lengths { get; private set; } = [];

    /// <summary>Days that the schedule names, that are over, and that have no run.</summary>
    public IReadOnlyList<DateOnly> Without { get; private set; } = [];

    public double? Part(double part) =>
        Lengths.Where(run => run.State == 's').Select(run => run.Seconds).OfType<double>().Order().ToArray() is { Length: > 0 } seconds ? seconds[(int)(part * (seconds.Length - 1))] : null;

    public string Href(string? by = null, int? year = null) => Links.With(
        $"{Links.Dag(Head.Id)}/calendar", ("by", by ?? Shade.ToString().ToLowerInvariant(), "state"), ("year", (year ?? Year)?.ToString(System.Globalization.CultureInfo.InvariantCulture), ""));

    public async Task<IActionResult> OnGetAsync(string dag, string? by, string? year, CancellationToken cancellation)
    {
        if (await Store.DagAsync(dag, cancellation) is not { } detail)
            return Missing($"There is no DAG '{dag}'.");
        await ClockAsync(cancellation);
        Head = new(detail, Now, "Calendar");
        Shade = by switch { "duration" => DayShade.Duration, "wait" => DayShade.Wait, _ => DayShade.State };
        var zone = Times.Zone(detail.Spec.TimeZone);
        var today = Times.Local(Now, zone).Date.ToDateOnly();
        Year = int.TryParse(year, out var wanted) && wanted is >= 1970 and <= 9000 ? wanted : null;
        (First, Last) = Year is { } one ? (new(one, 1, 1), new(one, 12, 31)) : (today.AddDays(-363), today);
        Days = await Store.CalendarAsync(dag, zone.Id, First, Last, cancellation);
        Lengths = await Store.RunLengthsAsync(dag, Charted, cancellation);
        var schedule = HttpContext.RequestServices.GetRequiredService<Forecast>().Schedule(detail.VersionId, detail.Spec);
        var due = schedule is null ? [] : Due(schedule, zone, Instant.FromDateTimeOffset(Now));
        var known = Days.ToDictionary(day => day.Day);
        // A DAG that began in the year missed nothing before.
        var begun = detail.Spec.Start is null && Days.Count > 0 ? Days[0].Day : First;
        Without = [.. due.Where(day => day >= begun && !known.ContainsKey(day)).Order()];
        var without = Without.ToHashSet();
        Map = new(known, First, Last, without.Contains, Shade, Href);
        return Page();
    }

    /// <summary>Where a day leads: to its run, or to the list of its runs.</summary>
    public string Href(CalendarDay day) => day.Runs == 1
        ? Links.Cell(Head.Id, day.RunId, null)
        : Links.With($"{Links.Dag(Head.Id)}/runs", ("from", $"{day.Day:yyyy-MM-dd}", ""), ("to", $"{day.Day.AddDays(1):yyyy-MM-dd}", ""));

    /// <summary>The days on which data begins whose run is due by now.</summary>
    private HashSet<DateOnly> Due(DagSchedule schedule, DateTimeZone zone, Instant now)
    {
        var days = new HashSet<DateOnly>();
        for (var day = First; day <= Last; day = day.AddDays(1))
        {
            var start = LocalDate.FromDateOnly(day).AtStartOfDayInZone(zone).ToInstant();
            if (start > now)
                break;
            if (schedule.TicksByIntervalStart(start, LocalDate.FromDateOnly(day.AddDays(1)).AtStartOfDayInZone(zone).ToInstant()).Take(1).Any(tick => tick.ScheduledFor <= now))
                days.Add(day);
        }

        return days;
    }
}
