namespace Pipelines.Engine.Scheduling;

/// <summary>
/// A schedule or a range of dates makes no sense: a bad cron expression, an unknown time zone, an unreadable date, an end before
/// its start. The message says what is wrong and what to write instead, for the author of the DAG or the person asking.
/// </summary>
public sealed class ScheduleException : Exception
{
    /// <summary>Creates the exception with a message for the person who wrote the schedule.</summary>
    public ScheduleException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception from a more specific one.</summary>
    public ScheduleException(string message, Exception cause) : base(message, cause)
    {
    }
}
