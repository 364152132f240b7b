using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>Accounts, sessions, tokens and the audit, in PostgreSQL.</summary>
public sealed partial class PostgresAccess(Db db) : IAccess
{
    public Task<SignedIn?> BySessionAsync(byte[] hash, TimeSpan life, CancellationToken cancellation) => OneAsync("access/by_session", Who, cancellation, hash, life);

    public Task<SignedIn?> ByTokenAsync(byte[] hash, CancellationToken cancellation) => OneAsync("access/by_token", Who, cancellation, hash);

    public Task<SignedIn?> ByNameAsync(string name, CancellationToken cancellation) => OneAsync("access/by_name", Who, cancellation, Name(name));

    public Task<PasswordOf?> PasswordAsync(string name, CancellationToken cancellation) => OneAsync(
        "access/password",
        row => new PasswordOf(row.GetInt32(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? TimeSpan.Zero : TimeSpan.FromSeconds(row.GetDouble(2))),
        cancellation, Name(name));

    public Task RefuseAsync(string name, string? address, CancellationToken cancellation) => ExecuteAsync("access/failed", cancellation, Name(name), Text(address));

    public Task SignInAsync(int account, byte[] hash, TimeSpan life, SignInFrom from, CancellationToken cancellation) =>
        ExecuteAsync("access/open_session", cancellation, account, hash, life, Text(from.Address), Text(from.Agent), from.With);

    public Task SignOutAsync(byte[] hash, string? address, CancellationToken cancellation) => ExecuteAsync("access/close_session", cancellation, hash, Text(address));

    public Task<int?> UseLinkAsync(byte[] hash, CancellationToken cancellation) =>
        db.EngineAsync(connection => connection.Statement("access/use_link", hash).ScalarAsync<int?>(cancellation), cancellation);

    public Task<IReadOnlyList<AccountRow>> AccountsAsync(CancellationToken cancellation) => ListAsync(
        "access/accounts",
        row => new AccountRow(
            row.GetInt32(0), row.GetString(1), row.GetChar(2), Names(row, 3), Names(row, 4), row.GetBoolean(5), row.GetBoolean(6), row.GetString(7),
            row.GetFieldValue<DateTimeOffset>(8), Moment(row, 9), row.GetInt32(10)),
        cancellation);

    public Task<IReadOnlyList<TokenRow>> TokensAsync(string? account, CancellationToken cancellation) => ListAsync(
        "access/tokens",
        row => new TokenRow(
            row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetChar(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset>(6),
            Moment(row, 7), Moment(row, 8), row.GetBoolean(9)),
        cancellation, Text(account));

    public async Task<IReadOnlySet<string>> VisibleAsync(IReadOnlyList<string> dags, IReadOnlyList<string> tags, CancellationToken cancellation) =>
        (await ListAsync("access/visible", row => row.GetString(0), cancellation, Strings(dags), Strings(tags)).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);

    public Task<string?> DagOfAsync(string kind, long id, CancellationToken cancellation) => db.ReadAsync(
        connection => connection.Statement(
            kind switch
            {
                "run" => "access/dag_of_run",
                "backfill" => "access/dag_of_backfill",
                "notification" => "access/dag_of_notification",
                _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
            },
            id).ScalarAsync<string>(cancellation),
        cancellation);

    public Task<IReadOnlyList<AuditRow>> AuditAsync(AuditFilter filter, CancellationToken cancellation) => ListAsync(
        "access/audits",
        row => new AuditRow(
            row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), Word(row, 3), row.GetString(4), row.GetString(5), row.GetString(6), Word(row, 7), Word(row, 8),
            Word(row, 9), Word(row, 10)),
        cancellation, filter.Before ?? long.MaxValue, Text(filter.Who), Text(filter.What), Statements.Moment(filter.From?.UtcDateTime), filter.Limit);

    /// <summary>Names of accounts are compared regardless of case.</summary>
    internal static string Name(string name) => name.Trim().ToLowerInvariant();

    internal static NpgsqlParameter Strings(IReadOnlyList<string>? values) => Typed(values?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    private static SignedIn Who(NpgsqlDataReader row) =>
        new(row.GetInt32(0), row.GetString(1), Less(row.GetChar(2), row.GetChar(5)), Names(row, 3), Names(row, 4));

    /// <summary>Of two roles the one that may less: v before o before a.</summary>
    private static char Less(char one, char other) => "voa".IndexOf(one, StringComparison.Ordinal) < "voa".IndexOf(other, StringComparison.Ordinal) ? one : other;

    private static string[]? Names(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<string[]>(column);

    private static string? Word(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Moment(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private Task<int> ExecuteAsync(string name, CancellationToken cancellation, params object?[] values) =>
        db.ActAsync(connection => connection.Statement(name, values).ExecuteAsync(cancellation), cancellation);

    private async Task<T?> OneAsync<T>(string name, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object?[] values)
        where T : class => (await db.ActAsync(connection => connection.Statement(name, values).ListAsync(read, cancellation), cancellation).ConfigureAwait(false)).FirstOrDefault();

    private async Task<IReadOnlyList<T>> ListAsync<T>(string name, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object?[] values) =>
        await db.ReadAsync(connection => connection.Statement(name, values).ListAsync(read, cancellation), cancellation).ConfigureAwait(false);
}
