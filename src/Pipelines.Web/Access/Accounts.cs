using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>Accounts in the store, for whoever reaches it.</summary>
public sealed class Accounts(IAccess access) : IAccounts
{
    /// <summary>So long a link is good.</summary>
    public static readonly TimeSpan LinkLife = TimeSpan.FromHours(24);

    public Task<IReadOnlyList<AccountRow>> ListAsync(CancellationToken cancellation) => access.AccountsAsync(cancellation);

    public Task SaveAsync(NewAccount account, Actor by, CancellationToken cancellation) => access.SaveAccountAsync(account, by, cancellation);

    public Task CloseAsync(string name, Actor by, CancellationToken cancellation) => access.CloseAccountAsync(name, by, cancellation);

    public Task SetPasswordAsync(string name, string password, Actor by, CancellationToken cancellation) =>
        access.SetPasswordAsync(name, Passwords.Hash(password), null, by, cancellation);

    /// <remarks>No link is kept that could be told again: a request that is sent twice makes two.</remarks>
    public async Task<Uri> MakeLinkAsync(string name, Uri console, Actor by, CancellationToken cancellation)
    {
        var code = Secret.Make("pk_");
        await access.MakeLinkAsync(name, Secret.Hash(code), LinkLife, by with { Once = null }, cancellation).ConfigureAwait(false);
        return new Uri(console, $"login?code={code}");
    }

    public Task<IReadOnlyList<TokenRow>> TokensAsync(string? account, CancellationToken cancellation) => access.TokensAsync(account, cancellation);

    public async Task<MadeToken> MakeTokenAsync(TokenWanted token, Actor by, CancellationToken cancellation)
    {
        var secret = Secret.Make("pl_");
        var kept = new NewToken(Secret.Hash(secret), Secret.Start(secret), token.Name, token.Account, token.Role, token.Life);
        return new(await access.MakeTokenAsync(kept, by, cancellation).ConfigureAwait(false), secret);
    }

    public Task RevokeTokenAsync(int token, Actor by, CancellationToken cancellation) => access.RevokeTokenAsync(token, null, by, cancellation);

    public Task<IReadOnlyList<AuditRow>> AuditAsync(AuditFilter filter, CancellationToken cancellation) => access.AuditAsync(filter, cancellation);
}
