using System.Globalization;
using Npgsql;

namespace Pipelines.EndToEnd.Tests;

/// <summary>The database as it is, past the program.</summary>
public sealed class Store(string connectionString) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = "pipelines" });

    public async Task<long> CountAsync(string sql, params object[] values) => Convert.ToInt64(await ScalarAsync(sql, values), CultureInfo.InvariantCulture);

    public async Task<string> TextAsync(string sql, params object[] values) => (string)(await ScalarAsync(sql, values))!;

    public async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var command = _source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync();
    }

    public async Task<List<T>> ListAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = _source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(read(reader));
        return rows;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
