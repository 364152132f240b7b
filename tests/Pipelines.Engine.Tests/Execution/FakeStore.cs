using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>
/// The worker's port in memory, with its promises: fenced reports, leases, work handed out once. Tests make it slow, absent or
/// forgetful.
/// </summary>
public sealed partial class FakeStore : IWorkerStore, ILogStore, IWakeups
{
    private readonly Lock _gate = new();
    private readonly Queue<Assignment> _ready = new();
    private readonly Dictionary<InstanceKey, (Assignment Assignment, int Worker)> _running = [];
    private readonly List<(string Channel, Action<string> Wake)> _subscribers = [];
    private readonly HashSet<int> _lost = [];
    private int _workers;

    public Dictionary<InstanceKey, byte[]> Outputs { get; } = [];

    /// <summary>What has failed, and of which task it was asked for.</summary>
    public Dictionary<(long RunId, int? TaskNo), StoredFailure[]> Failures { get; } = [];

    /// <summary>The updates of assets that started a run.</summary>
    public Dictionary<long, AssetUpdate[]> Updates { get; } = [];

    /// <summary>Accepted reports, in order.</summary>
    public List<Report> Reports { get; } = [];

    public List<Report> Fenced { get; } = [];

    public List<LogChunk> Log { get; } = [];

    public int OutputReads { get; private set; }

    public int Left { get; private set; }

    public int Registered => _workers;

    /// <summary>Of each registration: which number it goes on from.</summary>
    public List<int?> Continued { get; } = [];

    public int Advances { get; private set; }

    /// <summary>What the last heartbeat said of the worker's slots.</summary>
    public int Busy { get; set; }

    public bool Unavailable { get; set; }

    public bool HeartbeatsFail { get; set; }

    /// <summary>Notifications get lost.</summary>
    public bool Silent { get; set; }

    /// <summary>So many replies are lost after the store has done its part.</summary>
    public int LoseReplies { get; set; }

    /// <summary>Runs of which heartbeats say that they are being cancelled.</summary>
    public HashSet<long> Cancelled { get; } = [];

    /// <summary>Awaited, with its name, before a call does its part.</summary>
    public Func<string, Report[], CancellationToken, Task> Before { get; set; } = (_, _, _) => Task.CompletedTask;

    public void Enqueue(Assignment assignment)
    {
        lock (_gate)
            _ready.Enqueue(assignment);
        Notify("pipelines_worker", "");
    }

    public void Notify(string channel, string payload)
    {
        List<(string Channel, Action<string> Wake)> subscribers;
        lock (_gate)
            subscribers = [.. _subscribers];
        foreach (var subscriber in subscribers.Where(s => s.Channel == channel && !Silent))
            subscriber.Wake(payload);
    }

    /// <summary>Takes back what the newest worker runs; hands it out again as the next attempts.</summary>
    public void Reclaim()
    {
        lock (_gate)
        {
            _lost.Add(_workers);
            foreach (var (assignment, _) in _running.Values.Where(r => r.Worker == _workers).ToList())
            {
                _running.Remove(assignment.Key);
                _ready.Enqueue(assignment with { Attempt = (short)(assignment.Attempt + 1) });
            }
        }
    }

    /// <summary>Given to the newest worker by a call that broke, and arrived late.</summary>
    public void HandOutUnheard(Assignment assignment)
    {
        lock (_gate)
            _running[assignment.Key] = (assignment, _workers);
    }

    /// <summary>Another worker was given this attempt and has ended it.</summary>
    public void TakeOver(InstanceKey key, byte[] output)
    {
        lock (_gate)
        {
            _running.Remove(key);
            Outputs[key] = output;
        }
    }

    public IReadOnlyList<InstanceKey> Running
    {
        get
        {
            lock (_gate)
                return [.. _running.Keys];
        }
    }

    public Report[] Accepted
    {
        get
        {
            lock (_gate)
                return [.. Reports];
        }
    }

    public string LogText
    {
        get
        {
            lock (_gate)
                return string.Concat(Log.Select(chunk => Encoding.UTF8.GetString(chunk.Body)));
        }
    }

    /// <summary>What heartbeats answer from now on.</summary>
    public bool Draining { get; set; }

    public async Task<int> RegisterAsync(string name, IReadOnlyList<string> queues, int slots, TimeSpan lease, int? continues, CancellationToken cancellation)
    {
        await EnterAsync("register", [], cancellation);
        lock (_gate)
        {
            Continued.Add(continues);
            return ++_workers;
        }
    }

    public async Task<HeartbeatReply> HeartbeatAsync(int workerId, TimeSpan lease, int busy, int stuck, IReadOnlyCollection<long> runs, CancellationToken cancellation)
    {
        if (HeartbeatsFail)
            throw new StoreUnavailableException("no heartbeat", null);
        await EnterAsync("heartbeat", [], cancellation);
        Busy = busy;
        lock (_gate)
            return new(!_lost.Contains(workerId), [.. runs.Where(Cancelled.Contains)]) { Draining = Draining };
    }

    public async Task<AdvanceReply> AdvanceAsync(int workerId, IReadOnlyList<string> queues, IReadOnlyList<Report> reports, int want, CancellationToken cancellation)
    {
        await EnterAsync("advance", [.. reports], cancellation);
        lock (_gate)
        {
            Advances++;
            if (_lost.Contains(workerId))
                throw new LeaseLostException();
            var fenced = new List<InstanceKey>();
            foreach (var report in reports)
                Accept(workerId, report, fenced);
            var given = new List<Assignment>();
            while (given.Count < want && _ready.TryDequeue(out var assignment))
            {
                _running[assignment.Key] = (assignment, workerId);
                given.Add(assignment);
            }

            if (LoseReplies > 0)
            {
                LoseReplies--;
                throw new StoreUnavailableException("the reply is lost", null);
            }

            return new(given, fenced);
        }
    }

    public async Task<AdvanceReply> LoadMineAsync(int workerId, CancellationToken cancellation)
    {
        AdvanceReply mine;
        lock (_gate)
            mine = new([.. _running.Values.Where(r => r.Worker == workerId).Select(r => r.Assignment)], []);
        await EnterAsync("mine", [], cancellation);
        return mine;
    }

    public async Task<IReadOnlyList<StoredOutput>> LoadOutputsAsync(IReadOnlyCollection<InstanceKey> upstreams, CancellationToken cancellation)
    {
        await EnterAsync("outputs", [], cancellation);
        lock (_gate)
        {
            OutputReads++;
            return [.. upstreams.Where(Outputs.ContainsKey).Select(key => new StoredOutput(key, Outputs[key]))];
        }
    }

    /// <summary>Of other DAGs, what stays plain among their arguments.</summary>
    public IReadOnlyList<string> KeyArguments { get; set; } = [];

    public Task<IReadOnlyList<string>> LoadKeyArgumentsAsync(IReadOnlyList<string> dagIds, CancellationToken cancellation) => Task.FromResult(KeyArguments);

    public async Task<IReadOnlyList<StoredFailure>> LoadFailuresAsync(long runId, int? taskNo, CancellationToken cancellation)
    {
        await EnterAsync("failures", [], cancellation);
        return Failures[(runId, taskNo)];
    }

    public async Task<IReadOnlyList<AssetUpdate>> LoadUpdatesAsync(long runId, CancellationToken cancellation)
    {
        await EnterAsync("updates", [], cancellation);
        return Updates[runId];
    }

    public async Task LeaveAsync(int workerId, CancellationToken cancellation)
    {
        await EnterAsync("leave", [], cancellation);
        lock (_gate)
            Left++;
    }

    /// <summary>What instances have kept; a step that somebody has done already stays.</summary>
    public Dictionary<(InstanceKey Key, StepKind Kind, string Name), StoredStep> Steps { get; } = [];

    public List<FinishedStep> FailedSteps { get; } = [];

    public async Task<IReadOnlyList<StoredStep>> LoadStepsAsync(InstanceKey key, DateTimeOffset firstStartedAt, CancellationToken cancellation)
    {
        await EnterAsync("load_steps", [], cancellation);
        lock (_gate)
            return [.. Steps.Where(step => step.Key.Key == key).Select(step => step.Value)];
    }

    public async Task<bool> SaveStepAsync(int workerId, InstanceKey key, short attempt, FinishedStep step, CancellationToken cancellation)
    {
        await EnterAsync("save_step", [], cancellation);
        lock (_gate)
        {
            if (!_running.TryGetValue(key, out var running) || running.Worker != workerId || running.Assignment.Attempt != attempt)
                return false;
            if (step.Error is not null)
                FailedSteps.Add(step);
            else if (step.Kind == StepKind.Cursor)
                Steps[(key, step.Kind, step.Name)] = new StoredStep(step.Kind, step.Name, attempt, step.Output);
            else
                return Steps.TryAdd((key, step.Kind, step.Name), new StoredStep(step.Kind, step.Name, attempt, step.Output));
            return true;
        }
    }

    /// <summary>What bodies have told, in the order in which it was stored.</summary>
    public List<(InstanceKey Key, short Attempt, ValueKind Kind, string Name, string Json)> Told { get; } = [];

    public async Task<bool> SaveValueAsync(int workerId, InstanceKey key, short attempt, ValueKind kind, string name, byte[] json, CancellationToken cancellation)
    {
        await EnterAsync("save_value", [], cancellation);
        lock (_gate)
        {
            if (!_running.TryGetValue(key, out var running) || running.Worker != workerId || running.Assignment.Attempt != attempt)
                return false;
            Told.Add((key, attempt, kind, name, System.Text.Encoding.UTF8.GetString(json)));
            return true;
        }
    }

    public async Task<byte[]?> LoadHeartbeatAsync(InstanceKey key, DateTimeOffset firstStartedAt, CancellationToken cancellation)
    {
        await EnterAsync("load_heartbeat", [], cancellation);
        lock (_gate)
            return Told.LastOrDefault(one => one.Key == key && one.Kind == ValueKind.Heartbeat) is { Json: { } json } ? System.Text.Encoding.UTF8.GetBytes(json) : null;
    }

    /// <summary>Whether locks are renewed.</summary>
    public bool Renews { get; set; } = true;

    public List<long> Released { get; } = [];

    /// <summary>Each request once.</summary>
    public List<Guid> AskedLocks { get; } = [];

    public List<Guid> LeftLines { get; } = [];

    /// <summary>What asking for a lock comes to, by how often it was asked.</summary>
    public Func<int, LockAnswer?> Lock { get; set; } = asked => new LockAnswer(asked, 0, null);

    private int _asked;

    public Task<LockAnswer?> TakeLockAsync(
        int workerId, InstanceKey key, short attempt, string name, Guid asked, TimeSpan lease, TimeSpan patience, CancellationToken cancellation)
    {
        if (!AskedLocks.Contains(asked))
            AskedLocks.Add(asked);
        return Task.FromResult(Lock(++_asked));
    }

    public async Task<bool> RenewLockAsync(string name, long token, TimeSpan lease, CancellationToken cancellation)
    {
        await EnterAsync("renew_lock", [], cancellation);
        return Renews;
    }

    public async Task ReleaseLockAsync(string name, long token, CancellationToken cancellation)
    {
        await Before("release_lock", [], cancellation);
        Released.Add(token);
    }

    public Task LeaveLineAsync(Guid asked, CancellationToken cancellation)
    {
        LeftLines.Add(asked);
        return Task.CompletedTask;
    }

    public Task<RateAnswer> TakeRateAsync(string name, string key, Rate rate, TimeSpan ahead, CancellationToken cancellation) =>
        Task.FromResult(++_asked == 1 ? new RateAnswer(false, 0.01) : new RateAnswer(true, 0.01));

    /// <summary>What a transaction comes to, by the try; without it there is no database.</summary>
    public Func<TransactionCall, Func<System.Data.Common.DbConnection, System.Data.Common.DbTransaction, Task<byte[]>>, Task<TransactionAnswer>> Transact { get; set; } =
        (_, _) => throw new NotSupportedException();

    public Task<TransactionAnswer> TransactAsync(
        TransactionCall call, Func<System.Data.Common.DbConnection, System.Data.Common.DbTransaction, Task<byte[]>> body, CancellationToken cancellation) => Transact(call, body);

    public Task<bool> SaveArtefactAsync(
        int workerId, InstanceKey key, short attempt, string name, string contentType, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        lock (_gate)
            return Task.FromResult(_running.TryGetValue(key, out var r) && r.Worker == workerId && r.Assignment.Attempt == attempt);
    }

    public async Task AppendAsync(IReadOnlyList<LogChunk> chunks, CancellationToken cancellation)
    {
        await EnterAsync("append", [], cancellation);
        lock (_gate)
            Log.AddRange(chunks);
    }

    public IDisposable Subscribe(string channel, Action<string> wake)
    {
        lock (_gate)
            _subscribers.Add((channel, wake));
        return new FakeSubscription();
    }

    private void Accept(int workerId, Report report, List<InstanceKey> fenced)
    {
        if (!_running.TryGetValue(report.Key, out var r) || r.Worker != workerId || r.Assignment.Attempt != report.Attempt)
        {
            Fenced.Add(report);
            fenced.Add(report.Key);
            return;
        }

        _running.Remove(report.Key);
        Reports.Add(report);
        if (report is { Outcome: TaskState.Succeeded, Output: { } output })
            Outputs[report.Key] = output;
    }

    private async Task EnterAsync(string call, Report[] reports, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        await Before(call, reports, cancellation);
        if (Unavailable)
            throw new StoreUnavailableException("The test switched it off.", null);
    }

    private sealed class FakeSubscription : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
