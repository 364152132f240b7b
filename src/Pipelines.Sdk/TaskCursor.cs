namespace Pipelines;

/// <summary>How far a task has come, by <see cref="TaskContext.Cursor"/>: one value, kept over attempts until the task is cleared.</summary>
public sealed class TaskCursor
{
    private readonly TaskContext _context;
    private byte[]? _ownJson;

    internal TaskCursor(TaskContext context) => _context = context;

    /// <summary>What was saved last, by this attempt or an earlier one.</summary>
    /// <typeparam name="T">What it is read as.</typeparam>
    /// <returns>The default of the type, such as 0 or null, when nothing was saved yet.</returns>
    /// <exception cref="FailTaskException">It is not what the type can hold.</exception>
    public async Task<T?> ReadAsync<T>() =>
        (_context.Host is { } host ? await host.CursorAsync(_context.Cancellation).ConfigureAwait(false) : _ownJson) is { } json ? OutputJson.Read<T>(json) : default;

    /// <summary>Saves how far the task has come; when this returns, it is stored.</summary>
    /// <param name="value">At most 1 MB of JSON.</param>
    /// <typeparam name="T">What becomes JSON.</typeparam>
    /// <exception cref="FailTaskException">It cannot be JSON, or is too large.</exception>
    public Task SaveAsync<T>(T value)
    {
        var json = OutputJson.Write(value);
        if (_context.Host is { } host)
            return host.SaveCursorAsync(json, _context.Cancellation);
        _ownJson = json;
        return Task.CompletedTask;
    }
}
