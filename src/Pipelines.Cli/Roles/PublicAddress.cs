namespace Pipelines.Cli.Roles;

/// <summary>The console's address as people reach it, for links in notifications and behind a proxy.</summary>
internal static class PublicAddress
{
    private const string Variable = "PIPELINES_PUBLIC_URL";

    /// <summary>Null: none was configured.</summary>
    /// <exception cref="CommandException">What was configured is none.</exception>
    public static Uri? Of() => Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } given ? null
        : Uri.TryCreate(given, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url
        : throw new CommandException($"{Variable} is '{given}', which is no address. Write the console's as people reach it, such as https://pipelines.example.com/.");
}
