using System.Text.Json.Nodes;

namespace Pipelines.EndToEnd.Tests;

/// <summary>Code that changes while the program runs.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task A_dag_appears_breaks_and_is_mended_while_an_attempt_of_the_old_version_runs_to_its_end_and_then_the_old_one_is_unloaded()
    {
        await using var at = new TemporaryHome();
        var up = at.Start("up", "--port", "0");
        var file = await UpFile.ReadyAsync(at, up);
        await using var store = new Store(file.Database);
        using var browser = await SignIn.AsAdminAsync(file.Url, up.Output);

        at.DropReload(1);
        await IsLoadedAsync(at, store, versions: 1);
        var held = await StartAsync(at);
        at.Open($"ignore-{held}");
        await at.UntilAsync("the body waits at its gate", () => IsHeldAsync(store, held));

        at.DropReload(2, spoil: bytes => bytes[..^1000]);
        await at.UntilAsync("the damage is told", async () => (await ErrorsAsync(at)).Count == 1);
        var error = (await ErrorsAsync(at))[0]!;
        Assert.Equal("Reload.dll", (string?)error["file"]);
        Assert.Contains("cut off", (string?)error["what"], StringComparison.Ordinal);
        Assert.Contains("cut off", await browser.GetStringAsync("errors"), StringComparison.Ordinal);
        Assert.Contains("import error: ", await browser.GetStringAsync(""), StringComparison.Ordinal);
        Assert.Equal("version-0001", await VersionOfAsync(at, store, await StartAsync(at)));

        at.DropReload(2, "Reload2");
        await at.UntilAsync("the error is gone", async () => (await ErrorsAsync(at)).Count == 0);
        Assert.Equal("version-0002", await VersionOfAsync(at, store, await StartAsync(at)));
        await at.UntilAsync("both versions are mapped", () => Maps(up, 2));
        Assert.True(await IsHeldAsync(store, held));

        at.Open($"hold-{held}");
        Assert.Equal("version-0001", await VersionOfAsync(at, store, held));
        await at.UntilAsync("the old version has left memory", () => Maps(up, 1));
        Assert.Equal("version-0002", await VersionOfAsync(at, store, await StartAsync(at)));
        Assert.Equal(0, await store.CountAsync(
            "select count(*) from event e join dag_run r using (run_id) join dag d on d.dag_no = r.dag_no where d.dag_id = 'reload' and e.to_state in ('f', 'y', 'c')"));
    }

    [Fact]
    public async Task A_run_stays_with_its_version_over_restarts_and_another_machine_fetches_it_by_its_hash()
    {
        await using var at = await Installation.CreateAsync();
        at.DropReload(1);
        var scheduler = await at.SchedulerAsync("reload");
        var worker = await at.WorkerAsync("--lease", "3");
        var held = await StartAsync(at);
        at.Open($"ignore-{held}");
        await at.UntilAsync("the body waits at its gate", () => IsHeldAsync(at.Store, held));
        scheduler.Kill();
        worker.Kill();
        await scheduler.EndAsync();

        at.DropReload(2, "Reload2");
        await at.SchedulerAsync("reload");
        await IsLoadedAsync(at, at.Store, versions: 2);
        var elsewhere = Path.Combine(at.Home, "elsewhere");
        var other = at.StartAt(elsewhere, "worker");                        // nothing is to be lost here: the usual lease
        Assert.Equal("version-0002", await VersionOfAsync(at, at.Store, await StartAsync(at)));
        Assert.Equal("version-0001", await VersionOfAsync(at, at.Store, held));
        Assert.Equal(("1", "2"), (await PartsOfAsync(at.Store, held), await PartsOfAsync(at.Store, held + 1)));
        Assert.Equal(2, Directory.EnumerateDirectories(Path.Combine(elsewhere, "cache", "bundles")).Count());
        Assert.False(Directory.Exists(Path.Combine(elsewhere, "dags")));
        Assert.Equal(1, await Proof.LostAsync(at.Store));
        Assert.False(other.HasExited, other.ToString());
    }

    [Theory]
    [InlineData("exit")]
    [InlineData("failfast")]
    [InlineData("overflow")]
    public async Task A_folder_that_kills_the_process_that_loads_it_does_so_twice_at_the_most(string how)
    {
        await using var at = await Installation.CreateAsync(Built.Fixture("Deadly"), Built.Dags);
        at.Environment["E2E_DEATH"] = how;
        at.Environment["PIPELINES_HOST_NAME"] = "etl-1";
        for (var death = 1; death <= 2; death++)
            Assert.NotEqual(0, (await at.Start("scheduler", "--dags", at.Dags).EndAsync()).Code);

        var survivor = await at.SchedulerAsync("good");
        await at.UntilAsync("it is told", async () => (await ErrorsAsync(at)).Count == 1);
        var error = (await ErrorsAsync(at))[0]!;
        Assert.Equal(("Deadly.dll", $"etl-1:{Path.Combine(at.Dags, "Deadly")}"), ((string?)error["file"], (string?)error["source"]));
        Assert.Contains("The process died 2 times while Deadly.dll was being loaded", (string?)error["what"], StringComparison.Ordinal);
        Assert.Contains("Environment.Exit", (string?)error["fix"], StringComparison.Ordinal);
        survivor.Terminate();
        await survivor.EndAsync();

        at.Environment["E2E_DEATH"] = "";
        await File.WriteAllTextAsync(Path.Combine(at.Dags, "Deadly", "corrected.txt"), "");
        await at.SchedulerAsync("deadly");
        await at.UntilAsync("the error is gone", async () => (await ErrorsAsync(at)).Count == 0);
    }

    private static Task IsLoadedAsync(TemporaryHome at, Store store, int versions) => at.UntilAsync(
        $"{versions} versions are loaded",
        async () => await store.CountAsync("select count(*) from dag_version v join dag d on d.dag_no = v.dag_no where d.dag_id = 'reload'") == versions);

    private static async Task<JsonArray> ErrorsAsync(TemporaryHome at) => (await at.RunAsync("dags", "errors", "-o", "json")).Json().AsArray();

    private static async Task<long> StartAsync(TemporaryHome at) => (long)(await at.RunAsync("runs", "start", "reload", "-o", "json")).Json()["run"]!;

    private static async Task<bool> IsHeldAsync(Store store, long run) =>
        await store.CountAsync("select count(*) from task_instance where run_id = $1 and task_no = 1 and state = 'r'", run) == 1;

    /// <summary>Lets the run go on to its end; all its bodies must have run on the same version.</summary>
    private static async Task<string> VersionOfAsync(TemporaryHome at, Store store, long run)
    {
        at.Open($"hold-{run}");
        at.Open($"ignore-{run}");
        await at.UntilAsync($"run {run} ends", async () => await store.CountAsync("select count(*) from dag_run where run_id = $1 and state in ('s', 'f', 'c')", run) == 1);
        Assert.Equal(1, await store.CountAsync("select count(*) from dag_run where run_id = $1 and state = 's'", run));
        var first = await store.TextAsync("select output ->> 'version' from task_instance where run_id = $1 and task_no = 0", run);
        Assert.Equal(first, await store.TextAsync("select output ->> 'version' from task_instance where run_id = $1 and task_no = 1", run));
        return first;
    }

    private static Task<string> PartsOfAsync(Store store, long run) => store.TextAsync("select output ->> 'parts' from task_instance where run_id = $1 and task_no = 1", run);

    /// <summary>Whether the process has so many files of the assembly mapped, where the system says so.</summary>
    private static bool Maps(Running process, int files) => !OperatingSystem.IsLinux() || File.ReadLines($"/proc/{process.Id}/maps")
        .Where(line => line.EndsWith("/Reload.dll", StringComparison.Ordinal))
        .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..]).Distinct().Count() == files;
}
