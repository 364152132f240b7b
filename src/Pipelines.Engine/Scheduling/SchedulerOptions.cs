namespace Pipelines.Engine.Scheduling;

/// <summary>How a scheduler process behaves.</summary>
public sealed record SchedulerOptions
{
    /// <summary>The longest it sleeps: what a lost notification costs at most.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often lost workers are looked for.</summary>
    public TimeSpan Reclaim { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the safety net is drawn.</summary>
    public TimeSpan Sweep { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>When a DAG is looked at again whose schedule could not be read. Each time may cost a thread, where code of the DAG hangs.</summary>
    public TimeSpan BadScheduleAgain { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Runs that one transaction starts or makes at most, so that work begins while more is made.</summary>
    public int Batch { get; init; } = 500;
}
