using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Npgsql;
using Pipelines.Dags.Tests;
using SeattleWeather;

namespace Pipelines.EndToEnd.Tests;

public sealed partial class DemoTests
{
    private const int Runs = 1461;

    [Fact]
    public async Task The_demo_fills_four_years_once_and_leaves_the_right_months_in_the_warehouse()
    {
        await using var at = new TemporaryHome();
        var demo = at.Start("demo", "--port", "0");
        var up = await UpFile.ReadyAsync(at, demo);

        Assert.Contains("backfill 1: ", demo.Output, StringComparison.Ordinal);
        Assert.Contains("Backfill 1 succeeded: 1,461 succeeded, 0 failed, 0 cancelled of 1,461", demo.Output, StringComparison.Ordinal);
        await using (var store = new Store(up.Database))
        {
            Assert.Equal(Runs, await store.CountAsync("select total from backfill where backfill_id = 1 and state = 's'"));
            await Proof.SucceededOnceAsync(store, "seattle_weather", Runs);
            Assert.Equal(0, await Proof.LostAsync(store));
        }

        Assert.Equal([.. IndependentMonths.Compute().Values], await MonthsAsync(up.Connections["warehouse"]));
        using (var http = await SignIn.AsAdminAsync(up.Url, demo.Output))
        {
            var page = await http.GetAsync(new Uri("dags/seattle_weather?density=year&runs=1500", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Equal(Runs, RunsOfBand().Matches(await page.Content.ReadAsStringAsync()).Sum(band => int.Parse(band.Groups[1].Value, CultureInfo.InvariantCulture)));
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("health/ready", UriKind.Relative))).StatusCode);
        }

        await StopsAsync(at, demo, up);
        var again = at.Start("demo", "--port", "0");
        up = await UpFile.ReadyAsync(at, again);
        Assert.Contains("All 1,461 runs of seattle_weather are there already.", again.Output, StringComparison.Ordinal);
        await StopsAsync(at, again, up);
    }

    private static async Task StopsAsync(TemporaryHome at, Running process, UpFile up)
    {
        process.Terminate();
        var ended = (await process.EndAsync()).Succeeded();
        Assert.Equal("", ended.Error);
        Assert.False(File.Exists(UpFile.PathIn(at)));
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(up.Database) { Pooling = false }.ConnectionString);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => connection.OpenAsync());
    }

    private static async Task<List<MonthSummary>> MonthsAsync(string warehouse)
    {
        await using var source = NpgsqlDataSource.Create(warehouse);
        await using var command = source.CreateCommand(
            "select month, days, precipitation, temp_max, temp_min, wind from seattle_weather.monthly order by month");
        await using var row = await command.ExecuteReaderAsync();
        var months = new List<MonthSummary>();
        while (await row.ReadAsync())
            months.Add(new(row.GetFieldValue<DateOnly>(0), row.GetInt32(1), row.GetDecimal(2), row.GetDecimal(3), row.GetDecimal(4), row.GetDecimal(5)));
        return months;
    }

    [GeneratedRegex("aria-label=\"[0-9]{4}: ([0-9]+) runs?\"")]
    private static partial Regex RunsOfBand();
}
