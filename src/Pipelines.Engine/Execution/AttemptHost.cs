using Microsoft.Extensions.Logging;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>What a running body may ask of the engine.</summary>
internal sealed partial class AttemptHost(
    DagSpec spec, RunningAttempt attempt, IWorkerStore store, IConnections connections, IVariables variables, AttemptSteps steps, AttemptWaits waits, ILogger log, Payloads payloads) : IAttemptHost
{
    private const int MaxBytes = 8 * 1024 * 1024;

    public string Connection(string name) => connections[name];

    public string Variable(string name) => variables[name];

    public async Task SaveArtefactAsync(string name, string contentType, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        CheckArtefact(name, content);
        var a = attempt.Assignment;
        if (!await Patience.UntilThereAsync(
            () => store.SaveArtefactAsync(attempt.WorkerId, a.Key, a.Attempt, name, contentType, content, cancellation), TimeProvider.System, cancellation).ConfigureAwait(false))
            throw new OperationCanceledException("The attempt is no longer this worker's.");
    }

    internal static void CheckArtefact(string name, ReadOnlyMemory<byte> content)
    {
        if (name.Length is 0 or > 200 || name.AsSpan().ContainsAny('/', '\\', '\0'))
            throw new ArgumentException($"An artefact's name is a file name of at most 200 characters, not '{name}'.", nameof(name));
        if (content.Length > MaxBytes)
            throw new ArgumentException($"Artefact '{name}' has {content.Length:N0} bytes; the limit is {MaxBytes:N0}.", nameof(content));
    }

    public Task<byte[]> StepAsync(string name, Func<Task<byte[]>> body, RetryPolicy retry, CancellationToken cancellation) => steps.RunAsync(name, body, retry, cancellation);

    public Task<DateTimeOffset> MomentAsync(string name, CancellationToken cancellation) => steps.MomentAsync(name, cancellation);

    public Task<byte[]?> CursorAsync(CancellationToken cancellation) => steps.CursorAsync(cancellation);

    public Task SaveCursorAsync(byte[] json, CancellationToken cancellation) => steps.SaveCursorAsync(json, cancellation);

    public Task SleepAsync(string name, TimeSpan time, CancellationToken cancellation) => waits.SleepAsync(name, time, cancellation);

    public Task<ReceivedSignal?> WaitForSignalAsync(string name, TimeSpan? timeout, CancellationToken cancellation) => waits.WaitAsync(name, timeout, cancellation);

    public Task SignalAsync(long runId, string name, byte[] json, CancellationToken cancellation) => waits.SendAsync(runId, name, json, cancellation);

    public Task<ReceivedSignal> CallbackAsync(string name, Func<Uri, Task> ask, TimeSpan within, int retries, CancellationToken cancellation) =>
        waits.CallbackAsync(name, ask, within, retries, cancellation);

    public Task<EndedChild> RunAsync(ChildRequest request, byte[]? arguments, CancellationToken cancellation) => waits.RunAsync(request, arguments, cancellation);
}
