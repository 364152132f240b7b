using Pipelines.Engine.Loading;

namespace Pipelines.Engine.Tests.Loading;

public sealed class DagImporterTests : IDisposable
{
    private readonly LoadingHost _host = new();

    private CatalogInMemory Catalog => _host.Catalog;

    [Fact]
    public async Task A_dropped_folder_is_registered_with_its_bundle_and_planned()
    {
        _host.Folder.Drop("Stock1", "Stock");
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        Assert.True(importer.FirstPass.IsCompletedSuccessfully);
        Assert.Equal(["stock_count", "stock_yearly"], Catalog.Active);
        Assert.Equal(_host.Planned, Catalog.NewVersions);
        Assert.Empty(Catalog.Errors);
        var bundle = Assert.Single(Catalog.Bundles.Values);
        Assert.Equal((_host.Source("Stock"), bundle.Hash), (Catalog.Dags["stock_count"].Source, Catalog.Dags["stock_count"].Bundle));
    }

    [Fact]
    public async Task An_assembly_beside_the_folders_is_told_of_until_it_is_gone()
    {
        _host.Folder.Drop("Stock1", "Stock");
        var root = _host.Folder.Root;
        await File.WriteAllBytesAsync(Path.Combine(root, "Newtonsoft.Json.dll"), [1]);
        await File.WriteAllBytesAsync(Path.Combine(root, "Sales.dll"), [1]);
        await File.WriteAllTextAsync(Path.Combine(root, "Sales.deps.json"), "{}");
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        var error = Catalog.ErrorOf(null)!;
        Assert.Equal("Sales.dll and 1 more lie beside the DAG folders, where nothing is loaded from.", error.What);
        Assert.Contains("make the folder 'Sales' here", error.Fix, StringComparison.Ordinal);
        Assert.Equal(["stock_count", "stock_yearly"], Catalog.Active);
        File.Delete(Path.Combine(root, "Newtonsoft.Json.dll"));
        await importer.ImportOnceAsync();
        Assert.StartsWith("Sales.dll lies beside", Catalog.ErrorOf(null)!.What, StringComparison.Ordinal);
        File.Delete(Path.Combine(root, "Sales.dll"));
        await importer.ImportOnceAsync();
        Assert.Empty(Catalog.Errors);
    }

    [Fact]
    public async Task Unchanged_content_registers_nothing_anew()
    {
        _host.Folder.Drop("Stock1", "Stock");
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        var calls = Catalog.Calls;
        await importer.ImportOnceAsync();
        _host.Folder.Drop("Stock1", "Stock"); // the same bytes, written again
        await importer.ImportOnceAsync();
        Assert.Equal(calls, Catalog.Calls);

        using var restarted = _host.Importer();
        await restarted.ImportOnceAsync();
        Assert.Equal(2, Catalog.NewVersions.Count);
        Assert.Equal(4, _host.Planned.Count); // a plan that the dead process did not get to is made now
    }

    [Fact]
    public async Task A_changed_folder_becomes_a_new_version_while_the_old_one_runs()
    {
        var path = _host.Folder.Drop("Stock1", "Stock");
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        var running = LoadedAssembly.Load(
            _host.Cache.Find(Catalog.Dags["stock_count"].Bundle)!, "Stock", LoadingHost.Services, LoadingHost.Configuration);
        using (running.TryUse())
        {
            _host.Folder.Drop("Stock2", "Stock");
            await importer.ImportOnceAsync();
            Assert.Equal(3, Catalog.Dags["stock_count"].Spec.Tasks.Count);
            Assert.Equal(["stock_count"], Catalog.Active); // stock_yearly is no longer in it
            Directory.Delete(path, recursive: true);
            using var scope = running.CreateScope();
            Assert.Equal("StockCount", running.Create("Stock.StockCount", scope).GetType().Name);
        }

        running.Retire();
    }

    [Fact]
    public async Task A_folder_that_is_gone_retires_its_dags_and_errors()
    {
        var stock = _host.Folder.Drop("Stock1", "Stock");
        var bad = _host.Folder.DropFile("Bad", "Bad.dll", []);
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        Assert.NotNull(Catalog.ErrorOf(null));
        Directory.Delete(stock, recursive: true);
        Directory.Delete(bad, recursive: true);
        await importer.ImportOnceAsync();
        Assert.Empty(Catalog.Active);
        Assert.Empty(Catalog.Errors);
        _host.Folder.Drop("Stock1", "Stock");
        await importer.ImportOnceAsync();
        Assert.Equal(["stock_count", "stock_yearly"], Catalog.Active);
    }

    [Fact]
    public async Task A_folder_removed_while_nothing_ran_is_retired_at_the_start()
    {
        var stock = _host.Folder.Drop("Stock1", "Stock");
        using (var importer = _host.Importer())
            await importer.ImportOnceAsync();
        Directory.Delete(stock, recursive: true);
        using var restarted = _host.Importer();
        await restarted.ImportOnceAsync();
        Assert.Empty(Catalog.Active);
    }

    [Fact]
    public async Task A_root_that_is_not_there_retires_nothing()
    {
        _host.Folder.Drop("Stock1", "Stock");
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        Directory.Move(Path.Combine(_host.Folder.Home, "dags"), Path.Combine(_host.Folder.Home, "unmounted"));
        await importer.ImportOnceAsync();
        Assert.Equal(["stock_count", "stock_yearly"], Catalog.Active);
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("half")]
    [InlineData("damaged")]
    [InlineData("missing dependency")]
    [InlineData("no assembly")]
    public async Task While_a_folder_is_broken_its_previous_version_serves(string how)
    {
        var path = _host.Folder.Drop("Stock1", "Stock");
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        var file = Path.Combine(path, "Stock.dll");
        var bytes = File.ReadAllBytes(file);
        switch (how)
        {
            case "empty":
                File.WriteAllBytes(file, []);
                break;
            case "half":
                File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]);
                break;
            case "damaged":
                bytes.AsSpan(bytes.Length / 3, bytes.Length / 3).Clear();
                File.WriteAllBytes(file, bytes);
                break;
            case "missing dependency":
                File.Delete(Path.Combine(path, "Parts.dll"));
                break;
            default:
                File.Delete(file);
                break;
        }

        await importer.ImportOnceAsync();
        var errors = Assert.Single(Catalog.Errors).Value;
        Assert.All(errors, error => Assert.Equal((_host.Source("Stock"), "Stock.dll"), (error.Source, error.File)));
        Assert.Contains("stock_count", Catalog.Active);
        Assert.Equal(2, Catalog.NewVersions.Distinct().Count());

        _host.Folder.Drop("Stock1", "Stock");
        await importer.ImportOnceAsync();
        Assert.Empty(Catalog.Errors);
        Assert.Equal(["stock_count", "stock_yearly"], Catalog.Active);
    }

    [Fact]
    public async Task A_missing_dependency_is_named()
    {
        var path = _host.Folder.Drop("Stock1", "Stock");
        File.Delete(Path.Combine(path, "Parts.dll"));
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        var error = Catalog.ErrorOf(null)!;
        Assert.Contains("Parts, 1.0.0.0 is needed and is not in the folder", error.What, StringComparison.Ordinal);
        Assert.Contains("<EnableDynamicLoading>", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_with_another_name_than_its_assembly_says_so()
    {
        _host.Folder.Drop("Stock1", "stock-dags");
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        var error = Catalog.ErrorOf(null)!;
        Assert.Equal("stock-dags.dll", error.File);
        Assert.Contains("rename the folder to 'Stock'", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bundle_over_the_limit_is_an_error()
    {
        _host.Folder.Drop("Stock1", "Stock");
        using var importer = _host.Importer(cache: new BundleCache(_host.Folder.Home, limit: 1000));
        await importer.ImportOnceAsync();
        Assert.Contains("over 1,000 bytes", Catalog.ErrorOf(null)!.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_that_another_folder_holds_is_an_error_until_it_is_free()
    {
        var path = _host.Folder.Drop("Stock1", "Stock");
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        Catalog.Dags["stock_yearly"] = Catalog.Dags["stock_yearly"] with { Source = "other-host:/dags/Stock" };
        File.WriteAllText(Path.Combine(path, "changed.txt"), "");
        await importer.ImportOnceAsync();
        Assert.Contains("taken by the folder other-host:/dags/Stock", Catalog.ErrorOf("stock_yearly")!.What, StringComparison.Ordinal);
        Assert.Equal(["stock_count", "stock_yearly"], Catalog.Active);

        await Catalog.RetireAsync("other-host:/dags/Stock", [], CancellationToken.None);
        _host.Folder.DropFile("Bad", "Bad.dll", []); // a change anywhere makes it try again
        await importer.ImportOnceAsync();
        Assert.Null(Catalog.ErrorOf("stock_yearly"));
        Assert.Equal(_host.Source("Stock"), Catalog.Dags["stock_yearly"].Source);
    }

    [Fact]
    public async Task An_id_held_by_a_folder_of_this_host_that_is_gone_is_taken_over()
    {
        _host.Folder.Drop("Stock1", "Stock");
        using (var importer = _host.Importer())
            await importer.ImportOnceAsync();
        Catalog.Dags["stock_yearly"] = Catalog.Dags["stock_yearly"] with { Source = $"host:{_host.Folder.Home}/former-root/Stock" };
        using var restarted = _host.Importer();
        await restarted.ImportOnceAsync();
        Assert.Empty(Catalog.Errors);
        Assert.Equal(_host.Source("Stock"), Catalog.Dags["stock_yearly"].Source);
    }

    [Fact]
    public async Task Dags_with_an_error_keep_their_previous_version()
    {
        _host.Folder.Drop("Stock1", "Stock");
        using (var importer = _host.Importer())
            await importer.ImportOnceAsync();
        using var strict = _host.Importer(specs: new SpecBuilder(spec => spec.Cron is null ? null : "Cron is not in fashion."));
        await strict.ImportOnceAsync();
        Assert.Equal("Cron is not in fashion.", Catalog.ErrorOf("stock_count")!.What);
        Assert.Equal(["stock_count", "stock_yearly"], Catalog.Active);
    }

    [Fact]
    public async Task While_the_database_is_away_nothing_is_lost()
    {
        _host.Folder.Drop("Stock1", "Stock");
        Catalog.Unavailable = true;
        using var importer = _host.Importer();
        using var stop = new CancellationTokenSource();
        var running = importer.RunAsync(stop.Token);
        await Until.Holds(() => Catalog.Calls >= 3);
        Assert.False(importer.FirstPass.IsCompleted);
        Catalog.Unavailable = false;
        await importer.FirstPass.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["stock_count", "stock_yearly"], Catalog.Active);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task What_the_store_does_not_take_of_one_folder_keeps_no_other_from_being_loaded()
    {
        Catalog.Refused = _host.Source("Bad");
        _host.Folder.DropFile("Bad", "Bad.dll", []);
        using var importer = _host.Importer();
        await importer.ImportOnceAsync();
        await importer.ImportOnceAsync();
        _host.Folder.Drop("Stock1", "Stock");
        await importer.ImportOnceAsync();
        Assert.True(importer.FirstPass.IsCompletedSuccessfully);
        Assert.Equal(["stock_count", "stock_yearly"], Catalog.Active);
        Assert.Empty(Catalog.Errors);
    }

    [Fact]
    public void An_error_holds_nothing_that_the_store_does_not_take()
    {
        var error = new Problem("a\0b\ud800c", "d\0e").At("source", "f\0g", "h.dll");
        Assert.Equal(("a\ufffdb\ufffdc", "d\ufffde", "f\ufffdg"), (error.What, error.Fix, error.DagId));
    }

    [Fact]
    public async Task Dropping_wakes_a_running_importer()
    {
        using var importer = _host.Importer(poll: TimeSpan.FromMinutes(10));
        using var stop = new CancellationTokenSource();
        var running = importer.RunAsync(stop.Token);
        await importer.FirstPass.WaitAsync(TimeSpan.FromSeconds(30));
        _host.Folder.Drop("Stock1", "Stock");
        await Until.Holds(() => Catalog.Dags.ContainsKey("stock_yearly"));
        await stop.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData("Stock.dll")]
    [InlineData("Parts.dll")]
    [InlineData("NeededByABodyOnly.dll")]
    public async Task Nothing_half_copied_is_ever_loaded_however_slow_the_copy(string last)
    {
        var path = _host.Folder.Drop("Stock1", "Stock");
        var file = Path.Combine(path, last);
        var whole = File.ReadAllBytes(File.Exists(file) ? file : Path.Combine(path, "Parts.dll"));
        using var importer = _host.Importer();
        int[] lengths = [0, 1, 63, 64, 300, 512, .. Enumerable.Range(1, 15).Select(i => whole.Length * i / 16), whole.Length - 1];
        foreach (var length in lengths)
        {
            File.WriteAllBytes(file, whole[..length]);
            await importer.ImportOnceAsync();
            Assert.True(Catalog.Bundles.Count == 0, $"Loaded with {length} of {whole.Length} bytes of {last}.");
        }

        Assert.Single(Catalog.Errors);
        File.WriteAllBytes(file, whole);
        await importer.ImportOnceAsync();
        Assert.Single(Catalog.Bundles);
        Assert.Empty(Catalog.Errors);
    }

    [Fact]
    public async Task A_folder_that_changes_while_it_is_looked_at_is_left_until_it_is_quiet()
    {
        _host.Folder.Drop("Stock1", "Stock");
        using var importer = _host.Importer(quiet: TimeSpan.FromSeconds(1));
        var import = importer.ImportOnceAsync();              // it has looked, and waits for quiet, when it returns
        _host.Folder.Drop("Stock2", "Stock");
        await import;
        Assert.Single(Catalog.Bundles);
        Assert.Equal(["stock_count"], Catalog.Active);        // never the first one's stock_yearly
    }

    [Fact]
    public async Task A_folder_that_changed_while_it_was_read_is_read_again()
    {
        _host.Folder.Drop("Stock1", "Stock");
        var reads = 0;
        using var importer = _host.Importer(specs: new SpecBuilder(_ =>
        {
            if (reads++ == 0)
                _host.Folder.Drop("Stock2", "Stock");
            return null;
        }));
        await importer.ImportOnceAsync();
        Assert.Single(Catalog.Bundles);
        Assert.Equal(["stock_count"], Catalog.Active);
    }

    [Fact]
    public async Task A_define_that_never_returns_is_run_twice_and_not_at_every_poll_and_leaves_the_others_alone()
    {
        const string Stop = "spins.stop";
        const string Calls = "spins.calls";
        AppDomain.CurrentDomain.SetData(Calls, 0);
        AppDomain.CurrentDomain.SetData(Stop, null);
        try
        {
            var path = _host.Folder.Drop("Spins", "Spins");
            _host.Folder.Drop("Stock1", "Stock");
            // Another folder holds one of its ids: it is tried again whenever any folder changes.
            Catalog.Dags["spins_beside"] = ("other-host:/dags/Spins", new DagSpec { Id = "spins_beside", Type = "x", Tasks = [] }, "", false);
            using var importer = _host.Importer(specs: new SpecBuilder(_ => null, TimeSpan.FromSeconds(1)));
            await importer.ImportOnceAsync();
            for (var poll = 0; poll < 3; poll++)
            {
                _host.Folder.DropFile("Other", "Other.dll", [(byte)poll]);
                await importer.ImportOnceAsync();
            }

            Assert.Contains("taken by the folder other-host:/dags/Spins", Catalog.ErrorOf("spins_beside")!.What, StringComparison.Ordinal);
            Assert.Contains("Define of Spins.SpinsDag did not return within 1 s", Catalog.ErrorOf("spins")!.What, StringComparison.Ordinal);
            Assert.Equal(["spins_beside", "stock_count", "stock_yearly"], Catalog.Active);
            Assert.Equal(2, AppDomain.CurrentDomain.GetData(Calls));

            File.WriteAllText(Path.Combine(path, "changed.txt"), "");
            await importer.ImportOnceAsync();
            Assert.Equal(4, AppDomain.CurrentDomain.GetData(Calls));
        }
        finally
        {
            AppDomain.CurrentDomain.SetData(Stop, true);
        }
    }

    public void Dispose() => _host.Dispose();
}
