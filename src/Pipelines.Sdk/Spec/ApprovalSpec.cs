using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pipelines;

/// <summary>What people are asked, and who may answer.</summary>
public sealed record ApprovalSpec
{
    /// <summary>One sentence.</summary>
    public required string Question { get; init; }

    /// <summary>The task whose output is shown with the question, written as in <see cref="TaskSpec.Inputs"/>; null: none.</summary>
    public string? Evidence { get; init; }

    /// <summary>JSON Schema of the form that is filled in; null: there is none.</summary>
    public JsonNode? Form { get; init; }

    /// <summary>How many people must approve.</summary>
    public int Needed { get; init; } = 1;

    /// <summary>Who may decide; null: everybody of the role.</summary>
    public IReadOnlyList<string>? People { get; init; }

    /// <summary>Only administrators may decide.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ByAdmin { get; init; }

    /// <summary>Whoever started the run may not decide.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NotByStarter { get; init; }

    /// <summary>What a rejection does to the task.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public OnReject OnReject { get; init; }

    /// <summary>What nobody's decision in time means.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public OnExpiry OnExpiry { get; init; }
}

/// <summary>What a rejection does to the task that asked.</summary>
public enum OnReject
{
    /// <summary>It fails.</summary>
    Fail,

    /// <summary>It is skipped, and with it what follows.</summary>
    Skip,

    /// <summary>It succeeds with <see cref="Approval{TForm}.Approved"/> false: what follows decides.</summary>
    Continue,
}

/// <summary>What it means that nobody decided in time.</summary>
public enum OnExpiry
{
    /// <summary>The same as a rejection.</summary>
    Reject,

    /// <summary>Silence is consent.</summary>
    Approve,
}
