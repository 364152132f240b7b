using Npgsql;
using SeattleWeather;

namespace Pipelines.Dags.Tests;

/// <summary>The bodies against a real server, many runs at once and in an order that no schedule would choose.</summary>
public sealed class WarehouseTests(TestServer postgres) : IClassFixture<TestServer>
{
    [Theory]
    [InlineData("in_order")]
    [InlineData("backwards")]
    [InlineData("shuffled")]
    public async Task After_all_runs_monthly_is_right_whatever_their_order(string order)
    {
        var connection = await postgres.CreateDatabaseAsync();
        var days = IndependentMonths.Rows.Select(row => DateOnly.Parse(row.AsSpan(0, 10), null)).ToArray();
        if (order == "backwards")
            Array.Reverse(days);
        else if (order == "shuffled")
            new Random(1461).Shuffle(days);

        // Two workers, 16 runs at once, on a database that has no tables yet.
        using var first = new Warehouse(new Connections(connection));
        using var second = new Warehouse(new Connections(connection));
        SeattleWeatherDag[] workers = [new(WeatherFile.Shipped(), first), new(WeatherFile.Shipped(), second)];
        await Parallel.ForEachAsync(days, new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (day, _) => await RunAsync(workers[day.DayNumber % 2], ByHand.Day(day)));

        await using var database = NpgsqlDataSource.Create(connection);
        Assert.Equal(IndependentMonths.Rows, await ReadAsync(database, "daily order by day", r => FormattableString.Invariant(
            $"{r.GetFieldValue<DateOnly>(0):yyyy-MM-dd},{r.GetDecimal(1)},{r.GetDecimal(2)},{r.GetDecimal(3)},{r.GetDecimal(4)},{r.GetString(5)}")));
        Assert.Equal(IndependentMonths.Compute().Values, await ReadAsync(database, "monthly order by month", Month));
    }

    [Fact]
    public async Task A_month_end_alone_is_right_and_the_second_time_changes_nothing()
    {
        var connection = await postgres.CreateDatabaseAsync();
        using var warehouse = new Warehouse(new Connections(connection));
        var dag = new SeattleWeatherDag(WeatherFile.Shipped(), warehouse);
        for (var time = 1; time <= 2; time++)
        {
            await RunAsync(dag, ByHand.Day("2014-02-28"));
            await using var database = NpgsqlDataSource.Create(connection);
            Assert.Equal([IndependentMonths.Compute()[new DateOnly(2014, 2, 1)]], await ReadAsync(database, "monthly", Month));
        }
    }

    /// <summary>What the engine would do with the graph.</summary>
    private static async Task RunAsync(SeattleWeatherDag dag, TaskContext context)
    {
        var day = dag.Validate(dag.Extract(context), context);
        await dag.Load(day, context);
        if (dag.Classify(day) == DayKind.MonthEnd)
            dag.FindAnomalies(await dag.AggregateMonth(day, context), context);
    }

    private static MonthSummary Month(NpgsqlDataReader row) => new(
        row.GetFieldValue<DateOnly>(0), row.GetInt32(1), row.GetDecimal(2), row.GetDecimal(3), row.GetDecimal(4), row.GetDecimal(5));

    private static async Task<List<T>> ReadAsync<T>(NpgsqlDataSource database, string from, Func<NpgsqlDataReader, T> read)
    {
        await using var select = database.CreateCommand($"select * from seattle_weather.{from}");
        await using var rows = await select.ExecuteReaderAsync();
        var found = new List<T>();
        while (await rows.ReadAsync())
            found.Add(read(rows));
        return found;
    }
}
