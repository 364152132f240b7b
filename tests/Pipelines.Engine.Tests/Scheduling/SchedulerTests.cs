using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Engine.Tests.Scheduling;

public sealed class SchedulerTests
{
    [Fact]
    public async Task A_step_that_fails_keeps_no_other_from_being_taken_and_is_told_of()
    {
        var store = DispatchProxy.Create<ISchedulerStore, IdleStore>();
        using var scheduler = SchedulerOf(store);
        Assert.False(await scheduler.PassAsync(default));
        var all = ((IdleStore)store).Calls.ToList();
        ((IdleStore)store).Calls.Clear();
        ((IdleStore)store).Fails.Add(nameof(ISchedulerStore.LoadOpenBackfillsAsync));
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => scheduler.PassAsync(default));
        Assert.Equal("one run that nobody has thought of", fault.Message);
        string[] once = [nameof(ISchedulerStore.ReclaimAsync), nameof(ISchedulerStore.TidyAsync), nameof(ISchedulerStore.OpenWaitsAsync), nameof(ISchedulerStore.SweepAsync)];
        Assert.Equal(all.Except(once), ((IdleStore)store).Calls.Except(once));
        Assert.Equal(nameof(ISchedulerStore.FinishBackfillsAsync), ((IdleStore)store).Calls[^1]);

        ((IdleStore)store).Fails.Add(nameof(ISchedulerStore.AdmitAsync));
        Assert.Equal(2, (await Assert.ThrowsAsync<AggregateException>(() => scheduler.PassAsync(default))).InnerExceptions.Count);
    }

    [Fact]
    public async Task A_store_that_is_away_ends_the_pass()
    {
        var store = DispatchProxy.Create<ISchedulerStore, IdleStore>();
        ((IdleStore)store).Fails.Add(nameof(ISchedulerStore.AutoPauseAsync));
        ((IdleStore)store).Away = true;
        using var scheduler = SchedulerOf(store);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => scheduler.PassAsync(default));
        Assert.Equal(nameof(ISchedulerStore.AutoPauseAsync), ((IdleStore)store).Calls[^1]);
    }

    private static Scheduler SchedulerOf(ISchedulerStore store) => new(
        new SchedulerOptions(), store, null!, new CustomSchedules(new VersionCache(null!, null!, (_, _) => throw new NotSupportedException(), new UnloadWatch(NullLogger.Instance))), NullLogger<Scheduler>.Instance);
}

/// <summary>Has nothing to do, and may fail at some calls.</summary>
public class IdleStore : DispatchProxy
{
    public List<string> Calls { get; } = [];

    public HashSet<string> Fails { get; } = [];

    /// <summary>It fails so, and not by a fault of ours.</summary>
    public bool Away { get; set; }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Calls.Add(targetMethod!.Name);
        if (Fails.Contains(targetMethod.Name))
            throw Away ? new StoreUnavailableException("away", null) : new InvalidOperationException("one run that nobody has thought of");
        if (targetMethod.ReturnType == typeof(Task))
            return Task.CompletedTask;
        var type = targetMethod.ReturnType.GetGenericArguments()[0];
        object? nothing = type.IsValueType ? Activator.CreateInstance(type) : Array.CreateInstance(type.GetGenericArguments()[0], 0);
        return typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(type).Invoke(null, [nothing]);
    }
}
