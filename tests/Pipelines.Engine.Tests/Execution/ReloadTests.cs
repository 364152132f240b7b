using System.Text.Json;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Loading;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>Code that changes under a worker: every attempt runs on its version, and what no attempt needs leaves memory.</summary>
[Collection(Alone.Name)]
public sealed class ReloadTests
{
    private const int Make = 0;
    private const int Hold = 1;
    private const int Ignore = 2;

    [Fact]
    public async Task Fifty_reloads_under_load_fail_nothing_mix_nothing_up_and_leave_nothing_in_memory()
    {
        const int Cycles = 50;
        await using var host = new ReloadHost(WorkerHost.Quick);
        var expected = new Dictionary<long, string>();
        var versions = new List<int>();
        var after10 = 0L;
        for (var cycle = 1; cycle <= Cycles; cycle++)
        {
            versions.Add(await host.ImportAsync(cycle));
            for (var i = 0; i < 10; i++)
                Start(cycle);
            Start(Math.Max(1, cycle - 1));                        // a run that is still pinned to the one before
            await host.ReportAsync(Start(cycle));
            host.Versions.Sweep();
            if (cycle == 10)
                after10 = GC.GetTotalMemory(forceFullCollection: true);
        }

        await Until.Holds(() => host.Store.Accepted.Length == expected.Count, "all runs are reported");
        Assert.Equal(expected.Count, host.Store.Accepted.Select(report => report.Key.RunId).Distinct().Count());
        Assert.All(host.Store.Accepted, report => Assert.Equal((TaskState.Succeeded, expected[report.Key.RunId]), (report.Outcome, VersionOf(report))));

        host.Versions.Sweep();
        Assert.InRange(host.Loads, Cycles, 3 * Cycles);
        await Until.Holds(() => host.Unloaded == Cycles + host.Loads - 1, "all but the current version have left memory");
        if (OperatingSystem.IsLinux())
            await Until.Holds(() => host.Mapped() == 1);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - after10;
        Assert.True(grown < 4_000_000, $"{grown:N0} bytes more than after ten reloads.");

        long Start(int cycle)
        {
            var run = host.Enqueue(versions[cycle - 1], Make);
            expected[run] = ReloadVersion.Text(cycle);
            return run;
        }
    }

    [Fact]
    public async Task An_attempt_of_the_old_version_ends_on_it_beside_the_new_one_and_then_the_old_one_is_unloaded()
    {
        await using var host = new ReloadHost(WorkerHost.Quick);
        var old = await host.ImportAsync(1);
        var held = host.Enqueue(old, Hold);
        await Until.Holds(() => host.Store.Running.Count == 1 && host.Loads == 1);
        var current = await host.ImportAsync(2, "Reload2");
        Assert.Equal(("version-0002", "2"), MadeOf(await host.ReportAsync(host.Enqueue(current, Make))));
        host.Versions.Sweep();
        Assert.Equal(("version-0002", "2"), MadeOf(await host.ReportAsync(host.Enqueue(current, Make))));
        await Until.Holds(() => host.Unloaded == 2, "the importer's two are unloaded");
        Assert.Single(host.Store.Running);

        host.Open($"hold-{held}");
        Assert.Equal(("version-0001", "1"), MadeOf(await host.ReportAsync(held)));
        await SweptAsync(host, unloaded: 3);
        if (OperatingSystem.IsLinux())
            await Until.Holds(() => host.Mapped() == 1);

        // A run that is pinned to it, days later.
        Assert.Equal(("version-0001", "1"), MadeOf(await host.ReportAsync(host.Enqueue(old, Make))));
        Assert.Equal(3, host.Loads);
    }

    [Fact]
    public async Task A_stuck_body_keeps_its_assembly_until_it_returns()
    {
        await using var host = new ReloadHost(WorkerHost.Quick with { CancelGrace = TimeSpan.FromMilliseconds(50) });
        var stuck = host.Enqueue(await host.ImportAsync(1), Ignore);
        await Until.Holds(() => host.Store.Running.Count == 1 && host.Loads == 1);
        host.Store.Notify("pipelines_cancel", $"{stuck}");
        Assert.Equal(TaskState.Cancelled, (await host.ReportAsync(stuck)).Outcome);

        var current = await host.ImportAsync(2);
        await host.ReportAsync(host.Enqueue(current, Make));
        host.Versions.Sweep();
        await Until.Holds(() => host.Unloaded == 2, "the importer's two are unloaded");
        if (OperatingSystem.IsLinux())
            Assert.Equal(2, host.Mapped());
        host.Open($"ignore-{stuck}");
        await SweptAsync(host, unloaded: 3);
    }

    [Fact]
    public async Task What_is_not_superseded_stays_until_it_was_not_used_for_long()
    {
        await using (var keeps = new ReloadHost(WorkerHost.Quick))
        {
            var version = await keeps.ImportAsync(1);
            await keeps.ReportAsync(keeps.Enqueue(version, Make));
            keeps.Versions.Sweep();
            await keeps.ReportAsync(keeps.Enqueue(version, Make));
            Assert.Equal(1, keeps.Loads);
        }

        await using var host = new ReloadHost(WorkerHost.Quick, new VersionTimes(TimeSpan.Zero, TimeSpan.Zero));
        var only = await host.ImportAsync(1);
        await host.ReportAsync(host.Enqueue(only, Make));
        await SweptAsync(host, unloaded: 2);
        await host.ReportAsync(host.Enqueue(only, Make));
        Assert.Equal(2, host.Loads);
    }

    [Fact]
    public async Task The_heartbeat_sweeps()
    {
        await using var host = new ReloadHost(WorkerHost.Quick with { Lease = TimeSpan.FromSeconds(6) }, new VersionTimes(TimeSpan.Zero, TimeSpan.Zero));
        await host.ReportAsync(host.Enqueue(await host.ImportAsync(1), Make));
        await Until.Holds(() => host.Unloaded == 2);
    }

    // A report is out a moment before its attempt has let go of the assembly.
    private static Task SweptAsync(ReloadHost host, int unloaded) => Until.Holds(
        () =>
        {
            host.Versions.Sweep();
            return host.Unloaded == unloaded;
        },
        $"{unloaded} assemblies have left memory");

    private static string VersionOf(Report report) => MadeOf(report).Version;

    private static (string Version, string Parts) MadeOf(Report report)
    {
        Assert.True(report.Outcome == TaskState.Succeeded, report.Why);
        using var made = JsonDocument.Parse(report.Output!);
        return (made.RootElement.GetProperty("version").GetString()!, made.RootElement.GetProperty("parts").GetString()!);
    }
}
