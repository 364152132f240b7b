using System.Globalization;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>How times stand beside lines.</summary>
internal enum LogTime
{
    /// <summary>Of the reader's clock.</summary>
    Clock,

    /// <summary>Since the attempt began.</summary>
    Elapsed,

    /// <summary>In UTC.</summary>
    Utc,
}

/// <summary>Lines as an address names them: <c>148220</c> or <c>148220-148226</c>.</summary>
internal readonly record struct LineRange(int From, int To)
{
    public static LineRange? Of(string? text)
    {
        var parts = (text ?? "").Replace("L", "", StringComparison.OrdinalIgnoreCase).Split('-', 2);
        if (!int.TryParse(parts[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var from) || from < 1)
            return null;
        return parts.Length > 1 && int.TryParse(parts[1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var to) && to >= from ? new(from, to) : new(from, from);
    }

    public bool Holds(int line) => line >= From && line <= To;
}

/// <summary>What of a log is shown and how: all of it stands in the address, and garbage there means the default.</summary>
internal sealed record LogQuery
{
    /// <summary>The page's path.</summary>
    public required string Path { get; init; }

    /// <summary>Null: the last one.</summary>
    public short? Attempt { get; init; }

    public LogShow Show { get; init; }

    /// <summary>What is searched for.</summary>
    public string? Text { get; init; }

    /// <summary>Upper and lower case differ.</summary>
    public bool Exact { get; init; }

    public LogTime Time { get; init; }

    public bool Wrap { get; init; }

    /// <summary>The zone, where the address names one.</summary>
    public string? Zone { get; init; }

    public static LogShow ShowOf(string? level) => level switch { "W" or "w" => LogShow.Warnings, "E" or "e" => LogShow.Errors, _ => LogShow.All };

    public static LogTime TimeOf(string? time) => time switch { "elapsed" => LogTime.Elapsed, "utc" => LogTime.Utc, _ => LogTime.Clock };

    /// <summary>The state as an address, without a place in the log.</summary>
    public string Href => Of();

    /// <summary>The state with a place in the log, or something else for once.</summary>
    public string At(string name, object value) => Of((name, value));

    public string At(string name, object value, string name2, object value2) => Of((name, value), (name2, value2));

    /// <summary>The same lines as text, from the whole log.</summary>
    public string Raw(string view = "raw") => (this with { Show = LogShow.All, Text = null, Exact = false, Time = LogTime.Clock, Wrap = false, Zone = null }).At("view", view);

    private string Of(params ReadOnlySpan<(string Name, object Value)> more)
    {
        var parts = new List<string>();
        Add("attempt", Attempt);
        Add("level", Show switch { LogShow.Warnings => "W", LogShow.Errors => "E", _ => null });
        Add("q", string.IsNullOrEmpty(Text) ? null : Text);
        Add("case", Exact ? "1" : null);
        Add("t", Time switch { LogTime.Elapsed => "elapsed", LogTime.Utc => "utc", _ => null });
        Add("wrap", Wrap ? "1" : null);
        Add("tz", Zone);
        foreach (var (name, value) in more)
            Add(name, value);
        return parts.Count == 0 ? Path : $"{Path}?{string.Join('&', parts)}";

        void Add(string name, object? value)
        {
            if (Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text)
                parts.Add($"{name}={Uri.EscapeDataString(text)}");
        }
    }
}
