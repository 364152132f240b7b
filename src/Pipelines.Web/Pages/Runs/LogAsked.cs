using Microsoft.AspNetCore.Mvc;

namespace Pipelines.Web.Pages.Runs;

/// <summary>What the address of a log's page may say.</summary>
public sealed class LogAsked
{
    public short? Attempt { get; init; }

    /// <summary>The first line of the window.</summary>
    public int? From { get; init; }

    /// <summary>The index of the first line of the window among those that are shown.</summary>
    public int? I { get; init; }

    /// <summary>How many lines.</summary>
    public int? N { get; init; }

    /// <summary>Lines that are marked: 12 or 12-20.</summary>
    public string? L { get; init; }

    /// <summary>W: warnings and worse; E: failures.</summary>
    public string? Level { get; init; }

    public string? Q { get; init; }

    /// <summary>1: upper and lower case differ.</summary>
    [FromQuery(Name = "case")]
    public string? Case { get; init; }

    /// <summary>elapsed or utc.</summary>
    public string? T { get; init; }

    public string? Wrap { get; init; }

    /// <summary>The next hit after this line.</summary>
    public int? After { get; init; }

    /// <summary>The last hit before this line.</summary>
    public int? Before { get; init; }

    /// <summary>error: hits are groups of failed lines.</summary>
    public string? Find { get; init; }

    /// <summary>raw, download or gz.</summary>
    public string? View { get; init; }

    public string? Part { get; init; }

    /// <summary>good: what differs from the last run in which the task succeeded.</summary>
    public string? Against { get; init; }

    /// <summary>retry: what that would do.</summary>
    public string? Confirm { get; init; }
}
