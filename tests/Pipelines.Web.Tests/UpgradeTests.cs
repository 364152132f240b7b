using System.Xml.Linq;
using Npgsql;

namespace Pipelines.Web.Tests;

/// <summary>Open runs are moved to the current version from their page and from that of the versions.</summary>
public sealed class UpgradeTests(TestServer server) : ConsoleFixture(server)
{
    private static readonly DateTimeOffset First = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_run_page_says_what_moving_means_and_moves_it()
    {
        var run = (await OpenAsync(1))[0];
        Assert.DoesNotContain("Move to version", (await PageAsync($"/runs/{run}?do=more")).Value, StringComparison.Ordinal);
        await World.RegisterAsync(World.Chain("registration", "submit", "await", "check", "tell"));
        Assert.Contains("Move to version 2", (await PageAsync($"/runs/{run}?do=more")).Value, StringComparison.Ordinal);
        var asked = await PageAsync($"/runs/{run}?do=upgrade");
        Assert.Contains("The run is on version 1; new runs get version 2.", asked.Value, StringComparison.Ordinal);
        Assert.Contains("adds check; rewires tell", asked.Value, StringComparison.Ordinal);
        Assert.Equal(1, (await World.Store.RunAsync(run, default))!.VersionId);
        var moved = await PressAsync($"/runs/{run}?do=upgrade", "Move the run to version 2");
        Assert.Contains($"Run {run} is on version 2 now: adds check; rewires tell.", moved.Value, StringComparison.Ordinal);
        Assert.Equal(2, (await World.Store.RunAsync(run, default))!.VersionId);
        Assert.Contains("check", (await PageAsync($"/runs/{run}?tab=graph")).Value, StringComparison.Ordinal);
        Assert.Contains("graph changed from version 1 to 2", (await PageAsync($"/runs/{run}?tab=events")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_of_versions_counts_open_runs_and_moves_them_after_a_look()
    {
        var runs = await OpenAsync(3);
        var worker = await World.WorkerAsync();
        await World.AdvanceAsync(worker, 1);                              // submit of the first run runs
        await World.RegisterAsync(World.Chain("registration", "before", "submit", "await", "tell"));
        var page = await PageAsync("/dags/registration/versions");
        Assert.Equal("3", page.Descendants("tr").Single(tr => Of(tr, "data-version") == "1").Elements("td").Last().Value.Trim());
        Assert.Contains("open runs stay on their version", page.Value, StringComparison.Ordinal);
        Assert.Contains("Move 3 open runs to version 2", page.Value, StringComparison.Ordinal);
        var asked = await PageAsync("/dags/registration/versions?confirm=upgrade");
        Assert.Equal(3, asked.Descendants("table").Single(table => Of(table, "id") == "tried").Descendants("tr").Count() - 1);
        Assert.Contains("adds task before before submit, which has begun", asked.Value, StringComparison.Ordinal);
        var moved = await PressAsync("/dags/registration/versions?confirm=upgrade", "Move the runs");
        Assert.Contains("2 of 3 runs are on version 2 now. 1 stay where they are", moved.Value, StringComparison.Ordinal);
        var versions = await Task.WhenAll(runs.Select(async run => (await World.Store.RunAsync(run, default))!.VersionId));
        Assert.Equal([1, 2, 2], versions);
    }

    [Fact]
    public async Task Runs_go_to_the_version_that_was_looked_at_whatever_was_loaded_meanwhile()
    {
        var runs = await OpenAsync(3);
        await World.RegisterAsync(World.Chain("registration", "submit", "await", "check", "tell"));
        var (one, all) = (await PageAsync($"/runs/{runs[0]}?do=upgrade"), await PageAsync("/dags/registration/versions?confirm=upgrade"));
        await World.RegisterAsync(World.Chain("registration", "submit", "tell"));
        await SendAsync(one, $"/runs/{runs[0]}");
        Assert.Equal(2, (await World.Store.RunAsync(runs[0], default))!.VersionId);
        await SendAsync(all, "/dags/registration/versions");
        var versions = await Task.WhenAll(runs.Select(async run => (await World.Store.RunAsync(run, default))!.VersionId));
        Assert.Equal([2, 2, 2], versions);

        Task<(string, XElement)> SendAsync(XElement page, string url)
        {
            var form = page.Descendants("form").Single(one => Of(one, "action").EndsWith("handler=upgrade", StringComparison.Ordinal));
            return PostAsync(url + Of(form, "action"), Fields(form));
        }
    }

    [Fact]
    public async Task A_refresh_beside_an_open_form_tries_no_upgrade()
    {
        var run = (await OpenAsync(1))[0];
        await World.RegisterAsync(World.Chain("registration", "submit", "await", "check", "tell"));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await World.Db.EngineAsync(
            async connection =>
            {
                // Whatever wants to change the run waits for this.
                await using var transaction = await connection.BeginTransactionAsync();
                await using var command = new NpgsqlCommand("select 1 from dag_run for update", connection, transaction);
                await command.ExecuteNonQueryAsync();
                using var head = await Http.GetAsync(new Uri($"/runs/{run}?do=upgrade&part=head", UriKind.Relative), patience.Token);
                Assert.Contains("Cancel", await head.Content.ReadAsStringAsync(), StringComparison.Ordinal);
                return run;
            },
            default);
    }

    private async Task<XElement> PressAsync(string url, string button)
    {
        using var browser = FormPress.Browser(Http.BaseAddress!, SignedIn);
        return Parse((await browser.PressAsync(url, button)).Html);
    }

    private async Task<long[]> OpenAsync(int count)
    {
        var dag = await World.RegisterAsync(World.Chain("registration", "submit", "await", "tell"));
        var runs = await World.MakeRunsAsync(dag, First, count);
        await World.StartRunsAsync();
        return runs;
    }
}
