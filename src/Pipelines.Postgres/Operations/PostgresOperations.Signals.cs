using System.Diagnostics;
using Npgsql;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>Signals and approvals: what people and programs tell a run that waits.</content>
public sealed partial class PostgresOperations
{
    private const int LongestName = 120;

    public Task<SentSignal> SendSignalAsync(long runId, NewSignal signal, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfRun(by, $"signal {signal.Name}", runId),
        async connection =>
        {
            if (await connection.Statement("operations/run_state", runId).ScalarAsync<char?>(cancellation).ConfigureAwait(false) is null)
                throw await NoRunAsync(connection, runId, cancellation).ConfigureAwait(false);
            return await SendAsync(connection, runId, signal, by.Name, cancellation).ConfigureAwait(false);
        },
        cancellation);

    public Task<int> UndoRunAsync(long runId, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfRun(by, "undo", runId),
        async connection =>
        {
            if (await connection.Statement("operations/run_state", runId).ScalarAsync<char?>(cancellation).ConfigureAwait(false) is null)
                throw await NoRunAsync(connection, runId, cancellation).ConfigureAwait(false);
            return await connection.Statement("operations/undo_run", runId, by.Name, Text(by.Why)).ScalarAsync<int>(cancellation).ConfigureAwait(false);
        },
        cancellation);

    public Task<char> DecideAsync(NewDecision decision, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfRun(by, $"{(decision.Approves ? "approve" : "reject")} {decision.TaskId}{(decision.MapIndex < 0 ? "" : $"[{decision.MapIndex}]")}", decision.RunId),
        async connection =>
        {
            var found = await connection.Statement("signals/form", decision.RunId, decision.TaskId, decision.MapIndex).ListAsync(
                row => (TaskNo: row.GetInt32(0), Wait: row.IsDBNull(1) ? null : SpecJson.ReadWait(row.GetString(1)), Given: row.GetBoolean(2)), cancellation).ConfigureAwait(false);
            if (found is not [{ Wait.Approval: { } asked }])
            {
                throw await connection.Statement("operations/run_state", decision.RunId).ScalarAsync<char?>(cancellation).ConfigureAwait(false) is null
                    ? await NoRunAsync(connection, decision.RunId, cancellation).ConfigureAwait(false)
                    : new RefusedException(found.Count == 0 ? $"run {decision.RunId} has no task '{decision.TaskId}'" : $"the task '{decision.TaskId}' asks for no approval");
            }

            var form = !decision.Approves ? null
                : asked.Form is null && decision.Form is not null ? throw new RefusedException($"the task '{decision.TaskId}' has no form to fill in")
                : asked.Form is null || (decision.Form is null && found[0].Given) ? null : GivenValue.Check("the form", asked.Form, decision.Form);
            return (await connection.Statement(
                "signals/decide", decision.RunId, found[0].TaskNo, decision.MapIndex, by.Name, decision.AsAdmin ? "a" : "o", decision.Approves, Text(NoteText(by.Why)), Json(db.Payloads.Encode(form)),
                Moment(decision.AskedAt?.UtcDateTime))
                .ScalarAsync<char?>(cancellation).ConfigureAwait(false))!.Value;
        },
        cancellation);

    /// <summary>Checks a signal against what the run's tasks wait for under its name, and stores it.</summary>
    private Task<SentSignal> SendAsync(NpgsqlConnection connection, long runId, NewSignal signal, string by, CancellationToken cancellation) =>
        SendAsync(db.Payloads, connection, runId, signal, by, cancellation);

    /// <inheritdoc cref="SendAsync(NpgsqlConnection, long, NewSignal, string, CancellationToken)"/>
    internal static async Task<SentSignal> SendAsync(Payloads payloads, NpgsqlConnection connection, long runId, NewSignal signal, string by, CancellationToken cancellation)
    {
        if (signal.Name.Length is 0 or > LongestName || !signal.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            throw new RefusedException($"a signal's name has 1 to {LongestName} letters, digits, '_', '-' or '.' (ASCII); '{signal.Name}' has not");
        if (signal.Key is { } key && (string.IsNullOrWhiteSpace(key) || key.Length > 2 * LongestKey))
            throw new RefusedException($"a key has 1 to {2 * LongestKey} characters");
        var wait = await connection.Statement("signals/schema", runId, signal.Name).ScalarAsync<string>(cancellation).ConfigureAwait(false) is { } text ? SpecJson.ReadWait(text) : null;
        var payload = GivenValue.Check($"the signal '{signal.Name}'", wait?.Schema, signal.Payload);
        if (payload is not null && (payloads.Encodes || Payloads.HasEncoded(payload))
            && await connection.Statement("signals/spec", runId).ScalarAsync<string>(cancellation).ConfigureAwait(false) is { } spec)
        {
            var shape = PayloadShape.OfSignal(SpecJson.Read(spec), signal.Name);
            Payloads.RefuseSignal(signal.Name, shape, payload);
            payload = payloads.Encode(payload, shape);
        }

        try
        {
            return (await connection.Statement("signals/send", runId, signal.Name, Json(payload), Text(signal.Key), by, Text(ActivityContext.TryParse(signal.TraceParent, null, out _) ? signal.TraceParent : null)).ListAsync(
                row => new SentSignal(row.GetInt64(0), row.GetBoolean(1)), cancellation).ConfigureAwait(false))[0];
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            throw new RefusedException($"the signal '{signal.Name}' cannot be stored: {e.MessageText}");
        }
    }
}
