using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>
/// Who looks after accounts: admins. Everybody has tokens of their own, none of which may more than they do now. Accounts and the
/// audit tell of all DAGs, so who sees some sees neither: an admin of some DAGs could otherwise make themselves one of all.
/// </summary>
internal sealed class GuardedAccounts(IAccess access, SignedIn? who, Sight sight) : IAccounts
{
    private readonly Accounts _inner = new(access);

    public Task<IReadOnlyList<AccountRow>> ListAsync(CancellationToken cancellation)
    {
        Admin();
        return _inner.ListAsync(cancellation);
    }

    public Task SaveAsync(NewAccount account, Actor by, CancellationToken cancellation)
    {
        Admin();
        return _inner.SaveAsync(account, by, cancellation);
    }

    public Task CloseAsync(string name, Actor by, CancellationToken cancellation)
    {
        Admin();
        return _inner.CloseAsync(name, by, cancellation);
    }

    public Task SetPasswordAsync(string name, string password, Actor by, CancellationToken cancellation)
    {
        Admin();
        return _inner.SetPasswordAsync(name, password, by, cancellation);
    }

    public Task<Uri> MakeLinkAsync(string name, Uri console, Actor by, CancellationToken cancellation)
    {
        Admin();
        return _inner.MakeLinkAsync(name, console, by, cancellation);
    }

    public Task<IReadOnlyList<TokenRow>> TokensAsync(string? account, CancellationToken cancellation)
    {
        if (IsMe(account) || (account is null && !LooksAfterAll))
            return _inner.TokensAsync(Me, cancellation);
        Admin();
        return _inner.TokensAsync(account, cancellation);
    }

    public Task<MadeToken> MakeTokenAsync(TokenWanted token, Actor by, CancellationToken cancellation)
    {
        if (!IsMe(token.Account))
            Admin();
        Roles.Check(who, Roles.Of(token.Role));
        return _inner.MakeTokenAsync(token, by, cancellation);
    }

    public Task RevokeTokenAsync(int token, Actor by, CancellationToken cancellation) =>
        LooksAfterAll ? _inner.RevokeTokenAsync(token, by, cancellation) : access.RevokeTokenAsync(token, Me, by, cancellation);

    public Task<IReadOnlyList<AuditRow>> AuditAsync(AuditFilter filter, CancellationToken cancellation)
    {
        Roles.Check(who, Role.Operator);
        if (sight.Restricted)
            throw new ForbiddenException($"The audit log tells of all DAGs; the account {Me} is restricted to some. Each DAG's own history is on its Events page.");
        return _inner.AuditAsync(filter, cancellation);
    }

    private string Me => (who ?? throw new ForbiddenException("This needs an account. Sign in first.")).Name;

    private bool LooksAfterAll => who is { Role: 'a' } && !sight.Restricted;

    private bool IsMe(string? account) => account?.Trim().Equals(Me, StringComparison.OrdinalIgnoreCase) == true;

    private void Admin()
    {
        Roles.Check(who, Role.Admin);
        if (sight.Restricted)
            throw new ForbiddenException($"Accounts may see all DAGs; the account {Me} is restricted to some.");
    }
}
