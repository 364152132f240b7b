using System.Reflection;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Loading;

/// <summary>What is wrong and how to fix it, one line each.</summary>
/// <param name="What">What is wrong.</param>
/// <param name="Fix">How to fix it.</param>
/// <param name="MayPass">It may be gone at the next look: a file that was being copied, a machine that stood still.</param>
internal sealed record Problem(string What, string Fix, bool MayPass = false)
{
    public ImportError At(string source, string? dagId, string file) => new(source, dagId is null ? null : Outcome.Clean(dagId), file, OneLine(What), OneLine(Fix));

    /// <summary>Explains what code of the assembly, or loading it, threw.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="doing">What was being done, as the start of a sentence: "The constructor of X".</param>
    public static Problem From(Exception error, string doing)
    {
        var cause = Innermost(error);
        return cause switch
        {
            TimeLimitException => new(
                cause.Message,
                "Define and constructors must only wire things up: move queries, downloads and waiting into a task.", MayPass: true),
            DagDefinitionException => new(cause.Message, $"Change the graph as the message says; it came from {Lower(doing)}."),
            FileNotFoundException { FileName: { } file } when IsAssembly(file) => Missing(file),
            FileLoadException { FileName: { } file } => new(
                $"{Name(file)} could not be loaded: {cause.Message}",
                "Build the DAG project again, so that the versions of its packages agree, and deploy the whole output folder."),
            BadImageFormatException => new(
                $"The file is damaged, or was not copied completely: {cause.Message}", "Copy the build's output folder again.", MayPass: true),
            MissingMemberException or TypeLoadException => new(
                $"{doing} needs code that is not there: {cause.Message}",
                "A package's version differs from the one it was built with. Build the DAG project again, against this version of Pipelines.Sdk."),
            InvalidOperationException when cause.Message.StartsWith("Unable to resolve service", StringComparison.Ordinal) => new(
                cause.Message, "Register the service in the assembly's IDagServices.Configure."),
            IOException or UnauthorizedAccessException => new(
                $"{doing} failed: {cause.Message}", "Make the folder readable for the user that runs Pipelines.", MayPass: true),
            _ => new(
                $"{doing} threw {cause.GetType().Name}: {cause.Message}", "Correct the code that throws; a unit test of the DAG shows the same error."),
        };
    }

    private static Problem Missing(string file) => new(
        $"The assembly {Name(file)} is needed and is not in the folder.",
        $"Set <EnableDynamicLoading>true</EnableDynamicLoading> (or CopyLocalLockFileAssemblies) in the DAG project, or deploy the output of " +
        $"'dotnet publish': {file.Split(',')[0]}.dll and the .deps.json must lie beside the DAG assembly.");

    private static Exception Innermost(Exception error) => error switch
    {
        ReflectionTypeLoadException { LoaderExceptions: [{ } first, ..] } => Innermost(first),
        TargetInvocationException or TypeInitializationException or AggregateException when error.InnerException is { } inner => Innermost(inner),
        // Our own exceptions say what happened in their message; those of others often only wrap it.
        { InnerException: { } inner } when error is not PipelinesException => Innermost(inner),
        _ => error,
    };

    private static bool IsAssembly(string file) => file.Contains(", Version=", StringComparison.Ordinal);

    private static string Name(string file) => IsAssembly(file)
        ? string.Join(',', file.Split(',').Take(2)).Replace("Version=", "", StringComparison.Ordinal)
        : Path.GetFileName(file);

    private static string Lower(string doing) => char.ToLowerInvariant(doing[0]) + doing[1..];

    private static string OneLine(string text) =>
        string.Join(' ', Outcome.Clean(text).Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}

/// <summary>Carries a <see cref="Problem"/> that makes a whole folder unusable.</summary>
internal sealed class FolderProblemException(Problem problem) : PipelinesException(problem.What)
{
    public Problem Problem { get; } = problem;
}
