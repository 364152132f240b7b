using System.CommandLine;
using Npgsql;
using Pipelines.Engine.Cron;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Postgres;
using Pipelines.Postgres.Embedded;
using Pipelines.Web;

namespace Pipelines.Cli;

/// <summary>A command that cannot be carried out; the message is one line with the fix.</summary>
public sealed class CommandException(string message) : Exception(message);

/// <summary>Turns what stopped a command into its exit code and one line on stderr.</summary>
public static class Failure
{
    /// <summary>What a shell reports for a program that Ctrl-C ended.</summary>
    public const int Interrupted = 130;

    /// <summary>Runs the body of a command and reports what it throws.</summary>
    public static async Task<int> ReportAsync(ParseResult parsed, Func<Task<int>> body, CancellationToken cancellation)
    {
        try
        {
            return await body();
        }
        catch (Exception e) when (cancellation.IsCancellationRequested && e is OperationCanceledException or StoreUnavailableException { InnerException: OperationCanceledException })
        {
            return Interrupted;
        }
#pragma warning disable CA1031 // The edge of the program: nobody above could do better than say what happened.
        catch (Exception e)
#pragma warning restore CA1031
        {
            parsed.InvocationConfiguration.Error.WriteLine($"error: {Line(e)}");
            return 1;
        }
    }

    /// <summary>One line that says what is wrong and how to fix it.</summary>
    public static string Line(Exception e) => OneLine(e switch
    {
        CommandException or RefusedException or ScheduleException or CronFormatException or MigrationException or FormatException
            or EmbeddedServerException or PortInUseException => e.Message,
        StoreUnavailableException { InnerException: PostgresException shut } when Db.ShutsUsOut(shut) => Postgres(shut),
        StoreUnavailableException => $"{Sentence(e.Message)} Is the server running? Check --database or {SharedOptions.DatabaseVariable}, or start `pipelines up`.",
        PostgresException refused => Postgres(refused),
        UnauthorizedAccessException or IOException => $"{Sentence(e.Message)} Choose another place with --home.",
        _ => $"unexpected {e.GetType().Name}: {e.Message}",
    });

    private static string Postgres(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"PostgreSQL does not let us in: {e.MessageText}. Correct the user and password in --database.",
        PostgresErrorCodes.InvalidCatalogName => $"{e.MessageText}. Make it with createdb, or name another one in --database.",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.UndefinedColumn
            or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedObject =>
            "the database does not have this program's schema. Run: pipelines db migrate",
        PostgresErrorCodes.InsufficientPrivilege => $"PostgreSQL: {e.MessageText}. Grant it, or use another user in --database.",
        _ => $"PostgreSQL: {e.MessageText} ({e.SqlState}).",
    };

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
