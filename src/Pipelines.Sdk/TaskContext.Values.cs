using Microsoft.Extensions.Logging;

namespace Pipelines;

/// <content>What a body tells while it runs. It is kept when its worker is dead and when the run has ended, and goes when the task is cleared.</content>
public sealed partial class TaskContext
{
    private const int MostValues = 100;
    private const int LargestValue = 64 * 1024;
    private const int LongestText = 1000;

    private readonly HashSet<string> _valueNames = [];

    /// <summary>
    /// Shows how far the attempt is, in the console, the CLI and the API, and writes it to the log. The last call counts: it is stored in the background once a second at most, and when the attempt ends. It never
    /// waits for the store and never fails.
    /// </summary>
    /// <param name="percent">0 to 100.</param>
    /// <param name="text">What is being done, in up to 1,000 characters.</param>
    /// <example><code>context.Progress(75, "files 75/100");</code></example>
    public void Progress(double percent, string text)
    {
        percent = double.IsFinite(percent) ? Math.Clamp(percent, 0, 100) : 0;
        text ??= "";
        Logger.Log(LogLevel.Information, default, (percent, text), null, static (p, _) => FormattableString.Invariant($"[{p.percent:0}%] {p.text}"));
        Host?.Progress(percent, text.Length > LongestText ? text[..LongestText] : text);
    }

    /// <summary>Tells a value by its name, for people and programs to ask for while the task runs and afterwards: on its page, with <c>pipelines tasks values</c> and in the API. The same name again replaces it.</summary>
    /// <param name="name">1 to 200 characters; at most 100 names an attempt.</param>
    /// <param name="value">At most 64 KB as JSON.</param>
    /// <typeparam name="T">What it is.</typeparam>
    /// <returns>When the value is stored.</returns>
    /// <exception cref="FailTaskException">The name is none, there are too many of them, or the value is no JSON or too large.</exception>
    /// <remarks>In a context that was made by hand, for a unit test, it is checked and goes nowhere.</remarks>
    /// <example><code>await context.SetValueAsync("rows", rows.Count);</code></example>
    public Task SetValueAsync<T>(string name, T value)
    {
        CheckShared("value", name);
        var json = OutputJson.Write(value);
        if (json.Length > LargestValue)
            throw new FailTaskException($"The value '{name}' has {json.Length:N0} bytes of JSON; the limit is {LargestValue:N0}. Keep more in an artefact (context.SaveArtefactAsync).");
        lock (_valueNames)
        {
            if (_valueNames.Add(name) && _valueNames.Count > MostValues)
                throw new FailTaskException($"The value '{name}' is one too many: an attempt may tell {MostValues}. Tell a list or an object under one name.");
        }

        return Host?.SetValueAsync(name, json, Cancellation) ?? Task.CompletedTask;
    }

    /// <summary>Says that the body is alive: for tasks with a heartbeat timeout (<c>.HeartbeatTimeout(...)</c>), as often as you like. It costs nothing.</summary>
    /// <remarks>Details of an earlier call stay.</remarks>
    /// <example><code>foreach (var file in files) { context.Heartbeat(); await LoadAsync(file); }</code></example>
    public void Heartbeat() => Host?.Heartbeat(null);

    /// <summary>
    /// Says that the body is alive and how far it has come, for the next attempt to go on from (<see cref="HeartbeatDetails{T}"/>). It is stored in the background once a second at most, and when the attempt ends; a killed worker may lose
    /// the last second. What must not be lost belongs into <see cref="Cursor"/>.
    /// </summary>
    /// <param name="details">At most 64 KB as JSON.</param>
    /// <typeparam name="T">What they are.</typeparam>
    /// <exception cref="FailTaskException">They are no JSON, or too large.</exception>
    /// <example><code>context.Heartbeat(file.Name);</code></example>
    public void Heartbeat<T>(T details)
    {
        var json = OutputJson.Write(details);
        if (json.Length > LargestValue)
            throw new FailTaskException($"The details of a heartbeat have {json.Length:N0} bytes of JSON; the limit is {LargestValue:N0}.");
        Host?.Heartbeat(json);
    }

    /// <summary>What the last heartbeat of this task instance was given: in this attempt, else in one before it.</summary>
    /// <typeparam name="T">What it was.</typeparam>
    /// <returns>The type's default: there was none since the task began, or was cleared.</returns>
    /// <exception cref="FailTaskException">It was something else.</exception>
    /// <example><code>var last = await context.HeartbeatDetails&lt;string>();</code></example>
    public async Task<T?> HeartbeatDetails<T>() =>
        Host is not null && await Host.HeartbeatDetailsAsync(Cancellation).ConfigureAwait(false) is { } json ? OutputJson.Read<T>(json) : default;
}

internal partial interface IAttemptHost
{
    void Progress(double percent, string text);

    Task SetValueAsync(string name, byte[] json, CancellationToken cancellation);

    /// <param name="details">UTF-8 JSON; null: those of before stay.</param>
    void Heartbeat(byte[]? details);

    Task<byte[]?> HeartbeatDetailsAsync(CancellationToken cancellation);
}
