namespace Pipelines.Testing.Model;

/// <content>What waits for a worker for too long.</content>
internal sealed partial class ModelWorld
{
    /// <summary>When an instance that is ready has waited for a worker for too long; null: never.</summary>
    public static DateTimeOffset? DueInQueue(ModelInstance instance) =>
        instance is { State: 'q', Task.Spec: { Wait: null, QueueTimeoutSeconds: { } seconds } } ? instance.EndedAt + TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Fails those that no worker has taken within their queue timeout.</summary>
    /// <param name="whom">Whether the instance is one of those looked at; null: all.</param>
    /// <returns>How many.</returns>
    public int ExpireQueued(Func<ModelInstance, bool>? whom = null)
    {
        var late = _queue.Where(instance => DueInQueue(instance) <= Now && whom?.Invoke(instance) != false).ToList();
        var settling = new Settling(this);
        foreach (var instance in late)
        {
            _queue.Remove(instance);
            Move(instance, 'f', Cause.QueueTimedOut,
                $"no worker has taken it within its queue timeout of {TimeSpan.FromSeconds(instance.Task.Spec.QueueTimeoutSeconds!.Value)}: it waited for the queue {instance.Task.Spec.Queue}");
            settling.End(instance);
        }

        settling.Finish([.. late.Select(instance => instance.Run).Distinct()]);
        return late.Count;
    }
}
