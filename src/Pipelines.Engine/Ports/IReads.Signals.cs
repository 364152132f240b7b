namespace Pipelines.Engine.Ports;

public partial interface IReads
{
    /// <summary>The signals that a run was sent, newest first.</summary>
    Task<IReadOnlyList<SignalRow>> SignalsAsync(long runId, int limit, CancellationToken cancellation);

    /// <summary>What people are asked: the longest open first, or those decided, the newest first.</summary>
    Task<IReadOnlyList<ApprovalRow>> ApprovalsAsync(bool open, int limit, CancellationToken cancellation);

    /// <summary>What an instance asks or has asked, with its evidence and decisions; null: it has not asked.</summary>
    Task<ApprovalDetail?> ApprovalAsync(long runId, string taskId, int mapIndex, CancellationToken cancellation);
}

public partial interface IConsole
{
    /// <summary>How many approvals are open.</summary>
    Task<int> OpenApprovalsAsync(CancellationToken cancellation);

    /// <summary>What the same task asked before, in other runs of the DAG, the newest first.</summary>
    Task<IReadOnlyList<ApprovalRow>> EarlierApprovalsAsync(string dagId, string taskId, long exceptRun, int limit, CancellationToken cancellation);

    /// <summary>Instances that wait for a signal, the longest first.</summary>
    Task<IReadOnlyList<SignalWaitRow>> SignalWaitsAsync(int limit, CancellationToken cancellation);
}

/// <param name="SignalId">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Payload">JSON; null: nothing was sent with it.</param>
/// <param name="SentBy">Who.</param>
/// <param name="SentAt">When it was acknowledged.</param>
/// <param name="TakenBy">The task that took it; null: nobody has.</param>
/// <param name="TakenAt">When.</param>
public sealed record SignalRow(long SignalId, string Name, string? Payload, string SentBy, DateTimeOffset SentAt, string? TakenBy, DateTimeOffset? TakenAt)
{
    /// <summary>More of one run are not listed.</summary>
    public const int Most = 1000;
}

/// <param name="RunId">The run.</param>
/// <param name="DagId">The DAG.</param>
/// <param name="TaskId">The task that waits.</param>
/// <param name="MapIndex">Its element; -1: it is not mapped.</param>
/// <param name="Name">The signal.</param>
/// <param name="Since">When it began to wait.</param>
/// <param name="Until">When it gives up; null: never.</param>
public sealed record SignalWaitRow(long RunId, string DagId, string TaskId, int MapIndex, string Name, DateTimeOffset Since, DateTimeOffset? Until);

/// <summary>What people are asked.</summary>
/// <param name="RunId">The run.</param>
/// <param name="DagId">The DAG.</param>
/// <param name="ScheduledFor">What the run stands for.</param>
/// <param name="TaskId">The task that asks.</param>
/// <param name="MapIndex">Its element; -1: it is not mapped.</param>
/// <param name="State">a open, s approved, f rejected, x taken back.</param>
/// <param name="Question">One sentence.</param>
/// <param name="AskedAt">When.</param>
/// <param name="ExpiresAt">Until when it can be decided; null: for ever.</param>
/// <param name="DecidedAt">When it was.</param>
/// <param name="Given">Approvals so far.</param>
/// <param name="Needed">Approvals that it takes.</param>
public sealed record ApprovalRow(
    long RunId, string DagId, DateTimeOffset ScheduledFor, string TaskId, int MapIndex, char State, string Question, DateTimeOffset AskedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? DecidedAt,
    int Given, int Needed)
{
    /// <summary>The accounts that may decide; empty: everybody of the role.</summary>
    public IReadOnlyList<string> People { get; init; } = [];

    /// <summary>Only administrators may.</summary>
    public bool ByAdmin { get; init; }

    /// <summary>Whoever started the run may not.</summary>
    public bool NotByStarter { get; init; }

    /// <summary>Who started the run.</summary>
    public string Starter { get; init; } = "";

    /// <summary>What no decision in time means: s approved, f rejected.</summary>
    public char OnExpiry { get; init; } = 'f';

    /// <summary>Who has decided.</summary>
    public IReadOnlyList<string> DecidedBy { get; init; } = [];
}

/// <param name="Row">What is asked.</param>
/// <param name="Evidence">JSON of what is shown with it; null: nothing.</param>
/// <param name="Form">JSON Schema of the form; null: there is none.</param>
/// <param name="Decisions">So far, oldest first.</param>
/// <param name="Downstream">The tasks that wait for it.</param>
public sealed record ApprovalDetail(ApprovalRow Row, string? Evidence, string? Form, IReadOnlyList<DecisionRow> Decisions, IReadOnlyList<string> Downstream);

/// <param name="By">The account.</param>
/// <param name="Approves">Or rejects.</param>
/// <param name="Note">Why.</param>
/// <param name="Form">JSON of what was filled in.</param>
/// <param name="At">When.</param>
public sealed record DecisionRow(string By, bool Approves, string? Note, string? Form, DateTimeOffset At);
