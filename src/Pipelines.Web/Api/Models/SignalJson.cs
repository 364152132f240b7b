using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>A signal to be sent to a run.</summary>
/// <param name="Data">What is sent with it: of the type that the task asks for that waits for it.</param>
/// <param name="Key">Your own name for it, up to 200 characters: a run takes one signal of a name and key, however often it is sent.</param>
public sealed record SendSignalJson(JsonNode? Data = null, string? Key = null);

/// <summary>A signal that is stored.</summary>
/// <param name="Signal">Its number: a run takes signals of a name in their order.</param>
/// <param name="IsNew">False: the signal of this key was there already.</param>
public sealed record SentSignalJson(long Signal, bool IsNew);

/// <summary>A signal that a run was sent.</summary>
/// <param name="Signal">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Data">What was sent with it.</param>
/// <param name="SentBy">Who sent it.</param>
/// <param name="SentAt">When it was acknowledged.</param>
/// <param name="TakenBy">The task that took it; null: nobody has yet.</param>
/// <param name="TakenAt">When.</param>
public sealed record SignalJson(long Signal, string Name, JsonNode? Data, string SentBy, DateTimeOffset SentAt, string? TakenBy, DateTimeOffset? TakenAt)
{
    internal static SignalJson Of(SignalRow row) => new(row.SignalId, row.Name, ApiJson.Parse(row.Payload), row.SentBy, row.SentAt, row.TakenBy, row.TakenAt);

    internal SignalRow Port => new(Signal, Name, Data?.ToJsonString(), SentBy, SentAt, TakenBy, TakenAt);
}
