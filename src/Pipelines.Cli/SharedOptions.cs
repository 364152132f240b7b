using System.CommandLine;

namespace Pipelines.Cli;

/// <summary>Options of every command. They are read by name, so that commands need not be handed the instances.</summary>
internal static class SharedOptions
{
    public const string DatabaseVariable = "PIPELINES_DATABASE";

    public static Option<string> Home() => new("--home")
    {
        Description = "Where a local `pipelines up` keeps its state.", HelpName = "DIR", Recursive = true, DefaultValueFactory = _ => ".pipelines",
    };

    public static Option<string?> Database() => new("--database")
    {
        Description = $"The PostgreSQL database: postgres://user:password@host:5432/name, or key=value pairs. Default: {DatabaseVariable}, else the `up` of --home.",
        HelpName = "URL", Recursive = true,
    };

    public static Option<OutputFormat> Output() => new("--output", "-o")
    {
        Description = "table for people, json for programs.", HelpName = "table|json", Recursive = true,
        CustomParser = result => result.Tokens[0].Value switch
        {
            "table" => OutputFormat.Table,
            "json" => OutputFormat.Json,
            var other => Wrong(result, $"--output cannot be '{other}'; write table or json"),
        },
    };

    /// <summary>Of commands that change something: what the history says beside who did it.</summary>
    public static Option<string?> Why() => new("--why") { Description = "The reason, for those who read the history.", HelpName = "TEXT" };

    public static string? WhyOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.FirstOrDefault(option => option.Name == "--why") is Option<string?> why && parsed.GetValue(why) is { } given && !string.IsNullOrWhiteSpace(given)
            ? given.Trim()
            : null;

    public static string HomeOf(ParseResult parsed) => parsed.GetValue<string>("--home") ?? ".pipelines";

    /// <summary>The database that was given, by option or variable; null: that of the home.</summary>
    public static string? DatabaseOf(ParseResult parsed) =>
        parsed.GetValue<string?>("--database") ?? (Environment.GetEnvironmentVariable(DatabaseVariable) is { Length: > 0 } given ? given : null);

    public static OutputFormat OutputOf(ParseResult parsed) => parsed.GetValue<OutputFormat>("--output");

    private static OutputFormat Wrong(System.CommandLine.Parsing.ArgumentResult result, string message)
    {
        result.AddError(message);
        return default;
    }
}
