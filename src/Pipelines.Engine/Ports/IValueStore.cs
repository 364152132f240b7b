namespace Pipelines.Engine.Ports;

/// <summary>What a body tells while it runs.</summary>
public enum ValueKind
{
    /// <summary>A value by its name.</summary>
    Value,

    /// <summary>How far it is: percent and text.</summary>
    Progress,

    /// <summary>What its last heartbeat was given.</summary>
    Heartbeat,
}

/// <summary>What bodies tell: each the last one only, kept when the worker is dead and when the run has ended.</summary>
public interface IValueStore
{
    /// <returns>False: the attempt is not this worker's any more; nothing was changed.</returns>
    /// <param name="workerId">The worker.</param>
    /// <param name="key">The instance.</param>
    /// <param name="attempt">Its attempt.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="name">Its name; "" unless it is a value.</param>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<bool> SaveValueAsync(int workerId, InstanceKey key, short attempt, ValueKind kind, string name, byte[] json, CancellationToken cancellation);

    /// <summary>What the last heartbeat since the instance's first start was given, as UTF-8 JSON; null: nothing.</summary>
    Task<byte[]?> LoadHeartbeatAsync(InstanceKey key, DateTimeOffset firstStartedAt, CancellationToken cancellation);
}
