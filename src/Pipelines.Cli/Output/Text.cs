using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Output;

/// <summary>How values read in tables and sentences.</summary>
internal static class Text
{
    private static readonly ZonedDateTimePattern Minutes = ZonedDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm o<g>", null);
    private static readonly ZonedDateTimePattern Seconds = ZonedDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm:ss o<g>", null);

    /// <summary>UTC, to the second.</summary>
    public static string Time(DateTimeOffset? at) => at is { } known ? known.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "";

    /// <summary>UTC, to the minute: for lists, where width is dear.</summary>
    public static string Brief(DateTimeOffset? at) => at is { } known ? known.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) : "";

    /// <summary>In a zone, with its offset; seconds only where there are any.</summary>
    public static string Local(Instant at, DateTimeZone zone)
    {
        var local = at.InZone(zone);
        return (local.Second == 0 ? Minutes : Seconds).Format(local);
    }

    public static string Utc(Instant at) => Local(at, DateTimeZone.Utc);

    public static string Span(double? seconds) => seconds switch
    {
        null => "",
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms"),
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 60} min {(int)seconds % 60} s"),
        < 172_800 when (int)seconds / 60 % 60 == 0 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 3600} h"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 3600} h {(int)seconds / 60 % 60} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400:0.#} days"),
    };

    public static double? SecondsBetween(DateTimeOffset? from, DateTimeOffset? to) => from is { } a && to is { } b ? (b - a).TotalSeconds : null;

    public static string Data(Interval? interval) => interval is { } data ? $"{Time(data.Start)} to {Time(data.End)}" : "";

    public static string Count(int n, string noun) => string.Create(CultureInfo.InvariantCulture, $"{n:N0} {noun}{(n == 1 ? "" : "s")}");

    /// <summary>What may stand in a list: the letters of an instance's name.</summary>
    public static string Instance(string taskId, int mapIndex) => mapIndex < 0 ? taskId : string.Create(CultureInfo.InvariantCulture, $"{taskId}[{mapIndex}]");

    /// <summary>The state's name for programs: the word, blanks as underscores.</summary>
    public static string Name(char state) => RunState.Word(state).Replace(' ', '_');

    public static string? Name(char? state) => state is { } known ? Name(known) : null;

    /// <summary>The colour of a state in a terminal.</summary>
    public static string Colour(char state) => state switch
    {
        's' => "green",
        'f' or 'u' => "red",
        'r' => "blue",
        'y' or 'p' or 'a' => "yellow",
        _ => "grey",
    };
}
