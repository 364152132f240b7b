namespace Pipelines;

/// <content>Who is told. Whom a channel reaches, and how, the operator says: a DAG only names it.</content>
public sealed partial class DagBuilder
{
    private IReadOnlyList<NotifySpec>? _notify;
    private IReadOnlyList<DeadlineSpec>? _deadlines;

    /// <summary>
    /// Tells channels how runs of this DAG end. With <see cref="NotifyOn.Retry"/> they are also told of each retry of any of its tasks. It is told however it comes about, by a
    /// lost worker or a person too, and delivered at least once: written with the change it tells of, and tried for hours.
    /// </summary>
    /// <param name="on">What they are told of.</param>
    /// <param name="channels">Names of channels that the operator configures where the scheduler runs: <c>PIPELINES_CHANNEL_NAME</c>. They need not be there yet.</param>
    /// <exception cref="DagDefinitionException">No channel, nothing to tell, or a name with other characters than letters, digits, '_', '-' and '.'.</exception>
    /// <example><code>dag.Notify(NotifyOn.Failure, "on-call");</code></example>
    public DagBuilder Notify(NotifyOn on, params ReadOnlySpan<string> channels)
    {
        if (_only is null)
            _notify = Added(_notify, "The DAG", on, channels);
        return this;
    }

    /// <summary>Tells a channel, once, when a run has not ended by then. The run goes on; to stop it use <see cref="RunTimeout"/>.</summary>
    /// <param name="after">The time allowed.</param>
    /// <param name="from">What it counts from.</param>
    /// <param name="channel">The name of a channel.</param>
    /// <exception cref="DagDefinitionException">The time is not longer than zero, or the name has other characters than letters, digits, '_', '-' and '.'.</exception>
    /// <example><code>dag.Deadline(TimeSpan.FromHours(4), DeadlineFrom.ScheduledFor, "on-call");   // the report is due at six</code></example>
    public DagBuilder Deadline(TimeSpan after, DeadlineFrom from, string channel)
    {
        if (_only is null)
            _deadlines = Added(_deadlines, "The DAG", after, from, channel);
        return this;
    }

    internal static IReadOnlyList<NotifySpec> Added(IReadOnlyList<NotifySpec>? known, string where, NotifyOn on, ReadOnlySpan<string> channels)
    {
        if (on == 0 || (on & ~(NotifyOn.Failure | NotifyOn.Success | NotifyOn.Retry | NotifyOn.Cancellation)) != 0)
            throw new DagDefinitionException($"{where}: Notify needs what to tell, such as NotifyOn.Failure, not {on}.");
        if (channels.IsEmpty)
            throw new DagDefinitionException($"{where}: Notify names no channel. Give one: Notify(NotifyOn.Failure, \"on-call\").");
        var all = (known ?? []).ToDictionary(notify => notify.Channel, notify => notify.On);
        foreach (var channel in channels)
            all[CheckChannel(where, channel)] = all.GetValueOrDefault(channel) | on;
        return [.. all.Select(notify => new NotifySpec(notify.Key, notify.Value))];
    }

    internal static IReadOnlyList<DeadlineSpec> Added(IReadOnlyList<DeadlineSpec>? known, string where, TimeSpan after, DeadlineFrom from, string channel)
    {
        if (after <= TimeSpan.Zero || !Enum.IsDefined(from))
            throw new DagDefinitionException($"{where}: a deadline must be later than what it counts from, not {after} after {from}.");
        var deadline = new DeadlineSpec(CheckChannel(where, channel), after.TotalSeconds, from);
        return known?.Contains(deadline) == true ? known : [.. known ?? [], deadline];
    }

    /// <summary>What the DAG says of retries is said at each of its tasks: a run has none.</summary>
    private void FinishReactions()
    {
        foreach (var channel in (_notify ?? []).Where(notify => notify.On.HasFlag(NotifyOn.Retry)).Select(notify => notify.Channel))
        {
            foreach (var task in _tasks)
                task.Spec = task.Spec with { Notify = Added(task.Spec.Notify, task.Id, NotifyOn.Retry, [channel]) };
        }

        _notify = _notify?.Select(notify => notify with { On = notify.On & ~NotifyOn.Retry }).Where(notify => notify.On != 0).ToList() is { Count: > 0 } rest ? rest : null;
    }

    private static string CheckChannel(string where, string channel) =>
        channel.Length is > 0 and <= 100 && channel.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? channel
            : throw new DagDefinitionException($"{where}: the channel name '{channel}' must be 1 to 100 letters, digits, '_', '-' or '.' (ASCII).");
}
