using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>A backfill: runs for the days of a range.</summary>
/// <param name="Backfill">Its number.</param>
/// <param name="Dag">The DAG.</param>
/// <param name="From">The first day of data, in the DAG's zone.</param>
/// <param name="To">The last day of data, included.</param>
/// <param name="Existing">What happens to dates that have a run.</param>
/// <param name="NewestFirst">Whether the newest date goes first.</param>
/// <param name="MaxActive">How many runs run at once.</param>
/// <param name="State">Its state.</param>
/// <param name="Total">How many runs it makes or runs again.</param>
/// <param name="Queued">Of them, those that wait.</param>
/// <param name="Running">Those that run.</param>
/// <param name="Succeeded">Those that succeeded.</param>
/// <param name="Failed">Those that failed.</param>
/// <param name="Cancelled">Those that were cancelled.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="FinishedAt">When it ended; null: not yet.</param>
/// <param name="Tasks">Only these tasks; null: all.</param>
/// <param name="Version">What dates that are run again run on.</param>
/// <param name="Arguments">The arguments of every run; null: none were given.</param>
public sealed record BackfillJson(
    long Backfill, string Dag, DateOnly From, DateOnly To, [property: OneOf("missing failed all")] string Existing, bool NewestFirst, int MaxActive,
    [property: OneOf(Words.BackfillStates)] string State, int Total, int Queued, int Running, int Succeeded, int Failed, int Cancelled, string CreatedBy, DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt, IReadOnlyList<string>? Tasks, [property: OneOf("current original")] string Version, JsonNode? Arguments)
{
    internal static BackfillJson Of(BackfillRow row) => new(
        row.Id, row.DagId, row.From, row.To, row.Existing, row.NewestFirst, row.MaxActive, Words.Backfill.Of(row.State), row.Total, row.Queued, row.Running, row.Succeeded, row.Failed,
        row.Cancelled, row.CreatedBy, row.CreatedAt, row.FinishedAt, row.Tasks, row.Version, ApiJson.Parse(row.Arguments));

    internal BackfillRow Port => new(
        Backfill, Dag, From, To, Existing, NewestFirst, MaxActive, Words.Backfill.Letter(State), Total, Queued, Running, Succeeded, Failed, Cancelled, CreatedBy, CreatedAt, FinishedAt)
    {
        Tasks = Tasks, Version = Version, Arguments = Arguments?.ToJsonString(),
    };
}

/// <summary>What a backfill would do now.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="Create">Dates that get a new run.</param>
/// <param name="Again">Dates whose run is run again.</param>
/// <param name="Leave">Dates that are left as they are.</param>
/// <param name="Total">How many runs it makes or runs again.</param>
/// <param name="First">The first tick that is worked on; null: none is.</param>
/// <param name="Last">The last one.</param>
/// <param name="EstimatedSeconds">How long it takes at best, by what runs usually take; null: there is nothing to go by.</param>
public sealed record BackfillPreviewJson(
    string Dag, int Create, int Again, int Leave, int Total, DateTimeOffset? First, DateTimeOffset? Last, double? EstimatedSeconds);
