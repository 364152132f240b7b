using System.CommandLine;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;

namespace Pipelines.Cli.Commands;

/// <summary>Arguments and options that several commands have.</summary>
internal static class Arguments
{
    public static Argument<string> Dag() => new("dag") { Description = "The DAG's id.", HelpName = "DAG" };

    public static Argument<long> Run() => new("run") { Description = "The run's number.", HelpName = "RUN" };

    public static Argument<string> Task() => new("task") { Description = "The task's id.", HelpName = "TASK" };

    public static Argument<long> Backfill() => new("backfill") { Description = "The backfill's number.", HelpName = "ID" };

    public static Option<int?> Map() => AtLeast(0, new Option<int?>("--map") { Description = "The element of a mapped task, from 0.", HelpName = "N" });

    /// <summary>How a command that is written for people names an element, with a space before it; of the task as a whole it is empty.</summary>
    public static string MapText(int mapIndex) => mapIndex < 0 ? "" : $" --map {mapIndex}";

    public static Argument<string> NoteText() => new("text") { Description = "What it says.", HelpName = "TEXT" };

    /// <summary>What is run again runs on this version of its DAG.</summary>
    public static Option<string> Version(string usual)
    {
        var option = new Option<string>("--version")
        {
            Description = "What is run again runs on the DAG's current version, or on the original one of its run.", HelpName = "current|original", DefaultValueFactory = _ => usual,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.Tokens[0].Value is not ("current" or "original"))
                result.AddError($"--version cannot be '{result.Tokens[0].Value}'; write current or original");
        });
        return option;
    }

    public static Option<string> State() => new("--state") { Description = "How it ends.", HelpName = "STATE", Required = true };

    /// <exception cref="CommandException">It is none of these states.</exception>
    public static char StateOf(string kind, string word, IReadOnlyList<char> states)
    {
        foreach (var state in states)
        {
            if (TaskState.Word(state) == word)
                return state;
        }

        var known = states.Select(TaskState.Word).ToList();
        throw new CommandException($"a {kind} cannot be marked '{word}'; write one of: {string.Join(", ", known)}"
            + (UnknownName.Nearest(word, known) is { } nearest ? $". Did you mean '{nearest}'?" : ""));
    }

    /// <param name="usual">Of who asks for none.</param>
    /// <param name="what">Of what.</param>
    /// <param name="most">The most that the list gives, be it asked of the database or of a server.</param>
    public static Option<int> Limit(int usual, string what, int most = int.MaxValue) => AtLeast(1, new Option<int>("--limit")
    {
        Description = $"How many {what} at most{(most < int.MaxValue ? $", up to {most}" : "")}.", HelpName = "N", DefaultValueFactory = _ => usual,
    }, most);

    public static Option<int> Count(int usual) => AtLeast(1, new Option<int>("--count", "-n")
    {
        Description = "How many ticks.", HelpName = "N", DefaultValueFactory = _ => usual,
    });

    /// <summary>Refuses smaller numbers, and greater ones than the most.</summary>
    public static Option<T> AtLeast<T>(int least, Option<T> option, int most = int.MaxValue)
    {
        option.Validators.Add(result =>
        {
            // A text that is no number has its own error.
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var given) && (given < least || given > most))
                result.AddError($"{option.Name} cannot be {given}; give {least} {(most < int.MaxValue ? $"to {most}" : "or more")}");
        });
        return option;
    }
}
