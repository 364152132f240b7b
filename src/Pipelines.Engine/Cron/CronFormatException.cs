namespace Pipelines.Engine.Cron;

/// <summary>
/// A text is not a cron expression. The message names the expression, the field, the offending text, and what to write
/// instead, so it can be shown to the author of a DAG as it is.
/// </summary>
/// <example><c>Cron expression '60 * * * *', minute field '60': 60 is out of range. Write a number from 0 to 59.</c></example>
public sealed class CronFormatException : FormatException
{
    /// <summary>Creates the exception with a message for the author of the expression.</summary>
    public CronFormatException(string message) : base(message)
    {
    }

    internal static CronFormatException InExpression(string expression, string problem) =>
        new($"Cron expression '{expression}': {problem}");
}
