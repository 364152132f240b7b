using Npgsql;
using Pipelines.Postgres;

namespace Pipelines.Benchmarks;

/// <summary>The SQL of the benchmarks against one database.</summary>
internal sealed class Bench(Db db)
{
    private static readonly Dictionary<string, string> Blocks = Read();

    public Task<T> ScalarAsync<T>(string name, params object?[] values) => db.ReadAsync(
        async connection =>
        {
            await using var command = Command(connection, name, values);
            return (T)Convert.ChangeType((await command.ExecuteScalarAsync())!, typeof(T), System.Globalization.CultureInfo.InvariantCulture);
        },
        CancellationToken.None);

    public Task<List<double>> ListAsync(string name, params object?[] values) => db.ReadAsync(
        async connection =>
        {
            await using var command = Command(connection, name, values);
            await using var reader = await command.ExecuteReaderAsync();
            var list = new List<double>();
            while (await reader.ReadAsync())
                list.Add(Convert.ToDouble(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture));
            return list;
        },
        CancellationToken.None);

    public Task ExecuteAsync(string sql, params object?[] values) => db.EngineAsync(
        async connection =>
        {
            await using var command = Command(connection, sql, values);
            command.CommandTimeout = 600;
            return await command.ExecuteNonQueryAsync();
        },
        CancellationToken.None);

    public static NpgsqlCommand Command(NpgsqlConnection connection, string name, object?[] values)
    {
        var command = new NpgsqlCommand(Blocks.GetValueOrDefault(name, name), connection);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        return command;
    }

    private static Dictionary<string, string> Read()
    {
        using var reader = new StreamReader(typeof(Bench).Assembly.GetManifestResourceStream("bench.sql")!);
        return reader.ReadToEnd().Split("-- name:").Skip(1).ToDictionary(
            block => block[..block.IndexOf('\n')].Trim(), block => block[(block.IndexOf('\n') + 1)..].Trim());
    }
}
