using System.Text.RegularExpressions;
using Npgsql;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>Connections and variables, in PostgreSQL.</summary>
public sealed partial class PostgresSettings(Db db) : ISettings
{
    private const int LongestValue = 64_000;

    public async Task<IReadOnlyList<SettingRow>> SettingsAsync(SettingKind kind, CancellationToken cancellation) => await db.ReadAsync(
        connection => connection.Statement("settings/list", Kind(kind)).ListAsync(
            row => new SettingRow(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4)), cancellation),
        cancellation).ConfigureAwait(false);

    public StoredSetting? Read(SettingKind kind, string name) => db.Read(connection =>
    {
        using var command = connection.Statement("settings/read", Kind(kind), name);
        using var row = command.ExecuteReader();
        return row.Read() ? new StoredSetting(row.GetString(0), row.GetBoolean(1)) : null;
    });

    public Task SetAsync(NewSetting setting, Actor by, CancellationToken cancellation)
    {
        if (!Spelling().IsMatch(setting.Name))
            throw new RefusedException($"'{setting.Name}' cannot be the name of a {Kind(setting.Kind)}; write 1 to 100 letters, digits and . _ -");
        if (setting.Value.Length > LongestValue)
            throw new RefusedException($"the value has {setting.Value.Length:N0} characters, over the limit of {LongestValue:N0}");
        return new Act(by, "set", Kind(setting.Kind), setting.Name).InTransactionAsync(
            db,
            async connection =>
            {
                await connection.Statement("settings/set", Kind(setting.Kind), setting.Name, setting.Value, setting.Secret, Text(setting.About), by.Name).ExecuteAsync(cancellation).ConfigureAwait(false);
                return true;
            },
            cancellation);
    }

    public Task DeleteAsync(SettingKind kind, string name, Actor by, CancellationToken cancellation) => new Act(by, "delete", Kind(kind), name).InTransactionAsync(
        db,
        async connection => await connection.Statement("settings/delete", Kind(kind), name).ExecuteAsync(cancellation).ConfigureAwait(false) > 0
            ? true
            : throw await NoneAsync(connection, kind, name, cancellation).ConfigureAwait(false),
        cancellation);

    private static async Task<RefusedException> NoneAsync(NpgsqlConnection connection, SettingKind kind, string name, CancellationToken cancellation) => new(
        UnknownName.Message(Kind(kind), name, await connection.Statement("settings/list", Kind(kind)).ListAsync(row => row.GetString(0), cancellation).ConfigureAwait(false)));

    private static string Kind(SettingKind kind) => kind == SettingKind.Connection ? "connection" : "variable";

    [GeneratedRegex(@"^[\p{L}\p{Nd}._-]{1,100}$")]
    private static partial Regex Spelling();
}
