using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine;

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
    public static Task<int> ExecuteAsync(this NpgsqlCommand command, CancellationToken cancellation) =>
        SendAsync(command, () => command.ExecuteNonQueryAsync(cancellation));

    /// <summary>The first column of the first row, and disposes the command; the default when there is no row or it is null.</summary>
    public static Task<T?> ScalarAsync<T>(this NpgsqlCommand command, CancellationToken cancellation) =>
        SendAsync(command, async () => await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is T value ? value : default);

    /// <summary>All rows, and disposes the command. None is acted on before the last is read: rows can arrive before their transaction has committed.</summary>
    public static Task<List<T>> ListAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellation) => SendAsync(
        command,
        async () =>
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                rows.Add(read(reader));
            return rows;
        });

    private static async Task<T> SendAsync<T>(NpgsqlCommand command, Func<Task<T>> send)
    {
        await using (command.ConfigureAwait(false))
        {
            if (!FailPoint.IsArmed)
                return await send().ConfigureAwait(false);
            var block = Queries.All.First(query => query.Value == command.CommandText).Key;
            FailPoint.Hit($"{block}.before");
            var answer = await send().ConfigureAwait(false);
            FailPoint.Hit($"{block}.after");
            return answer;
        }
    }
}
