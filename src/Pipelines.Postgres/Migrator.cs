using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace Pipelines.Postgres;

/// <summary>A migration of the product, and whether this database has it.</summary>
public sealed record MigrationStatus(int Version, string Name, DateTimeOffset? AppliedAt);

/// <summary>
/// Brings a database to this program's schema: numbered files, forward only, one transaction each, under an advisory lock so that
/// any number of processes may start at once; then the engine's functions, whenever their text has changed.
/// </summary>
public sealed partial class Migrator(Db db)
{
    /// <summary>The oldest server the SQL runs on.</summary>
    private const int OldestServer = 15;

    /// <exception cref="MigrationException">The server is too old, the schema is newer than this program, or a file was changed after it was applied.</exception>
    public Task MigrateAsync(CancellationToken cancellation) => db.EngineAsync(connection => MigrateAsync(connection, cancellation), cancellation);

    /// <summary>All migrations of this program, with the time at which this database got them.</summary>
    public Task<IReadOnlyList<MigrationStatus>> StatusAsync(CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<MigrationStatus>>(
        async connection =>
        {
            var applied = await connection.Statement("migration/has_table").ScalarAsync<bool>(cancellation).ConfigureAwait(false)
                ? await AppliedAsync(connection, cancellation).ConfigureAwait(false)
                : [];
            return [.. Files().Select(file => new MigrationStatus(file.Version, file.Name, applied.TryGetValue(file.Version, out var a) ? a.At : null))];
        },
        cancellation);

    private static async Task<bool> MigrateAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer)
            throw new MigrationException(
                $"The server is PostgreSQL {connection.PostgreSqlVersion}; {OldestServer} or newer is needed. Give another one with --database.");
        await ExecuteAsync(connection, Queries.All["migration/lock"], cancellation).ConfigureAwait(false);
        try
        {
            await ExecuteAsync(connection, Queries.All["migration/make_schema"], cancellation).ConfigureAwait(false);
            await ExecuteAsync(connection, Queries.All["migration/make_table"], cancellation).ConfigureAwait(false);
            var applied = await AppliedAsync(connection, cancellation).ConfigureAwait(false);
            foreach (var file in Files())
                await ApplyAsync(connection, file, applied, cancellation).ConfigureAwait(false);
            if (applied.Keys.Except(Files().Select(file => file.Version)).Where(version => version > 0).ToList() is { Count: > 0 } newer)
                throw new MigrationException(
                    $"The database has migration {newer.Max()}, which this program does not know. Run the newer program, or give another --database.");
            await ApplyFunctionsAsync(connection, applied, cancellation).ConfigureAwait(false);
            await ExecuteAsync(connection, Queries.All["scheduler/make_partitions"], cancellation).ConfigureAwait(false);
            return true;
        }
        finally
        {
            // A broken connection has taken its lock along.
            if (connection.State == System.Data.ConnectionState.Open)
                await ExecuteAsync(connection, Queries.All["migration/unlock"], CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static async Task ApplyAsync(
        NpgsqlConnection connection, (int Version, string Name, string Sql) file, Dictionary<int, (string Checksum, DateTimeOffset At)> applied, CancellationToken cancellation)
    {
        var checksum = Checksum(file.Sql);
        if (applied.TryGetValue(file.Version, out var known))
        {
            if (known.Checksum != checksum)
                throw new MigrationException($"Migration {file.Name} is not the one that this database was made with. Migrations are never edited: add a new one.");
            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await ExecuteAsync(connection, file.Sql, cancellation).ConfigureAwait(false);
        await RecordAsync(connection, file.Version, file.Name, checksum, cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Version 0 is the repeatable one: the functions, made again when their text changes.</summary>
    private static async Task ApplyFunctionsAsync(
        NpgsqlConnection connection, Dictionary<int, (string Checksum, DateTimeOffset At)> applied, CancellationToken cancellation)
    {
        var sql = string.Join('\n', Queries.Files("Sql/Engine").Select(Queries.File));
        if (applied.TryGetValue(0, out var known) && known.Checksum == Checksum(sql))
            return;
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        foreach (var function in await FunctionsAsync(connection, sql, cancellation).ConfigureAwait(false))
            await ExecuteAsync(connection, $"drop function if exists {function} cascade", cancellation).ConfigureAwait(false);
        await ExecuteAsync(connection, sql, cancellation).ConfigureAwait(false);
        await RecordAsync(connection, 0, "engine functions", Checksum(sql), cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The signatures, quoted by the server, of functions in our schema that bear a name of ours.</summary>
    private static async Task<List<string>> FunctionsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        var names = FunctionName().Matches(sql).Select(match => match.Groups[1].Value).Distinct().ToArray();
        return await connection.Statement("migration/functions", [names]).ListAsync(row => row.GetString(0), cancellation).ConfigureAwait(false);
    }

    [GeneratedRegex(@"create or replace function (\w+)")]
    private static partial Regex FunctionName();

    private static async Task<Dictionary<int, (string Checksum, DateTimeOffset At)>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var rows = await connection.Statement("migration/applied").ListAsync(
            row => (Version: row.GetInt32(0), Checksum: row.GetString(1), At: row.GetFieldValue<DateTimeOffset>(2)), cancellation).ConfigureAwait(false);
        return rows.ToDictionary(row => row.Version, row => (row.Checksum, row.At));
    }

    private static Task<int> RecordAsync(NpgsqlConnection connection, int version, string name, string checksum, CancellationToken cancellation) =>
        connection.Statement("migration/record", version, name, checksum).ExecuteAsync(cancellation);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static IEnumerable<(int Version, string Name, string Sql)> Files() => Queries.Files("Migrations").Select(file =>
    {
        var name = Path.GetFileNameWithoutExtension(file);
        return (int.Parse(name.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture), name, Queries.File(file));
    });

    private static string Checksum(string sql) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql.ReplaceLineEndings("\n"))));
}

/// <summary>The database cannot be brought to this program's schema; the message says why and what to do.</summary>
public sealed class MigrationException(string message) : Exception(message);
