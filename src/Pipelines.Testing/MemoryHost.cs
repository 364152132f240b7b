using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Testing;

/// <summary>What a body may ask of the engine, without one.</summary>
internal sealed class MemoryHost(MemorySettings settings, AttemptSteps steps) : IAttemptHost
{
    public string Connection(string name) => settings.Connection(name);

    public string Variable(string name) => settings.Variable(name);

    public Task SaveArtefactAsync(string name, string contentType, ReadOnlyMemory<byte> content, CancellationToken cancellation) => Task.CompletedTask;

    public Task<byte[]> StepAsync(string name, Func<Task<byte[]>> body, RetryPolicy retry, CancellationToken cancellation) => steps.RunAsync(name, body, retry, cancellation);

    public Task<DateTimeOffset> MomentAsync(string name, CancellationToken cancellation) => steps.MomentAsync(name, cancellation);

    public Task<byte[]?> CursorAsync(CancellationToken cancellation) => steps.CursorAsync(cancellation);

    public Task SaveCursorAsync(byte[] json, CancellationToken cancellation) => steps.SaveCursorAsync(json, cancellation);
}

/// <summary>Steps of one run, kept over the attempts of its instances.</summary>
internal sealed class MemorySteps : IStepStore
{
    private readonly Dictionary<(InstanceKey, StepKind, string), StoredStep> _kept = [];
    private readonly Lock _gate = new();

    public Task<IReadOnlyList<StoredStep>> LoadStepsAsync(InstanceKey key, DateTimeOffset firstStartedAt, CancellationToken cancellation)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlyList<StoredStep>>([.. _kept.Where(pair => pair.Key.Item1 == key).Select(pair => pair.Value)]);
    }

    public Task<bool> SaveStepAsync(int workerId, InstanceKey key, short attempt, FinishedStep step, CancellationToken cancellation)
    {
        if (step.Error is not null)
            return Task.FromResult(true);
        lock (_gate)
            _kept[(key, step.Kind, step.Name)] = new StoredStep(step.Kind, step.Name, attempt, step.Output);
        return Task.FromResult(true);
    }
}
