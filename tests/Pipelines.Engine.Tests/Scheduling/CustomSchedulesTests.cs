using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Engine.Tests.Loading;
using static Pipelines.Engine.Tests.Vectors.Instants;

namespace Pipelines.Engine.Tests.Scheduling;

/// <summary>Schedules that are code of a dropped assembly, evaluated from the version's bundle.</summary>
public sealed class CustomSchedulesTests : IDisposable
{
    private const string Trouble = "calendar.trouble";
    private readonly LoadingHost _host = new();
    private WeakReference? _context;

    [Fact]
    public async Task Ticks_come_from_the_bundle_and_nothing_of_it_is_kept()
    {
        var (schedules, due) = await ImportAsync();
        var plan = await DecideAsync(schedules, due);
        Assert.Equal(
            [At("2026-01-02T12:00Z"), At("2026-01-03T12:00Z"), At("2026-01-04T12:00Z")], plan.Create.Select(run => run.ScheduledFor));
        Assert.Equal(At("2026-01-01T12:00Z"), plan.Create[0].IntervalStart);
        schedules.Sweep();
        await Until.Holds(() => Collected(_context!));
        Assert.Equal(At("2026-01-05T12:00Z"), (await DecideAsync(schedules, due)).NextDue);
    }

    [Theory]
    [InlineData("throws", "The schedule Calendar.Noons threw InvalidOperationException for Next(2026-01-01T00:00:00Z): the calendar is gone")]
    [InlineData("hangs", "The schedule of calendar did not return within")]
    public async Task What_misbehaves_after_it_was_loaded_is_told_in_one_line(string trouble, string message)
    {
        var (schedules, due) = await ImportAsync();
        AppContext.SetData(Trouble, trouble);
        var error = await Assert.ThrowsAsync<ScheduleException>(() => DecideAsync(schedules, due));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        AppContext.SetData(Trouble, null);
        Assert.Equal(3, (await DecideAsync(schedules, due)).Create.Count);
    }

    public void Dispose()
    {
        AppContext.SetData(Trouble, null);
        _host.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<RunPlan> DecideAsync(CustomSchedules schedules, DueDag due) =>
        schedules.ReadAsync(RunPlan.CustomVersions(due), custom => RunPlan.Decide(due, custom, 10));

    private async Task<(CustomSchedules Schedules, DueDag Due)> ImportAsync()
    {
        _host.Folder.Drop("Calendar", "Calendar");
        using var importer = _host.Importer(specs: new SpecBuilder(ScheduleOf.Problem));
        await importer.ImportOnceAsync();
        Assert.Empty(_host.Catalog.Errors);
        var version = _host.Catalog.CurrentVersion("calendar");
        var versions = new VersionCache(_host.Catalog, _host.Cache, Load, new UnloadWatch(NullLogger.Instance), new VersionTimes(TimeSpan.Zero, TimeSpan.Zero));
        var spec = _host.Catalog.Dags["calendar"].Spec;
        return (new CustomSchedules(versions, TimeSpan.FromMilliseconds(500)), Kinds.Due(spec, null, At("2026-01-04T18:00Z"), At("2026-01-01T00:00Z")) with { VersionId = version });
    }

    private LoadedAssembly Load(string directory, string assembly)
    {
        var loaded = LoadedAssembly.Load(directory, assembly, LoadingHost.Services, LoadingHost.Configuration);
        _context ??= loaded.Context;
        return loaded;
    }

    private static bool Collected(WeakReference context)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return !context.IsAlive;
    }
}
