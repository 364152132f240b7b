using System.Runtime.CompilerServices;
using System.Text;
using Pipelines.Engine.Loading;

namespace Pipelines.Engine.Tests.Loading;

public sealed class LoadedAssemblyTests : IDisposable
{
    private readonly LoadingHost _host = new();

    [Fact]
    public async Task Two_versions_of_a_private_dependency_run_side_by_side()
    {
        var one = Load("Stock1", "one/Stock");
        var two = Load("Stock2", "two/Stock");
        Assert.Equal(["Stock.StockCount", "Stock.StockYearly"], one.DagTypes);
        Assert.Equal("""{"Name":"main","Version":"1","Days":7}""", await RunAsync(one, "read"));
        Assert.Equal("""{"Name":"main","Version":"2","Days":7}""", await RunAsync(two, "read"));
        Assert.Equal("2", await RunAsync(two, "check"));
        one.Retire();
        two.Retire();
    }

    [Fact]
    public async Task A_retired_assembly_is_unloaded_after_its_last_use_and_leaves_memory()
    {
        var (loaded, use) = await UsedAsync();
        Assert.Null(loaded.TryUse());
        Assert.False(loaded.Unloaded.IsCompleted);
        use.Dispose();
        use.Dispose(); // twice counts once
        await loaded.Unloaded;
        await Until.Holds(() => Collected(loaded.Context));
        Assert.Throws<ObjectDisposedException>(() => loaded.CreateScope());
    }

    [Fact]
    public async Task A_retired_assembly_still_runs_while_it_is_used()
    {
        var loaded = Load("Stock1", "Stock");
        using (loaded.TryUse())
        {
            loaded.Retire();
            Assert.Contains("main", await RunAsync(loaded, "read"), StringComparison.Ordinal);
        }

        await loaded.Unloaded;
    }

    [Fact]
    public async Task Building_specs_leaves_nothing_behind()
    {
        var context = BuildAndRetire();
        await Until.Holds(() => Collected(context));
    }

    [Fact]
    public void A_service_registration_that_fails_throws_and_unloads()
    {
        var directory = _host.Unpacked("Stock1", "Stock");
        Assert.Throws<NotSupportedException>(
            () => LoadedAssembly.Load(directory, "Stock", _ => throw new NotSupportedException(), LoadingHost.Configuration));
    }

    public void Dispose() => _host.Dispose();

    private LoadedAssembly Load(string fixture, string folder) =>
        LoadedAssembly.Load(_host.Unpacked(fixture, folder), "Stock", LoadingHost.Services, LoadingHost.Configuration);

    // The frames that touch the plugin must be gone before the check: they hold it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<(LoadedAssembly Loaded, IDisposable Use)> UsedAsync()
    {
        var loaded = Load("Stock1", "Stock");
        var use = loaded.TryUse()!;
        await RunAsync(loaded, "read");
        await Task.Yield();
        loaded.Retire();
        return (loaded, use);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference BuildAndRetire()
    {
        var loaded = Load("Stock1", "Stock");
        Assert.Equal(2, LoadingHost.Specs.Build(loaded, "host:x", "Stock.dll").Specs.Count);
        loaded.Retire();
        return loaded.Context;
    }

    /// <summary>What the executor does: a fresh instance, Define, bind the arguments, run the body.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<string> RunAsync(LoadedAssembly loaded, string task)
    {
        await using var scope = loaded.CreateScope();
        var dag = loaded.Create("Stock.StockCount", scope);
        dag.Bind(default);
        var json = await DagBuilder.BodyOf(dag, task)!(new NoInputs(), null!);
        return System.Text.Json.JsonSerializer.Deserialize<string>(Encoding.UTF8.GetString(json!))!;
    }

    private static bool Collected(WeakReference context)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return !context.IsAlive;
    }

    private sealed class NoInputs : ITaskInputs
    {
        public T Read<T>(int index) => throw new NotSupportedException();

        public byte[]? Raw(int index) => throw new NotSupportedException();
    }
}
