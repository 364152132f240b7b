namespace Pipelines.Engine.Ports;

/// <summary>Accounts, how they sign in, and what people did. Secrets come and are kept as hashes.</summary>
public interface IAccess
{
    /// <summary>Whose session this is; it is good for <paramref name="life"/> more. Null: nobody's.</summary>
    Task<SignedIn?> BySessionAsync(byte[] hash, TimeSpan life, CancellationToken cancellation);

    Task<SignedIn?> ByTokenAsync(byte[] hash, CancellationToken cancellation);

    /// <summary>An open account of this name, whose caller vouches for it.</summary>
    Task<SignedIn?> ByNameAsync(string name, CancellationToken cancellation);

    /// <summary>What a password is checked against; null: there is no such account.</summary>
    Task<PasswordOf?> PasswordAsync(string name, CancellationToken cancellation);

    /// <summary>Counts a wrong password: after some in a row the account takes none for a while.</summary>
    Task RefuseAsync(string name, string? address, CancellationToken cancellation);

    /// <summary>Opens a session.</summary>
    /// <param name="account">The account's number.</param>
    /// <param name="hash">Of the session's secret.</param>
    /// <param name="life">How long it is good without a request.</param>
    /// <param name="from">From where, and with what: address, browser, and how the account proved itself.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task SignInAsync(int account, byte[] hash, TimeSpan life, SignInFrom from, CancellationToken cancellation);

    Task SignOutAsync(byte[] hash, string? address, CancellationToken cancellation);

    /// <summary>Keeps a link that signs an account in, once.</summary>
    Task MakeLinkAsync(string name, byte[] hash, TimeSpan life, Actor by, CancellationToken cancellation);

    /// <summary>Spends a link; null: it is not good, or no more.</summary>
    Task<int?> UseLinkAsync(byte[] hash, CancellationToken cancellation);

    Task<IReadOnlyList<AccountRow>> AccountsAsync(CancellationToken cancellation);

    /// <summary>Makes an account, or changes its role and restriction.</summary>
    Task SaveAccountAsync(NewAccount account, Actor by, CancellationToken cancellation);

    /// <summary>Closes an account: its sessions and tokens end.</summary>
    Task CloseAccountAsync(string name, Actor by, CancellationToken cancellation);

    /// <summary>Sets a password; sessions other than <paramref name="keep"/> end.</summary>
    Task SetPasswordAsync(string name, string passwordHash, byte[]? keep, Actor by, CancellationToken cancellation);

    /// <summary>Tokens of an account; null: of all.</summary>
    Task<IReadOnlyList<TokenRow>> TokensAsync(string? account, CancellationToken cancellation);

    Task<int> MakeTokenAsync(NewToken token, Actor by, CancellationToken cancellation);

    /// <summary>Revokes a token of an account; of no <paramref name="account"/>, anybody's.</summary>
    Task RevokeTokenAsync(int token, string? account, Actor by, CancellationToken cancellation);

    /// <summary>The ids of DAGs that a restriction lets see.</summary>
    Task<IReadOnlySet<string>> VisibleAsync(IReadOnlyList<string> dags, IReadOnlyList<string> tags, CancellationToken cancellation);

    /// <summary>The DAG of a run, backfill or notification; null: there is none.</summary>
    /// <param name="kind">run, backfill or notification.</param>
    /// <param name="id">Its number.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<string?> DagOfAsync(string kind, long id, CancellationToken cancellation);

    /// <summary>What people did, the newest first.</summary>
    /// <param name="filter">What is asked for.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<IReadOnlyList<AuditRow>> AuditAsync(AuditFilter filter, CancellationToken cancellation);
}

/// <summary>Who somebody is.</summary>
/// <param name="AccountNo">The account's number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Role">v viewer, o operator, a admin: the less of the account's and the token's.</param>
/// <param name="OnlyDags">Sees these DAGs alone; with <paramref name="OnlyTags"/> null: all.</param>
/// <param name="OnlyTags">And those that have one of these tags.</param>
public sealed record SignedIn(int AccountNo, string Name, char Role, IReadOnlyList<string>? OnlyDags, IReadOnlyList<string>? OnlyTags);

/// <param name="Hash">Null: the account has no password.</param>
/// <param name="LockedFor">How long no password is looked at.</param>
public sealed record PasswordOf(int AccountNo, string? Hash, TimeSpan LockedFor);

/// <param name="With">password, link or proxy.</param>
public sealed record SignInFrom(string? Address, string? Agent, string With);

public sealed record NewAccount(string Name, char Role, IReadOnlyList<string>? OnlyDags, IReadOnlyList<string>? OnlyTags);

public sealed record AccountRow(
    int AccountNo, string Name, char Role, IReadOnlyList<string>? OnlyDags, IReadOnlyList<string>? OnlyTags, bool HasPassword, bool Closed, string CreatedBy,
    DateTimeOffset CreatedAt, DateTimeOffset? SignedInAt, int Sessions);

/// <param name="Start">Its first characters.</param>
/// <param name="Role">May at most this.</param>
public sealed record NewToken(byte[] Hash, string Start, string Name, string Account, char Role, TimeSpan Life);

public sealed record TokenRow(
    int TokenNo, string Name, string Account, char Role, string Start, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? UsedAt, DateTimeOffset? RevokedAt, bool Expired);

/// <param name="Before">Only older than this entry; null: the newest.</param>
/// <param name="Who">An actor such as web:ann, or only the name.</param>
/// <param name="What">Part of what was done, or the name of what it was done to.</param>
public sealed record AuditFilter(long? Before, string? Who, string? What, DateTimeOffset? From, int Limit);

/// <summary>What somebody did.</summary>
/// <param name="Kind">What it was done to: dag, run, backfill, pool, account and so on.</param>
/// <param name="Target">Which one.</param>
/// <param name="Before">JSON of how it was; null: it was not there, or nothing of it can change.</param>
/// <param name="After">JSON of how it became.</param>
/// <param name="Answer">JSON: the run or backfill that it made, or how much it changed; null: neither.</param>
public sealed record AuditRow(
    long Id, DateTimeOffset At, string Actor, string? Address, string What, string Kind, string Target, string? Why, string? Before, string? After, string? Answer);
