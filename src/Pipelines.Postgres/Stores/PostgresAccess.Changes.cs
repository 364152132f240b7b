using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>Changes of accounts and tokens: one transaction each, with its entry in the audit.</content>
public sealed partial class PostgresAccess
{
    public Task SaveAccountAsync(NewAccount account, Actor by, CancellationToken cancellation)
    {
        var name = Name(account.Name);
        if (!Spelling().IsMatch(name))
            throw new RefusedException($"'{account.Name}' cannot be an account's name; write 1 to 100 letters, digits and . _ @ - without spaces");
        if (account.Role is not ('v' or 'o' or 'a'))
            throw new RefusedException("a role is one of: viewer, operator, admin");
        return InTransactionAsync(
            new Act(by, "save", "account", name),
            async connection =>
            {
                if (account.Role != 'a')
                    await KeepAnAdminAsync(connection, name, cancellation).ConfigureAwait(false);
                return await connection.Statement("access/save_account", name, account.Role.ToString(), Strings(account.OnlyDags), Strings(account.OnlyTags), by.Name)
                    .ScalarAsync<int>(cancellation).ConfigureAwait(false);
            },
            cancellation);
    }

    public Task CloseAccountAsync(string name, Actor by, CancellationToken cancellation) => InTransactionAsync(
        new Act(by, "close", "account", Name(name)),
        async connection =>
        {
            await KeepAnAdminAsync(connection, Name(name), cancellation).ConfigureAwait(false);
            return await connection.Statement("access/close_account", Name(name)).ScalarAsync<int?>(cancellation).ConfigureAwait(false)
                ?? throw await NobodyAsync(connection, name, cancellation).ConfigureAwait(false);
        },
        cancellation);

    public Task SetPasswordAsync(string name, string passwordHash, byte[]? keep, Actor by, CancellationToken cancellation) => InTransactionAsync(
        new Act(by, "set password", "account", Name(name)),
        async connection => await connection.Statement("access/set_password", Name(name), passwordHash, Typed(keep, NpgsqlDbType.Bytea)).ScalarAsync<int?>(cancellation).ConfigureAwait(false)
            ?? throw await NobodyAsync(connection, name, cancellation).ConfigureAwait(false),
        cancellation);

    public Task MakeLinkAsync(string name, byte[] hash, TimeSpan life, Actor by, CancellationToken cancellation) => InTransactionAsync(
        new Act(by, "make sign-in link", "account", Name(name)),
        async connection => await connection.Statement("access/make_link", Name(name), hash, life).ExecuteAsync(cancellation).ConfigureAwait(false) > 0
            ? true
            : throw await NobodyAsync(connection, name, cancellation).ConfigureAwait(false),
        cancellation);

    public Task<int> MakeTokenAsync(NewToken token, Actor by, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(token.Name) || token.Name.Length > 100)
            throw new RefusedException("a token's name has 1 to 100 characters: say what it is for");
        if (token.Life <= TimeSpan.Zero || token.Life > TimeSpan.FromDays(366))
            throw new RefusedException("a token is good for 1 to 366 days");
        return InTransactionAsync(
            new Act(by, $"make token {token.Start}", "account", Name(token.Account)),
            async connection => await connection.Statement("access/make_token", token.Hash, token.Start, token.Name.Trim(), Name(token.Account), token.Role.ToString(), token.Life)
                .ScalarAsync<int?>(cancellation).ConfigureAwait(false) ?? throw await NobodyAsync(connection, token.Account, cancellation).ConfigureAwait(false),
            cancellation);
    }

    public Task RevokeTokenAsync(int token, string? account, Actor by, CancellationToken cancellation) => InTransactionAsync(
        new Act(by, "revoke", "token", token.ToString(CultureInfo.InvariantCulture)),
        async connection => await connection.Statement("access/revoke_token", token, Text(account)).ScalarAsync<int?>(cancellation).ConfigureAwait(false)
            ?? throw new RefusedException($"there is no token {token} that could be revoked; it may have been already"),
        cancellation);

    /// <summary>Without an admin nobody could make one.</summary>
    private static async Task KeepAnAdminAsync(NpgsqlConnection connection, string except, CancellationToken cancellation)
    {
        await connection.Statement("access/lock_admins").ExecuteAsync(cancellation).ConfigureAwait(false);
        var was = await connection.Statement("access/is_admin", except).ScalarAsync<bool>(cancellation).ConfigureAwait(false);
        if (was && await connection.Statement("access/open_admins", except).ScalarAsync<int>(cancellation).ConfigureAwait(false) == 0)
            throw new RefusedException($"'{except}' is the only admin. Make another one first");
    }

    private static async Task<RefusedException> NobodyAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        var known = await connection.Statement("access/accounts").ListAsync(row => (Name: row.GetString(1), Closed: row.GetBoolean(6)), cancellation).ConfigureAwait(false);
        return new(UnknownName.Message("account", name, [.. known.Where(row => !row.Closed).Select(row => row.Name)]));
    }

    private Task<T> InTransactionAsync<T>(Act act, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) => act.InTransactionAsync(db, work, cancellation);

    [GeneratedRegex(@"^[\p{Ll}\p{Nd}._@-]{1,100}$")]
    private static partial Regex Spelling();
}
