using Npgsql;
using NpgsqlTypes;

namespace Pipelines.Postgres;

/// <summary>The way from a named block of a .sql file to a command and its rows.</summary>
internal static class Statements
{
    /// <summary>The block "file/verb" with its parameters, in order.</summary>
    /// <param name="connection">Where it will run.</param>
    /// <param name="query">The block's name in <see cref="Queries"/>.</param>
    /// <param name="values">
    /// Values, whose types say PostgreSQL's; or a parameter from <see cref="Typed"/>, where a value alone cannot. A single array of
    /// strings must be written <c>[names]</c>, for the compiler would spread it over the parameters.
    /// </param>
    public static NpgsqlCommand Statement(this NpgsqlConnection connection, string query, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlCommand(Queries.All[query], connection);
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }

    /// <summary>A parameter whose type must be said: a value that may be null, or text that is JSON.</summary>
    public static NpgsqlParameter Typed(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    public static NpgsqlParameter Json(string? value) => Typed(value, NpgsqlDbType.Jsonb);

    public static NpgsqlParameter Text(string? value) => Typed(value, NpgsqlDbType.Text);

    /// <summary>Of a moment in UTC, or none.</summary>
    public static NpgsqlParameter Moment(DateTime? value) => Typed(value, NpgsqlDbType.TimestampTz);

    /// <summary>Runs the command to its end and disposes it.</summary>
    /// <returns>How many rows it changed.</returns>
    public static async Task<int> ExecuteAsync(this NpgsqlCommand command, CancellationToken cancellation)
    {
        await using (command.ConfigureAwait(false))
            return await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The first column of the first row, and disposes the command; the default when there is no row or it is null.</summary>
    public static async Task<T?> ScalarAsync<T>(this NpgsqlCommand command, CancellationToken cancellation)
    {
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is T value ? value : default;
    }

    /// <summary>All rows, and disposes the command. None is acted on before the last is read: rows can arrive before their transaction has committed.</summary>
    public static async Task<List<T>> ListAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using (command.ConfigureAwait(false))
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                rows.Add(read(reader));
            return rows;
        }
    }
}
