using System.CommandLine;
using System.Text.RegularExpressions;
using Pipelines.Engine.Requests;

namespace Pipelines.Cli;

/// <summary>What was typed wrongly, in one line with the fix.</summary>
internal static partial class ParseErrors
{
    public static string Line(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        // What follows a word that is not understood is not understood either: the first one is the mistake.
        var unknown = parsed.Errors.Select(error => Unknown().Match(error.Message)).FirstOrDefault(match => match.Success);
        var messages = unknown is null
            ? parsed.Errors.Select(error => Reword(error.Message, command)).Distinct()
            : [NotKnown(unknown.Groups[1].Value, command)];
        return $"{string.Join("; ", messages)}. See: {Path(command)} --help";
    }

    private static string NotKnown(string given, Command command)
    {
        if (given.StartsWith('-'))
            return UnknownName.Nearest(given, OptionsOf(command)) is { } nearest
                ? $"there is no flag '{given}' here; perhaps '{nearest}'"
                : $"there is no flag '{given}' here; there are: {string.Join(", ", OptionsOf(command))}";
        return command.Subcommands.Count > 0
            ? UnknownName.Message("command", given, [.. command.Subcommands.Select(one => one.Name)]).TrimEnd('?')
            : $"'{given}' is one argument too many";
    }

    private static string Reword(string message, Command command)
    {
        if (command.Subcommands.Count > 0 && message.StartsWith("Required command", StringComparison.Ordinal))
            return $"give a command: {string.Join(", ", command.Subcommands.Select(one => one.Name))}";
        return Number().Match(message) is { Success: true } number
            ? $"'{number.Groups[1].Value}' is not a whole number{(number.Groups[2].Value is ['-', ..] and var option ? $", which {option} needs" : "")}"
            : Blank().Replace(message, " ").Trim().TrimEnd('.');
    }

    private static IEnumerable<string> OptionsOf(Command command)
    {
        var own = command.Options.Select(option => option.Name);
        return command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? own.Concat(OptionsOf(parent)) : own;
    }

    private static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : "pipelines";

    [GeneratedRegex(@"^Cannot parse argument '(.*)' for (?:command|option) '(.*)' as expected type 'System\.Int")]
    private static partial Regex Number();

    [GeneratedRegex(@"^Unrecognized command or argument '(.*)'")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
