using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Cli.Commands;

/// <summary>tokens: how programs sign in to the API.</summary>
internal static class TokenCommands
{
    public static Command All() => new("tokens", "How programs sign in to the API.") { List(), Create(), Revoke() };

    private static ClientCommand List() => new ClientCommand("list", "Lists the tokens; what they are is not kept.", "pipelines tokens list")
        .Runs(async session => session.Screen.List(
            [.. (await session.Accounts.TokensAsync(null, session.Cancellation)).Select(token => new
            {
                Token = token.TokenNo, token.Start, token.Name, User = token.Account, Role = Web.Access.Roles.Word(token.Role), token.UsedAt, token.ExpiresAt, token.RevokedAt,
                State = token.RevokedAt is not null ? "revoked" : token.Expired ? "ended" : "good",
            })],
            "There are no tokens. Make one with: pipelines tokens create NAME --name 'what it is for'",
            new("Token", token => $"{token.Token}"), new("Begins", token => token.Start), new("For", token => token.Name), new("User", token => token.User), new("Role", token => token.Role),
            new("State", token => token.State), new("Last used", token => Text.Time(token.UsedAt)), new("Until", token => Text.Time(token.ExpiresAt))));

    private static ClientCommand Create()
    {
        var user = new Argument<string>("user") { Description = "Whose it is: it never may more than they.", HelpName = "USER" };
        var name = new Option<string>("--name") { Description = "What it is for.", HelpName = "TEXT", Required = true };
        var role = UserCommands.RoleOption("What it may at most.");
        var days = Arguments.AtLeast(1, new Option<int>("--days") { Description = "How long it is good, up to 366 days.", HelpName = "N", DefaultValueFactory = _ => 90 });
        return new ClientCommand("create", "Makes a token and shows it, this once.", "pipelines tokens create ann --name 'nightly checks' --role viewer --days 90") { user, name, role, days, SharedOptions.Why() }
            .Runs(async session =>
            {
                var (no, secret) = await session.Accounts.MakeTokenAsync(
                    new TokenWanted(session.Get(name)!, session.Get(user), Web.Access.Roles.Kept(session.Get(role))!.Value, TimeSpan.FromDays(session.Get(days))), session.By, session.Cancellation);
                session.Screen.Document(new { token = no, secret });
                session.Screen.Say(secret);
            });
    }

    private static ClientCommand Revoke()
    {
        var token = new Argument<int>("token") { Description = "Its number, from the list.", HelpName = "TOKEN" };
        return new ClientCommand("revoke", "Revokes a token.", "pipelines tokens revoke 1") { token, SharedOptions.Why() }
            .Runs(async session =>
            {
                await session.Accounts.RevokeTokenAsync(session.Get(token), session.By, session.Cancellation);
                session.Screen.Document(new { token = session.Get(token), revoked = true });
                session.Screen.Say($"Token {session.Get(token)} is revoked.");
            });
    }
}
