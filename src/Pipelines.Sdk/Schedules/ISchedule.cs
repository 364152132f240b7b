namespace Pipelines;

/// <summary>
/// A schedule of a team's own: business days, the moments after a market closes, a fiscal calendar. The engine asks it for one tick after the
/// other; a run is scheduled for each, and stands for the data since the tick before.
/// </summary>
/// <remarks>
/// It must depend on nothing but <c>after</c> and what it was constructed with: the engine asks again, from any moment and in any order, on other machines and
/// instances. When the DAG is loaded it is asked for some hundred ticks, twice; what throws, does not advance, or answers differently is an import error.
/// It is asked within the time limit of <see cref="Dag.Define"/> and must do no input or output. Ticks are whole seconds.
/// </remarks>
/// <example>
/// <code>
/// public sealed class BusinessDays(int hour, params DateOnly[] holidays) : ISchedule
/// {
///     public DateTimeOffset? Next(DateTimeOffset after)
///     {
///         var tick = new DateTimeOffset(after.UtcDateTime.Date.AddHours(hour), TimeSpan.Zero);
///         while (tick &lt;= after || tick.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday || holidays.Contains(DateOnly.FromDateTime(tick.Date)))
///             tick = tick.AddDays(1);
///         return tick;
///     }
/// }
///
/// dag.Schedule(new BusinessDays(hour: 6, new DateOnly(2026, 12, 25)));
/// </code>
/// </example>
public interface ISchedule
{
    /// <summary>The first tick strictly after a moment.</summary>
    /// <param name="after">In UTC.</param>
    /// <returns>A later moment on a whole second, of any offset; null when no more ticks are to come.</returns>
    DateTimeOffset? Next(DateTimeOffset after);
}
