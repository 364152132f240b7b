using System.Diagnostics;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>Answers at addresses that runs have handed out.</summary>
public sealed class PostgresCallbacks(Db db) : ICallbacks
{
    public Task<CallbackOutcome> CallAsync(long id, byte[] hash, string json, string by, string? traceParent, CancellationToken cancellation) => db.ActAsync(
        async connection => await connection.Statement("signals/call_back", id, hash, Json(db.Payloads.Encode(json)), by, Text(ActivityContext.TryParse(traceParent, null, out _) ? traceParent : null)).ScalarAsync<string>(cancellation).ConfigureAwait(false) switch
        {
            "c" => CallbackOutcome.Told,
            "a" => CallbackOutcome.ToldBefore,
            "e" => CallbackOutcome.Expired,
            "g" => CallbackOutcome.RunEnded,
            _ => CallbackOutcome.Unknown,
        },
        cancellation);
}
