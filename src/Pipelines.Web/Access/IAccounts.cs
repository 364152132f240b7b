using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>Accounts, tokens and the audit as people look after them. Secrets are made here, told once, and kept as hashes.</summary>
public interface IAccounts
{
    Task<IReadOnlyList<AccountRow>> ListAsync(CancellationToken cancellation);

    /// <summary>Makes an account, opens a closed one, or changes its role and restriction.</summary>
    Task SaveAsync(NewAccount account, Actor by, CancellationToken cancellation);

    /// <summary>Closes an account: its sessions and tokens end.</summary>
    Task CloseAsync(string name, Actor by, CancellationToken cancellation);

    /// <summary>Sets a password; the account's sessions end.</summary>
    Task SetPasswordAsync(string name, string password, Actor by, CancellationToken cancellation);

    /// <summary>A link that signs an account in, once.</summary>
    /// <param name="name">The account.</param>
    /// <param name="console">Where the console is reached.</param>
    /// <param name="by">Who makes it.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<Uri> MakeLinkAsync(string name, Uri console, Actor by, CancellationToken cancellation);

    /// <summary>Tokens of an account; null: of all that may be seen.</summary>
    Task<IReadOnlyList<TokenRow>> TokensAsync(string? account, CancellationToken cancellation);

    Task<MadeToken> MakeTokenAsync(TokenWanted token, Actor by, CancellationToken cancellation);

    Task RevokeTokenAsync(int token, Actor by, CancellationToken cancellation);

    /// <summary>What people did, the newest first.</summary>
    Task<IReadOnlyList<AuditRow>> AuditAsync(AuditFilter filter, CancellationToken cancellation);
}

/// <param name="Name">What it is for.</param>
/// <param name="Account">Whose it is; it never may more than they.</param>
/// <param name="Role">May at most this: v, o or a.</param>
/// <param name="Life">How long it is good.</param>
public sealed record TokenWanted(string Name, string Account, char Role, TimeSpan Life);

/// <param name="TokenNo">Its number.</param>
/// <param name="Secret">The token itself: nobody can tell it again.</param>
public sealed record MadeToken(int TokenNo, string Secret);
