using System.Text.Json;

namespace Pipelines.Engine.Ports;

public partial interface IReads
{
    /// <summary>What an instance has told since its first start: its progress, then its values by name, then its last heartbeat.</summary>
    Task<IReadOnlyList<ValueRow>> ValuesAsync(InstanceKey key, CancellationToken cancellation);

    /// <summary>How far the running tasks of a run are, in the order of tasks; those that have said so.</summary>
    Task<IReadOnlyList<ProgressRow>> ProgressAsync(long runId, int limit, CancellationToken cancellation);
}

/// <summary>Something that an instance has told.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; "" unless it is a value.</param>
/// <param name="Attempt">The attempt that told it.</param>
/// <param name="At">When.</param>
/// <param name="Json">What.</param>
public sealed record ValueRow(ValueKind Kind, string Name, short Attempt, DateTimeOffset At, string? Json)
{
    /// <summary>Of progress, how far it is.</summary>
    public TaskProgress? Progress => Kind == ValueKind.Progress ? TaskProgress.Of(Json) : null;
}

/// <summary>How far a running task is.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="MapIndex">Its element; -1: it is not mapped.</param>
/// <param name="Attempt">The attempt that runs.</param>
/// <param name="At">When it said so.</param>
/// <param name="Percent">0 to 100.</param>
/// <param name="Text">What it is at.</param>
public sealed record ProgressRow(string TaskId, int MapIndex, short Attempt, DateTimeOffset At, double Percent, string Text)
{
    /// <summary>More of one run are not listed.</summary>
    public const int Most = 100;
}

/// <summary>Progress as it is stored.</summary>
/// <param name="Percent">0 to 100.</param>
/// <param name="Text">What is being done.</param>
public sealed record TaskProgress(double Percent, string Text)
{
    public static TaskProgress Of(string? json) => json is null ? new(0, "") : JsonSerializer.Deserialize<TaskProgress>(json, JsonSerializerOptions.Web) ?? new(0, "");

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);
}
