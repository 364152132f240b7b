using Pipelines.Engine.Codecs;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Testing;

/// <summary>What a body may ask of the engine, without one.</summary>
internal sealed partial class MemoryHost(DagSpec spec, MemorySettings settings, AttemptSteps steps, AttemptWaits waits, MemoryValues values) : IAttemptHost
{
    public string Connection(string name) => settings.Connection(name);

    public string Variable(string name) => settings.Variable(name);

    public Task SaveArtefactAsync(string name, string contentType, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        AttemptHost.CheckArtefact(name, content);
        return Task.CompletedTask;
    }

    public Task<byte[]> StepAsync(string name, Func<Task<byte[]>> body, RetryPolicy retry, CancellationToken cancellation) => steps.RunAsync(name, body, retry, cancellation);

    public Task<DateTimeOffset> MomentAsync(string name, CancellationToken cancellation) => steps.MomentAsync(name, cancellation);

    public Task<byte[]?> CursorAsync(CancellationToken cancellation) => steps.CursorAsync(cancellation);

    public Task SaveCursorAsync(byte[] json, CancellationToken cancellation) => steps.SaveCursorAsync(json, cancellation);

    public Task ContinueAsync(byte[] arguments, CancellationToken cancellation) => steps.ContinueAsync(Continuation.Check(spec, arguments), PayloadShape.OfArguments(spec), cancellation);

    public Task SleepAsync(string name, TimeSpan time, CancellationToken cancellation) => waits.SleepAsync(name, time, cancellation);

    public Task<ReceivedSignal?> WaitForSignalAsync(string name, TimeSpan? timeout, CancellationToken cancellation) => waits.WaitAsync(name, timeout, cancellation);

    public Task SignalAsync(long runId, string name, byte[] json, CancellationToken cancellation) => waits.SendAsync(runId, name, json, cancellation);

    public Task<ReceivedSignal> CallbackAsync(string name, Func<Uri, Task> ask, TimeSpan within, int retries, CancellationToken cancellation) =>
        waits.CallbackAsync(name, ask, within, retries, cancellation);

    public Task<EndedChild> RunAsync(ChildRequest request, byte[]? arguments, CancellationToken cancellation) => waits.RunAsync(request, arguments, cancellation);
}

/// <summary>Steps of one run, kept over the attempts of its instances.</summary>
internal sealed class MemorySteps : IStepStore
{
    private readonly Dictionary<(InstanceKey, StepKind, string), StoredStep> _kept = [];
    private readonly List<(InstanceKey Key, short Attempt, byte[]? Arguments)> _continuations = [];
    private readonly Lock _gate = new();

    public Task<IReadOnlyList<StoredStep>> LoadStepsAsync(InstanceKey key, DateTimeOffset firstStartedAt, CancellationToken cancellation)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlyList<StoredStep>>([.. _kept.Where(pair => pair.Key.Item1 == key).Select(pair => pair.Value)]);
    }

    /// <summary>The last that an instance has said of the run after this one, if the attempt holds that said it.</summary>
    public byte[]? Continuation(Func<InstanceKey, short, bool> holds)
    {
        lock (_gate)
            return _continuations.LastOrDefault(said => holds(said.Key, said.Attempt)).Arguments;
    }

    public Task<bool> SaveStepAsync(int workerId, InstanceKey key, short attempt, FinishedStep step, CancellationToken cancellation)
    {
        if (step.Error is not null)
            return Task.FromResult(true);
        lock (_gate)
        {
            if (step.Kind == StepKind.Continuation)
                _continuations.Add((key, attempt, step.Output));
            _kept[(key, step.Kind, step.Name)] = new StoredStep(step.Kind, step.Name, attempt, step.Output);
        }

        return Task.FromResult(true);
    }
}
