using System.Globalization;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Live;

/// <summary>The log of an attempt while it runs.</summary>
internal sealed record LogTopic(InstanceKey Key, short Attempt) : Topic
{
    public override Task<bool> IsSeenAsync(Sight sight, CancellationToken cancellation) => sight.SeesAsync("run", Key.RunId, cancellation);

    public override async Task<View?> LookAsync(IConsole console, CancellationToken cancellation)
    {
        // The attempt first: an attempt's last lines are stored before its end, so lines counted after it are all of them.
        var attempts = await console.AttemptsAsync(Key, cancellation);
        var ended = attempts.LastOrDefault(attempt => attempt.Attempt == Attempt) is not { State: TaskState.Running };
        var log = await console.LogHeadAsync(new LogOf(Key, Attempt), cancellation);
        return new LogView(log.Lines, ended);
    }
}

/// <summary>How long a log was. Pages fetch new lines themselves.</summary>
internal sealed record LogView(int Lines, bool Ended) : View(Name(Lines, Ended))
{
    public static string Name(int lines, bool ended) => string.Create(CultureInfo.InvariantCulture, $"{lines}{(ended ? "e" : "r")}");

    public override IEnumerable<(string Type, object Data)> Since(View? earlier) => [("log", new { lines = Lines, ended = Ended })];
}
