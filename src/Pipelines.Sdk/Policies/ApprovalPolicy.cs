namespace Pipelines;

/// <summary>Who may decide an approval, how many it takes, and what happens when nobody does.</summary>
/// <example>
/// <code>
/// new ApprovalPolicy { Needed = 2, NotByStarter = true, Timeout = TimeSpan.FromHours(12) }
/// </code>
/// </example>
public sealed record ApprovalPolicy
{
    /// <summary>How many different people must approve, 1 to 10. One who rejects is enough to reject.</summary>
    public int Needed { get; init; } = 1;

    /// <summary>The accounts that may decide; empty: every operator and administrator who sees the DAG.</summary>
    public IReadOnlyList<string> People { get; init; } = [];

    /// <summary>Only administrators may decide.</summary>
    public bool ByAdmin { get; init; }

    /// <summary>Whoever started the run may not decide: four eyes.</summary>
    public bool NotByStarter { get; init; }

    /// <summary>How long it may take; null: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What a rejection does to the task.</summary>
    public OnReject OnReject { get; init; }

    /// <summary>What it means that nobody decided in time.</summary>
    public OnExpiry OnExpiry { get; init; }
}

/// <summary>What an approval came to: the output of its task.</summary>
/// <param name="Approved">False only with <see cref="OnReject.Continue"/>.</param>
/// <param name="Form">What the last one who approved has filled in.</param>
/// <param name="Decisions">Who decided what and why, in that order.</param>
/// <typeparam name="TForm">The form.</typeparam>
public sealed record Approval<TForm>(bool Approved, TForm? Form, IReadOnlyList<Decision> Decisions);

/// <summary>One person's answer.</summary>
/// <param name="By">The account.</param>
/// <param name="Approves">Or rejects.</param>
/// <param name="Note">Why; null: nothing was said.</param>
/// <param name="At">When (UTC).</param>
public sealed record Decision(string By, bool Approves, string? Note, DateTimeOffset At);
