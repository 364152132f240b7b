using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>An attempt of a task instance.</summary>
/// <param name="Attempt">Its number, from 1.</param>
/// <param name="State">How it ended: retry_wait when it failed and is tried again, queued when it was lost or given back; running while it runs.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended; null: it runs.</param>
/// <param name="Worker">The worker that ran it.</param>
/// <param name="Why">Why it ended so.</param>
/// <param name="Detail">The error, with its stack.</param>
public sealed record AttemptJson(
    short Attempt, [property: OneOf(Words.TaskStates)] string State, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Worker, string? Why, JsonNode? Detail)
{
    internal static AttemptJson Of(AttemptRow row) => new(row.Attempt, Words.Task.Of(row.State), row.StartedAt, row.EndedAt, row.Worker, row.Why, ApiJson.Parse(row.Detail));

    internal AttemptRow Port => new(Attempt, Words.Task.Letter(State), StartedAt, EndedAt, Worker, Why, Detail?.ToJsonString());
}

/// <summary>Some lines of an attempt's log.</summary>
/// <param name="Attempt">The attempt; 0: there is none yet.</param>
/// <param name="Lines">The lines.</param>
/// <param name="TotalLines">How many there are in all.</param>
/// <param name="Warnings">How many of them are warnings.</param>
/// <param name="Errors">How many of them are errors.</param>
/// <param name="FirstErrorLine">The number of the first error; null: there is none.</param>
public sealed record LogJson(short Attempt, IReadOnlyList<LogLineJson> Lines, int TotalLines, int Warnings, int Errors, int? FirstErrorLine)
{
    internal static LogJson Of(short attempt, LogPage log) => new(
        attempt, [.. log.Lines.Select(line => new LogLineJson(line.Number, line.At, Words.Level.Of(line.Level) is var level and not "unknown" ? level : "information", line.Text))],
        log.TotalLines, log.Warnings, log.Errors, log.FirstErrorLine);

    internal LogPage Port => new(
        [.. Lines.Select(line => new LogLine(line.Number, line.At, Words.Level.Letter(line.Level), line.Text))], TotalLines, Warnings, Errors, FirstErrorLine);
}

/// <summary>A line of a log.</summary>
/// <param name="Number">From 1.</param>
/// <param name="At">When it was written.</param>
/// <param name="Level">How grave it is.</param>
/// <param name="Text">The text, with whatever control characters it has.</param>
public sealed record LogLineJson(int Number, DateTimeOffset At, [property: OneOf(Words.Levels)] string Level, string Text);

/// <summary>A file that a task kept.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ContentType">What it is, by the task's word.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Attempt">The attempt that made it.</param>
/// <param name="At">When.</param>
public sealed record ArtefactJson(string Name, string ContentType, int Bytes, short Attempt, DateTimeOffset At)
{
    internal static ArtefactJson Of(ArtefactRow row) => new(row.Name, row.ContentType, row.Bytes, row.Attempt, row.At);

    internal ArtefactRow Port => new(Name, ContentType, Bytes, Attempt, At);
}
