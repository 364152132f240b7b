namespace Pipelines.Engine.Ports;

/// <summary>The one-character states, the same in SQL, on pages and in the CLI.</summary>
public static class TaskState
{
    public const char Scheduled = 'n';
    public const char Queued = 'q';
    public const char Running = 'r';
    public const char RetryWait = 'y';
    public const char Waiting = 'w';
    public const char NeedsApproval = 'a';
    public const char Succeeded = 's';
    public const char Failed = 'f';
    public const char Skipped = 'k';
    public const char UpstreamFailed = 'u';
    public const char Cancelled = 'c';
    public const char Removed = 'x';

    public static string Word(char state) => state switch
    {
        Scheduled => "scheduled",
        Queued => "queued",
        Running => "running",
        RetryWait => "retry wait",
        Waiting => "waiting",
        NeedsApproval => "needs approval",
        Succeeded => "succeeded",
        Failed => "failed",
        Skipped => "skipped",
        UpstreamFailed => "upstream failed",
        Cancelled => "cancelled",
        Removed => "removed",
        _ => "unknown",
    };

    public static bool Ended(char state) => state is Succeeded or Failed or Skipped or UpstreamFailed or Cancelled or Removed;
}

/// <summary>States of DAG runs (q r s f c) and of backfills (also p, paused).</summary>
public static class RunState
{
    public static string Word(char state) => state == 'p' ? "paused" : TaskState.Word(state);

    public static bool Ended(char state) => state is 's' or 'f' or 'c';
}

/// <summary>Why a run exists.</summary>
public static class RunKind
{
    public static string Word(char kind) => kind switch { 's' => "scheduled", 'm' => "manual", 'b' => "backfill", 'a' => "asset", _ => "unknown" };
}
