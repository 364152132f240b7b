using NodaTime;
using Pipelines.Engine.Cron;

namespace Pipelines.Engine.Scheduling;

/// <summary>Cron expressions in a zone, as one: it ticks whenever one of them does.</summary>
internal sealed class CronTicks(IReadOnlyList<CronExpression> expressions, DateTimeZone zone) : ITicks
{
    public Instant? Next(Instant after) => expressions.Min(expression => expression.Next(after, zone));

    public Instant? Previous(Instant before) => expressions.Max(expression => expression.Previous(before, zone));
}
