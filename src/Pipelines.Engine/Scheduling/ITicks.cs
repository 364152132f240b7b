using NodaTime;

namespace Pipelines.Engine.Scheduling;

/// <summary>The moments that a schedule names, of whatever kind, before Start and End bound them. For every tick t, <c>Previous(Next(t)) == t</c>.</summary>
internal interface ITicks
{
    /// <summary>The first tick strictly after an instant; null: there is none.</summary>
    Instant? Next(Instant after);

    /// <summary>The last tick strictly before an instant; null: there is none.</summary>
    Instant? Previous(Instant before);
}
