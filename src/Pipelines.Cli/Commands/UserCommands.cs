using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Cli.Roles;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Cli.Commands;

/// <summary>users: who may sign in to the console and the API. Whoever reaches the database may do this; over a server admins may.</summary>
internal static class UserCommands
{
    public static Command All() => new("users", "Who may sign in to the console and the API.") { List(), Add(), Password(), Link(), Close() };

    public static Option<string> RoleOption(string description)
    {
        var role = new Option<string>("--role") { Description = description, HelpName = "viewer|operator|admin", DefaultValueFactory = _ => "viewer" };
        role.AcceptOnlyFromAmong("viewer", "operator", "admin");
        return role;
    }

    private static ClientCommand List() => new ClientCommand("list", "Lists the users.", "pipelines users list")
        .Runs(async session => session.Screen.List(
            [.. (await session.Accounts.ListAsync(session.Cancellation)).Select(account => new
            {
                User = account.Name, Role = Web.Access.Roles.Word(account.Role), account.OnlyDags, account.OnlyTags, account.HasPassword, account.Closed, account.Sessions, account.SignedInAt,
                Sees = account is { OnlyDags: null, OnlyTags: null } ? "all DAGs" : string.Join(", ", [.. account.OnlyDags ?? [], .. (account.OnlyTags ?? []).Select(tag => $"tag {tag}")]),
            })],
            "There are no users. `pipelines up` and `pipelines web` make the first admin.",
            new("User", user => user.User), new("Role", user => user.Closed ? "closed" : user.Role), new("Sees", user => user.Sees, Wraps: true),
            new("Signed in", user => Text.Time(user.SignedInAt)), new("Sessions", user => $"{user.Sessions}")));

    private static ClientCommand Add()
    {
        var name = Named();
        var role = RoleOption("What they may: look; also start, stop and clear; everything.");
        var dags = new Option<string[]>("--dag") { Description = "They see this DAG only; may be repeated.", HelpName = "DAG" };
        var tags = new Option<string[]>("--tag") { Description = "They see DAGs of this tag only; may be repeated.", HelpName = "TAG" };
        return new ClientCommand("add", "Makes a user, opens a closed one, or changes the role and restriction of one.", "pipelines users add ann --role operator --tag sales") { name, role, dags, tags, SharedOptions.Why() }
            .Runs(async session =>
            {
                await session.Accounts.SaveAsync(
                    new NewAccount(session.Get(name), Web.Access.Roles.Kept(session.Get(role))!.Value, Some(session.Get(dags)), Some(session.Get(tags))), session.By, session.Cancellation);
                session.Screen.Document(new { user = session.Get(name), role = session.Get(role) });
                session.Screen.Say($"{session.Get(name)} is {(session.Get(role) == "viewer" ? "a" : "an")} {session.Get(role)}. Let them in with: pipelines users link {session.Get(name)}");
            });
    }

    private static ClientCommand Password()
    {
        var name = Named();
        var generate = new Option<bool>("--generate") { Description = "Makes one up and shows it. Without it the password is read from the terminal or the standard input." };
        return new ClientCommand("password", "Sets a user's password; their sessions end.", "pipelines users password ann --generate") { name, generate, SharedOptions.Why() }
            .Runs(async session =>
            {
                var password = session.Get(generate) ? Secret.Make("")
                    : session.Screen.IsTerminal ? session.Screen.AskSecret("New password: ") : await Console.In.ReadLineAsync(session.Cancellation) ?? "";
                await session.Accounts.SetPasswordAsync(session.Get(name), password, session.By, session.Cancellation);
                session.Screen.Document(new { user = session.Get(name), password = session.Get(generate) ? password : null });
                session.Screen.Say(session.Get(generate) ? $"The password of {session.Get(name)} is {password}" : $"The password of {session.Get(name)} is set.");
            });
    }

    private static ClientCommand Link()
    {
        var name = Named();
        return new ClientCommand("link", "Makes a link that signs a user in once, within 24 hours.", "pipelines users link ann") { name, SharedOptions.Why() }
            .Runs(async session =>
            {
                var url = PublicAddress.Of() ?? (UpFile.Read(session.Home) is { } up ? new Uri(up.Url) : new Uri("http://localhost:8470/"));
                var link = await session.Accounts.MakeLinkAsync(session.Get(name), url, session.By, session.Cancellation);
                session.Screen.Document(new { user = session.Get(name), link });
                session.Screen.Say(link.ToString());
            });
    }

    private static ClientCommand Close()
    {
        var name = Named();
        return new ClientCommand("close", "Closes a user's account: their sessions and tokens end.", "pipelines users close ann") { name, SharedOptions.Why() }
            .Runs(async session =>
            {
                await session.Accounts.CloseAsync(session.Get(name), session.By, session.Cancellation);
                session.Screen.Document(new { user = session.Get(name), closed = true });
                session.Screen.Say($"{session.Get(name)} can no longer sign in.");
            });
    }

    private static Argument<string> Named() => new("name") { Description = "The user.", HelpName = "NAME" };

    private static string[]? Some(string[]? names) => names is { Length: > 0 } ? names : null;
}
