using System.Text.Json.Nodes;

namespace Pipelines.EndToEnd.Tests;

public sealed class UpTests
{
    [Fact]
    public async Task Other_processes_find_it_through_its_home()
    {
        await using var at = new TemporaryHome();
        var up = at.Start("up", "--port", "0");
        await UpFile.ReadyAsync(at, up);

        var created = (await at.RunAsync(
            "backfill", "create", "seattle_weather", "--from", "2012-01-01", "--to", "2012-03-31", "--wait", "-o", "json")).Json()["backfill"]!;
        Assert.Equal(("succeeded", 91, 91), ((string?)created["state"], (int)created["total"]!, (int)created["succeeded"]!));
        var runs = (await at.RunAsync("runs", "list", "--dag", "seattle_weather", "--limit", "200", "-o", "json")).Json().AsArray();
        Assert.Equal(91, runs.Count);
        Assert.All(runs, run => Assert.Equal("succeeded", (string?)run!["state"]));

        var run = (await at.RunAsync("runs", "start", "seattle_weather", "--interval-start", "2012-01-31", "--interval-end", "2012-02-01", "--wait", "-o", "json")).Json();
        var id = ((long)run["run"]!["run"]!).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var log = (await at.RunAsync("tasks", "log", id, "aggregate_month", "-o", "json")).Json().AsArray();
        Assert.Contains(log, line => ((string)line!["text"]!).StartsWith("2012-01: 31 days, 173.300 mm of rain", StringComparison.Ordinal));
        Assert.Contains("31 days", (await at.RunAsync("tasks", "log", id, "aggregate_month")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal("succeeded", (string?)(await at.RunAsync("tasks", "why", id, "aggregate_month", "-o", "json")).Json()["state"]);
        Assert.Contains("has ended (2016-01-01)", (await at.RunAsync("dags", "next", "seattle_weather")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Single((await at.RunAsync("workers", "list", "-o", "json")).Json().AsArray());

        up.Terminate();
        (await up.EndAsync()).Succeeded();
        var without = await at.RunAsync("runs", "list");
        Assert.Equal(1, without.Code);
        Assert.StartsWith("error: nothing runs at the home", without.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_are_loaded_refused_and_retired_while_it_runs()
    {
        await using var at = new TemporaryHome();
        var up = at.Start("up", "--port", "0");
        await UpFile.ReadyAsync(at, up);
        Assert.Empty(await ErrorsAsync());

        at.Drop(Built.Dags);
        await at.UntilAsync("the new DAGs are loaded", async () => (await DagAsync("good"))?["retired"]?.GetValue<bool>() == false);
        (await at.RunAsync("runs", "start", "good", "--wait")).Succeeded();

        // A folder has the name of its assembly, so the same id twice takes a second drop folder.
        var more = Path.Combine(at.Home, "more");
        at.Drop(Built.Sample("SeattleWeather"), more);
        at.Start("scheduler", "--dags", more);
        await at.UntilAsync("the clash is told", async () => (await ErrorsAsync()).Any(error =>
            (string?)error!["dag"] == "seattle_weather" && ((string?)error["source"])!.EndsWith("/more/SeattleWeather", StringComparison.Ordinal)));
        at.DropCorrupt("Damaged");
        await at.UntilAsync("the damage is told", async () => (await ErrorsAsync()).Any(error => ((string?)error!["what"])!.Contains("damaged", StringComparison.Ordinal)));
        Assert.All(await ErrorsAsync(), error => Assert.NotEqual("", (string?)error!["fix"]));

        Directory.Delete(Path.Combine(more, "SeattleWeather"), recursive: true);
        at.Remove("Damaged");
        await at.UntilAsync("the errors are gone", async () => (await ErrorsAsync()).Count == 0);
        at.Remove(Built.DagsName);
        await at.UntilAsync("the DAGs are retired", async () => (await DagAsync("good"))?["retired"]?.GetValue<bool>() == true);
        Assert.False((await DagAsync("seattle_weather"))!["retired"]!.GetValue<bool>());
        var refused = await at.RunAsync("runs", "start", "good");
        Assert.NotEqual(0, refused.Code);
        Assert.StartsWith("error: ", refused.Error, StringComparison.Ordinal);
        Assert.False(up.HasExited, up.ToString());

        async Task<JsonArray> ErrorsAsync() => (await at.RunAsync("dags", "errors", "-o", "json")).Json().AsArray();

        async Task<JsonNode?> DagAsync(string id) =>
            (await at.RunAsync("dags", "list", "-o", "json")).Json().AsArray().FirstOrDefault(dag => (string?)dag!["dag"] == id);
    }
}
