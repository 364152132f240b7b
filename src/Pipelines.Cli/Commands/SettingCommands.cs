using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Cli.Roles;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Cli.Commands;

/// <summary>connections and variables: what bodies ask for by name. Secrets are protected before they are kept.</summary>
internal static class SettingCommands
{
    public static Command Connections() => new("connections", "Connection strings that tasks ask for by name: context.Connection(\"warehouse\").")
    {
        List("connection", SettingKind.Connection, "pipelines connections list"), SetConnection(), Delete("connection", SettingKind.Connection, "pipelines connections delete warehouse"),
    };

    public static Command Variables() => new("variables", "Values that tasks ask for by name: context.Variable(\"max_rows\").")
    {
        List("variable", SettingKind.Variable, "pipelines variables list"), SetVariable(), Delete("variable", SettingKind.Variable, "pipelines variables delete max_rows"),
    };

    private static ClientCommand List(string kind, SettingKind of, string example) => new ClientCommand("list", $"Lists the {kind}s; secrets are not shown.", example)
        .Runs(async session => session.Screen.List(
            await session.Vault.ListAsync(of, session.Cancellation),
            $"No {kind} is kept here. PIPELINES_{kind.ToUpperInvariant()}_NAME variables of the workers are not listed.",
            new("Name", setting => setting.Name), new("Value", setting => setting.Secret ? "(secret)" : setting.Value, Wraps: true), new("About", setting => setting.About, Wraps: true),
            new("Changed", setting => $"{Text.Brief(setting.ChangedAt)} by {setting.ChangedBy}")));

    private static ClientCommand SetConnection()
    {
        var (name, about, from) = (Named(), About(), FromVariable());
        return new ClientCommand("set", "Sets a connection string: a secret, read from the terminal, the standard input or a variable.", "pipelines connections set warehouse --about 'the data warehouse' --from-variable PATH") { name, about, from, SharedOptions.Why() }
            .Runs(async session =>
            {
                await SetAsync(session, SettingKind.Connection, session.Get(name), await SecretAsync(session, session.Get(from)), secret: true, session.Get(about));
                session.Screen.Say($"The connection {session.Get(name)} is set; tasks that start from now on get it.");
            });
    }

    private static ClientCommand SetVariable()
    {
        var (name, about, from) = (Named(), About(), FromVariable());
        var value = new Argument<string?>("value") { Description = "Its value; left out, a secret is read from the terminal, the standard input or a variable.", HelpName = "VALUE", Arity = ArgumentArity.ZeroOrOne };
        return new ClientCommand("set", "Sets a variable.", "pipelines variables set max_rows 5000 --about 'of one batch'") { name, value, about, from, SharedOptions.Why() }
            .Runs(async session =>
            {
                var plain = session.GetOrNull(value);
                await SetAsync(session, SettingKind.Variable, session.Get(name), plain ?? await SecretAsync(session, session.Get(from)), secret: plain is null, session.Get(about));
                session.Screen.Say($"The variable {session.Get(name)} is set; tasks that start from now on get it.");
            });
    }

    private static ClientCommand Delete(string kind, SettingKind of, string example)
    {
        var name = Named();
        return new ClientCommand("delete", $"Deletes a {kind}.", example) { name, SharedOptions.Why() }.Runs(async session =>
        {
            await session.Vault.DeleteAsync(of, session.Get(name), session.By, session.Cancellation);
            session.Screen.Document(new { name = session.Get(name), deleted = true });
            session.Screen.Say($"The {kind} {session.Get(name)} is gone.");
        });
    }

    private static async Task SetAsync(Session session, SettingKind kind, string name, string value, bool secret, string? about)
    {
        await session.Vault.SetAsync(new NewSetting(kind, name, value, secret, about), session.By, session.Cancellation);
        session.Screen.Document(new { name, secret });
    }

    private static async Task<string> SecretAsync(Session session, string? variable)
    {
        var secret = variable is not null ? Environment.GetEnvironmentVariable(variable)
            : session.Screen.IsTerminal ? session.Screen.AskSecret("Value: ") : await Console.In.ReadLineAsync(session.Cancellation);
        return secret is { Length: > 0 } ? secret : throw new CommandException(variable is null ? "no value was given" : $"the variable {variable} is empty");
    }

    private static Argument<string> Named() => new("name") { Description = "As tasks ask for it.", HelpName = "NAME" };

    private static Option<string?> About() => new("--about") { Description = "What it is for.", HelpName = "TEXT" };

    private static Option<string?> FromVariable() => new("--from-variable") { Description = "Takes the secret from this variable of the environment.", HelpName = "NAME" };
}
