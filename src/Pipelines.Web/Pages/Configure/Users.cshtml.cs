using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Configure;

/// <summary>Accounts with their roles and restrictions, and everybody's tokens. For admins.</summary>
public sealed class UsersModel(Visit visit, IAccounts accounts, WebOptions options) : ConsolePage(visit)
{
    public IReadOnlyList<AccountRow> Accounts { get; private set; } = [];

    public IReadOnlyList<TokenRow> Tokens { get; private set; } = [];

    /// <summary>A link that signs in once: it is shown this once.</summary>
    public string? Link { get; private set; }

    public string? Named { get; private set; }

    /// <summary>The account whose closing is to be confirmed.</summary>
    public string? Closing { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? close, CancellationToken cancellation)
    {
        Accounts = await accounts.ListAsync(cancellation);
        Tokens = await accounts.TokensAsync(null, cancellation);
        Closing = Accounts.FirstOrDefault(account => account.Name == close && !account.Closed)?.Name;
        return Page();
    }

    public Task<IActionResult> OnPostSaveAsync(string? name, string? role, string? dags, string? tags, CancellationToken cancellation)
    {
        return ActAsync("/users", async (_, by) =>
        {
            var (onlyDags, onlyTags) = (List(dags), List(tags));
            await accounts.SaveAsync(
                new NewAccount(name ?? "", Roles.Kept(role) ?? '?', onlyDags, onlyTags), by, cancellation);
            return $"{name} is {(role is "viewer" ? "a" : "an")} {role} now.";
        });
    }

    public Task<IActionResult> OnPostCloseAsync(string? name, CancellationToken cancellation)
    {
        return ActAsync("/users", async (_, by) =>
        {
            await accounts.CloseAsync(name ?? "", by, cancellation);
            return $"{name} can no longer sign in.";
        });
    }

    public async Task<IActionResult> OnPostLinkAsync(string? name, CancellationToken cancellation)
    {
        try
        {
            (Link, Named) = ($"{await accounts.MakeLinkAsync(name ?? "", ConsoleAddress.Of(options, Request), Visit.By(null, null), cancellation)}", name);
        }
        catch (RefusedException e)
        {
            return Missing(e.Message);
        }

        Response.Headers.CacheControl = "no-store";
        return await OnGetAsync(null, cancellation);
    }

    public Task<IActionResult> OnPostRevokeAsync(int token, CancellationToken cancellation)
    {
        return ActAsync("/users", async (_, by) =>
        {
            await accounts.RevokeTokenAsync(token, by, cancellation);
            return "The token is revoked.";
        });
    }

    private static string[]? List(string? text) =>
        (text ?? "").Split([',', ' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } names ? names : null;
}
