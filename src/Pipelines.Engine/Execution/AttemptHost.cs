using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>What a running body may ask of the engine.</summary>
internal sealed class AttemptHost(RunningAttempt attempt, IWorkerStore store, IConnections connections, IVariables variables, ILogger log) : IAttemptHost
{
    private const int MaxBytes = 8 * 1024 * 1024;

    private readonly AttemptSteps _steps = new(attempt.Assignment, attempt.WorkerId, store, log, () => attempt.Now, TimeProvider.System);

    public string Connection(string name) => connections[name];

    public string Variable(string name) => variables[name];

    public async Task SaveArtefactAsync(string name, string contentType, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        if (name.Length is 0 or > 200 || name.AsSpan().ContainsAny('/', '\\', '\0'))
            throw new ArgumentException($"An artefact's name is a file name of at most 200 characters, not '{name}'.", nameof(name));
        if (content.Length > MaxBytes)
            throw new ArgumentException($"Artefact '{name}' has {content.Length:N0} bytes; the limit is {MaxBytes:N0}.", nameof(content));
        var a = attempt.Assignment;
        if (!await Patience.UntilThereAsync(
            () => store.SaveArtefactAsync(attempt.WorkerId, a.Key, a.Attempt, name, contentType, content, cancellation), TimeProvider.System, cancellation).ConfigureAwait(false))
            throw new OperationCanceledException("The attempt is no longer this worker's.");
    }

    public Task<byte[]> StepAsync(string name, Func<Task<byte[]>> body, RetryPolicy retry, CancellationToken cancellation) => _steps.RunAsync(name, body, retry, cancellation);

    public Task<DateTimeOffset> MomentAsync(string name, CancellationToken cancellation) => _steps.MomentAsync(name, cancellation);

    public Task<byte[]?> CursorAsync(CancellationToken cancellation) => _steps.CursorAsync(cancellation);

    public Task SaveCursorAsync(byte[] json, CancellationToken cancellation) => _steps.SaveCursorAsync(json, cancellation);
}
