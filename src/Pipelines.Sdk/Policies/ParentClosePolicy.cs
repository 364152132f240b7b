namespace Pipelines;

/// <summary>What becomes of a run that a task has started, when the task or its run ends before it: cancelled, failed, over its timeout, cleared or marked by hand.</summary>
public enum ParentClosePolicy
{
    /// <summary>It goes on.</summary>
    Abandon,

    /// <summary>It is cancelled, and what it has started with this policy with it; what runs in it is told to stop, its teardowns and undos run.</summary>
    Cancel,
}
