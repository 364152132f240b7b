using Pipelines;

namespace SeattleWeather;

/// <summary>Whether the run's day completes its month.</summary>
public enum DayKind
{
    /// <summary>More days of the month follow: the monthly tasks are skipped.</summary>
    OrdinaryDay,

    /// <summary>The last day of its month.</summary>
    MonthEnd,
}

/// <summary>
/// Four years of Seattle's weather, a run a day: every day goes into the warehouse, every month end sums up its month,
/// compares it with earlier years and draws it.
/// </summary>
[Dag("seattle_weather", Cron = "@daily", Start = "2012-01-01", End = "2016-01-01", Catchup = Catchup.None, MaxActiveRuns = 16,
    Description = "Seattle's weather, day by day into the warehouse; aggregates, anomalies and a chart at month ends.")]
public sealed class SeattleWeatherDag(WeatherFile file, Warehouse warehouse) : Dag
{
    /// <inheritdoc/>
    public override void Define(DagBuilder dag)
    {
        // The warehouse may be restarted under us. Its tasks are upserts, so trying again is always safe.
        dag.Defaults(retry: new RetryPolicy { Retries = 3, Delay = TimeSpan.FromSeconds(2) }, timeout: TimeSpan.FromMinutes(1));

        var row = dag.Task(Extract);
        var day = dag.Task(Validate, row);
        var loaded = dag.Task(Load, day);
        var kind = dag.Task(Classify, day);

        // On ordinary days these are skipped: the first by When, the others because what they need was skipped.
        var month = dag.Task(AggregateMonth, day).After(loaded).When(kind, DayKind.MonthEnd);
        var anomalies = dag.Task(FindAnomalies, month);
        dag.Task(DrawChart, month, anomalies);
    }

    /// <summary>Reads the row of the interval's day, as text: judging it is the next task's work.</summary>
    public RawObservation Extract(TaskContext context)
    {
        var day = DateOnly.FromDateTime(context.Interval.Start.UtcDateTime);
        return file.Find(day) ?? throw context.Fail($"The file has no row for {day:yyyy-MM-dd}; it goes from {file.First} to {file.Last}.");
    }

    /// <summary>Turns the row into an observation, or fails with everything that is wrong with it; trying again would not help.</summary>
    public Observation Validate(RawObservation row, TaskContext context) =>
        Observation.TryRead(row, out var problems) ?? throw context.Fail($"{row.Date}: {string.Join("; ", problems)}.");

    /// <summary>Writes the day into <c>daily</c>; a second time changes nothing.</summary>
    public Task Load(Observation day, TaskContext context) => warehouse.UpsertDaysAsync([day], context.Cancellation);

    /// <summary>The branch: a typed value, which <c>When</c> compares.</summary>
    public DayKind Classify(Observation day) =>
        day.Day.AddDays(1).Day == 1 ? DayKind.MonthEnd : DayKind.OrdinaryDay;

    /// <summary>Sums up the month that ends with this day.</summary>
    /// <remarks>
    /// The runs of a backfill are parallel and in no order: this one may come before other days of its month were loaded.
    /// So it loads the whole month itself, in the same transaction as the aggregate. Whoever writes a day writes the same
    /// values, hence the month is right at once and whatever comes later leaves it right. Waiting for the other runs
    /// would never end when only month ends are backfilled; aggregating after every load would have to serialize the days.
    /// </remarks>
    public async Task<MonthSummary> AggregateMonth(Observation day, TaskContext context)
    {
        var month = await warehouse.LoadMonthAsync(DaysOf(day.Day, context), context.Cancellation);
        context.Logger.LogInformation("{Month:yyyy-MM}: {Days} days, {Precipitation} mm of rain, {TempMin} to {TempMax} °C on average",
            month.Month, month.Days, month.Precipitation, month.TempMin, month.TempMax);
        return month;
    }

    /// <summary>Compares the month with the same month of earlier years; the first year has none and no anomalies.</summary>
    public IReadOnlyList<Anomaly> FindAnomalies(MonthSummary month, TaskContext context)
    {
        var anomalies = Anomaly.Find(month, EarlierYears(month.Month, context));
        foreach (var anomaly in anomalies)
            context.Logger.LogWarning("{Month:yyyy-MM}: {Anomaly}", month.Month, anomaly.Text);
        return anomalies;
    }

    /// <summary>Draws the month; the chart is kept with the attempt.</summary>
    public Task DrawChart(MonthSummary month, IReadOnlyList<Anomaly> anomalies, TaskContext context)
    {
        var svg = MonthChart.Draw(month, DaysOf(month.Month, context), EarlierYears(month.Month, context), anomalies);
        return context.SaveArtefactAsync($"{month.Month:yyyy-MM}.svg", "image/svg+xml", System.Text.Encoding.UTF8.GetBytes(svg));
    }

    /// <summary>
    /// From the file, not from <c>monthly</c>: in a backfill the run for 2015 may come before the one for 2012 has written
    /// its row, and the verdict on a month must not depend on that.
    /// </summary>
    private List<MonthSummary> EarlierYears(DateOnly month, TaskContext context) =>
        [.. file.YearsBefore(month.Year).Select(year => MonthSummary.Of(DaysOf(new DateOnly(year, month.Month, 1), context)))];

    private List<Observation> DaysOf(DateOnly anyDay, TaskContext context)
    {
        var first = new DateOnly(anyDay.Year, anyDay.Month, 1);
        return [.. Enumerable.Range(0, DateTime.DaysInMonth(first.Year, first.Month)).Select(n => Read(first.AddDays(n)))];

        Observation Read(DateOnly day) => Validate(
            file.Find(day) ?? throw context.Fail($"{first:yyyy-MM} is not complete: the file has no row for {day:yyyy-MM-dd}."), context);
    }
}
