using System.Globalization;
using System.Text.Json;
using Npgsql;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>What somebody does to what, for the audit.</summary>
/// <param name="By">Who.</param>
/// <param name="What">The verb.</param>
/// <param name="Kind">To what: a kind that the function audit_look knows.</param>
/// <param name="Target">Which one.</param>
internal sealed record Act(Actor By, string What, string Kind, string Target)
{
    /// <summary>Which transaction of an operation that takes several.</summary>
    public long Part { get; init; }

    /// <summary>Nothing is told of it: it only looks.</summary>
    public bool Silent { get; init; }

    /// <summary>The request's name among those of all callers; null: it has none.</summary>
    public string? Request => By.Once is { } once ? string.Create(CultureInfo.InvariantCulture, $"{By.Name} {once} {Part}") : null;

    private string Asked => $"{What} {Kind} {Target}";

    public static Act OfRun(Actor by, string what, long run) => new(by, what, "run", run.ToString(CultureInfo.InvariantCulture));

    public static Act OfBackfill(Actor by, string what, long backfill) => new(by, what, "backfill", backfill.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// One operation: what it changes, what the audit tells of it, and its answer under the caller's name for the request, all or nothing. A request that was carried
    /// out before gets its answer again.
    /// </summary>
    public Task<T> InTransactionAsync<T>(Db db, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) => db.ActAsync(
        async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
            if (Request is not null && await connection.Statement("access/begin_request", Request, Asked).ExecuteAsync(cancellation).ConfigureAwait(false) == 0)
                return await AnswerAsync<T>(connection, cancellation).ConfigureAwait(false);
            var before = await LookAsync(connection, cancellation).ConfigureAwait(false);
            var answer = await work(connection).ConfigureAwait(false);
            await WriteAsync(connection, before, answer, cancellation).ConfigureAwait(false);
            if (Request is not null)
                await connection.Statement("access/end_request", Request, Json(JsonSerializer.Serialize(answer))).ExecuteAsync(cancellation).ConfigureAwait(false);
            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
            return answer;
        },
        cancellation);

    private async Task<T> AnswerAsync<T>(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var (asked, answer) = (await connection.Statement("access/answer", Request).ListAsync(row => (row.GetString(0), row.GetString(1)), cancellation).ConfigureAwait(false))[0];
        return asked == Asked
            ? JsonSerializer.Deserialize<T>(answer)!
            : throw new RefusedException($"a request of this name was carried out already, and asked for something else ({asked}). Give each request a name of its own");
    }

    private async Task<string?> LookAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        Silent ? null : await connection.Statement("access/look", Kind, Target).ScalarAsync<string>(cancellation).ConfigureAwait(false);

    /// <summary>With its answer where that is a number: the run or backfill that it made, or how many it changed.</summary>
    private async Task WriteAsync<T>(NpgsqlConnection connection, string? before, T answer, CancellationToken cancellation)
    {
        if (Silent)
            return;
        var after = await LookAsync(connection, cancellation).ConfigureAwait(false);
        var said = answer switch { StartedRun run => run.RunId, ForkedRun fork => fork.RunId, long or int => answer, ClearedRun cleared => cleared.Instances, _ => (object?)null };
        await connection.Statement(
            "access/audit", By.Name, Text(By.From), What, Kind, Target, Text(By.Why), Json(before), Json(after), Json(said is null ? null : JsonSerializer.Serialize(said)))
            .ExecuteAsync(cancellation).ConfigureAwait(false);
    }
}
