using System.CommandLine;
using System.CommandLine.Invocation;

namespace Pipelines.Cli;

/// <summary>The help of System.CommandLine, and below it how the command is typed.</summary>
internal sealed class HelpWithExample(SynchronousCommandLineAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IHasExample { Example: var example })
            parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  {example}\n");
        return code;
    }
}

/// <summary>A command whose help ends with a line that can be typed.</summary>
public interface IHasExample
{
    /// <summary>The line, such as <c>pipelines dags list</c>.</summary>
    string Example { get; }
}
