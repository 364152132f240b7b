namespace Pipelines.Testing.Model;

/// <summary>The rules that decide an instance, as numbers: those of <see cref="TriggerRule"/>, then those that a role brings.</summary>
internal static class Rules
{
    public const int Teardown = 12;
    public const int TaskFailed = 13;
    public const int TaskSucceeded = 14;
    public const int RunFailed = 15;
    public const int RunSucceeded = 16;
    public const int Undo = 17;
    public const int Removed = 18;

    /// <summary>The rule of a task, from its role and what is above it.</summary>
    public static int Of(TaskSpec task) => (task.Role, task.Upstreams.Count) switch
    {
        (TaskRole.Task, _) => (int)task.TriggerRule,
        (TaskRole.Teardown, _) => Teardown,
        (TaskRole.Removed, _) => Removed,
        (TaskRole.Undo, _) => Undo,
        (TaskRole.OnFailure, 0) => RunFailed,
        (TaskRole.OnSuccess, 0) => RunSucceeded,
        (TaskRole.OnFailure, _) => TaskFailed,
        _ => TaskSucceeded,
    };

    /// <summary>A task that ran by one of these and succeeded has dealt with the failures above it.</summary>
    public static bool HandlesFailures(int rule) => (TriggerRule)rule is
        TriggerRule.AllDone or TriggerRule.OneFailed or TriggerRule.AllFailed or TriggerRule.AllDoneMinOneSuccess or TriggerRule.NoneSkipped;

    /// <summary>To these a task that never ran, because something above it failed, is as good as skipped.</summary>
    public static bool TakesUpstreamFailedAsSkipped(int rule) => rule is (int)TriggerRule.OneDone or TaskFailed;

    /// <summary>What a waiting instance becomes: n it waits on, q it runs, k skipped, u upstream failed.</summary>
    public static char Next(int rule, Counters c)
    {
        var waits = c.Unmet > 0;
        var notSucceeded = c.Skipped + c.Refused;
        return rule switch
        {
            (int)TriggerRule.AllSuccess => c.Failed > 0 ? 'u' : waits ? 'n' : notSucceeded > 0 ? 'k' : 'q',
            (int)TriggerRule.AllDone => waits ? 'n' : c.Refused > 0 ? 'k' : 'q',
            (int)TriggerRule.NoneFailed => c.Failed > 0 ? 'u' : waits ? 'n' : c.Refused > 0 ? 'k' : 'q',
            (int)TriggerRule.NoneFailedMinOneSuccess => c.Failed > 0 ? 'u' : waits ? 'n' : c.Refused > 0 || c.Ok == 0 ? 'k' : 'q',
            (int)TriggerRule.OneSuccess => c.Ok > 0 ? 'q' : waits ? 'n' : c.Failed > 0 ? 'u' : 'k',
            (int)TriggerRule.OneFailed => c.Failed > 0 ? 'q' : waits ? 'n' : 'k',
            (int)TriggerRule.AllFailed => c.Ok + notSucceeded > 0 ? 'k' : waits ? 'n' : 'q',
            (int)TriggerRule.AllDoneMinOneSuccess => notSucceeded > 0 ? 'k' : waits ? 'n' : c.Ok == 0 ? 'u' : 'q',
            (int)TriggerRule.AllSkipped => c.Ok + c.Failed > 0 ? 'k' : waits ? 'n' : 'q',
            (int)TriggerRule.OneDone => c.Ok + c.Failed > 0 ? 'q' : waits ? 'n' : 'k',
            (int)TriggerRule.NoneSkipped => notSucceeded > 0 ? 'k' : waits ? 'n' : 'q',
            (int)TriggerRule.Always => 'q',
            Teardown => waits ? 'n' : c.Ok > 0 ? 'q' : c.Failed > 0 ? 'u' : 'k',
            TaskFailed => c.Failed > 0 ? 'q' : waits ? 'n' : 'k',
            TaskSucceeded => c.Ok > 0 ? 'q' : waits ? 'n' : 'k',
            RunFailed or RunSucceeded or Undo or Removed => 'n',
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "There is no such rule."),
        };
    }
}

/// <summary>What an instance that waits has seen of the others.</summary>
internal record struct Counters(int Unmet, int Ok = 0, int Failed = 0, int Skipped = 0, int Refused = 0)
{
    /// <summary>One more upstream of an instance with this rule has ended.</summary>
    /// <param name="rule">The rule of the instance that counts.</param>
    /// <param name="state">How the upstream ended.</param>
    /// <param name="onlyItsEnd">Its outcome does not matter.</param>
    /// <param name="refused">It succeeded with another value than the condition asks for.</param>
    public readonly Counters After(int rule, char state, bool onlyItsEnd, bool refused)
    {
        var met = this with { Unmet = Unmet - 1 };
        return (onlyItsEnd, state) switch
        {
            (true, _) => met,
            (_, 's') => refused ? met with { Refused = Refused + 1 } : met with { Ok = Ok + 1 },
            (_, 'k') => met with { Skipped = Skipped + 1 },
            (_, 'u') when Rules.TakesUpstreamFailedAsSkipped(rule) => met with { Skipped = Skipped + 1 },
            _ => met with { Failed = Failed + 1 },
        };
    }

    /// <summary>One more element of a mapped task has ended.</summary>
    public readonly Counters AfterElement(char state)
    {
        var met = this with { Unmet = Unmet - 1 };
        return state switch
        {
            's' => met with { Ok = Ok + 1 },
            'k' => met with { Skipped = Skipped + 1 },
            'u' => met with { Refused = Refused + 1 },
            _ => met with { Failed = Failed + 1 },
        };
    }
}
