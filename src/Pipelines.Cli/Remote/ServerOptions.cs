using System.CommandLine;

namespace Pipelines.Cli.Remote;

/// <summary>A server and the token to sign in to it; null: none.</summary>
internal sealed record Server(Uri Address, string? Token);

/// <summary>How client commands name the server whose API they use in place of the database.</summary>
internal static class ServerOptions
{
    public const string ServerVariable = "PIPELINES_SERVER";
    public const string TokenVariable = "PIPELINES_TOKEN";

    public static void AddTo(Command command)
    {
        command.Add(ServerOption());
        command.Add(TokenFileOption());
        command.Add(new Option<string?>("--token")
        {
            Description = $"The token itself. Others on this machine can see it while the command runs: better is {TokenVariable}, or --token-file.", HelpName = "TOKEN",
        });
        command.Add(new Option<string?>("--profile") { Description = "The server and token that `pipelines profile set` has kept under this name.", HelpName = "NAME" });
    }

    public static Option<string?> ServerOption() => new("--server")
    {
        Description = $"The address of a console, whose API is used in place of the database. Default: {ServerVariable}.", HelpName = "URL",
    };

    public static Option<string?> TokenFileOption() => new("--token-file") { Description = $"A file with the token for the server. Default: {TokenVariable}.", HelpName = "FILE" };

    /// <summary>The server that was named; null: none was, the database is meant. What is typed goes before variables.</summary>
    /// <exception cref="CommandException">What was typed contradicts itself, or cannot be read.</exception>
    public static Server? Of(ParseResult parsed)
    {
        var (address, profile, database) = (Typed(parsed, "--server"), Typed(parsed, "--profile"), Typed(parsed, "--database"));
        if (new[] { address, profile, database }.Count(given => given is not null) > 1)
            throw new CommandException("give one of --server, --profile and --database");
        var token = Token(parsed);
        if (database is not null)
            return null;
        if (profile is not null)
        {
            var kept = Profiles.Get(profile);
            return new Server(Address(kept.Server), token ?? kept.Token ?? Variable(TokenVariable));
        }

        if (address is null && Variable(ServerVariable) is { } variable)
        {
            if (Variable(SharedOptions.DatabaseVariable) is not null)
                throw new CommandException($"{ServerVariable} and {SharedOptions.DatabaseVariable} are both set. Give --server or --database, or unset one");
            address = variable;
        }

        if (address is not null)
            return new Server(Address(address), token ?? Variable(TokenVariable));
        return token is null ? null : throw new CommandException("a token is for a server: give --server as well");
    }

    /// <exception cref="CommandException">It is no address of a server.</exception>
    public static Uri Address(string text) =>
        Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0 && address.Query.Length == 0
            ? address
            : throw new CommandException($"'{text}' is not the address of a server. Write it like https://pipelines.example.com");

    /// <exception cref="CommandException">The file cannot be read, or holds none.</exception>
    public static string ReadToken(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } token && !token.Contains('\n', StringComparison.Ordinal)
                ? token
                : throw new CommandException($"{file} does not hold a token: it must be one line with nothing else");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"the token cannot be read: {e.Message} Correct --token-file");
        }
    }

    private static string? Token(ParseResult parsed) => (Typed(parsed, "--token"), Typed(parsed, "--token-file")) switch
    {
        ({ }, { }) => throw new CommandException("give --token or --token-file, one of the two"),
        ({ } token, _) => token,
        (_, { } file) => ReadToken(file),
        _ => null,
    };

    private static string? Typed(ParseResult parsed, string option) => parsed.GetResult(option) is System.CommandLine.Parsing.OptionResult { Implicit: false } ? parsed.GetValue<string?>(option) : null;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } given ? given : null;
}
