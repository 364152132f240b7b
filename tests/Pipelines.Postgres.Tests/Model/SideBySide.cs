using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Engine.Ports;
using Pipelines.Testing.Model;

namespace Pipelines.Postgres.Tests.Model;

/// <summary>One world of rules told twice: every operation is done to the SQL and to the model, and what comes back is compared at once.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SideBySide(World world, NpgsqlConnection connection, Tally tally)
{
    private const double FarAway = 1e6;
    private readonly Dictionary<string, (RegisteredDag Dag, ModelGraph Graph)> _dags = [];
    private readonly List<string> _trace = [];

    public ModelWorld Model { get; } = new() { Changed = tally.Moved };

    public List<(int Id, string[] Queues)> Workers { get; } = [];

    public IReadOnlyList<string> Trace => _trace;

    public async Task AddDagAsync(DagSpec spec)
    {
        foreach (var pool in spec.Tasks.Select(task => task.Pool).OfType<string>().Distinct())
            Model.Pools.TryAdd(pool, new ModelPool());
        _dags[spec.Id] = (await world.DagAsync(spec), new ModelGraph(spec));
        _trace.Add($"dag {Describe.Dag(spec)}");
    }

    public async Task ResizePoolAsync(string pool, int slots)
    {
        if (!Model.Pools.TryGetValue(pool, out var known))
            return;
        known.Slots = slots;
        await world.ExecuteAsync("update pool set slots = $2 where name = $1", pool, slots);
        Did($"pool {pool} has {slots} slots");
    }

    public async Task<ModelRun> CreateRunAsync(string dag, char kind, DateTimeOffset scheduledFor, Interval? interval)
    {
        var (registered, graph) = _dags[dag];
        var priority = kind == 'b' ? -1000 : 0;
        var runs = await world.OneAsync<long[]>(
            "select make_runs($1, $2, $3::\"char\", array[$4::timestamptz], array[$6::timestamptz], array[$7::timestamptz], null, null, $5::smallint, 'test', null)",
            registered.DagNo, registered.VersionId, kind.ToString(), scheduledFor, priority, interval?.Start.UtcDateTime ?? (object)DBNull.Value, interval?.End.UtcDateTime ?? (object)DBNull.Value);
        Did($"run {runs.Single()} of {dag}, kind {kind}, for {scheduledFor:MM-dd}");
        return Model.CreateRun(runs.Single(), graph, kind, scheduledFor, priority, interval);
    }

    public async Task StartRunsAsync()
    {
        var queued = Model.Runs.Values.Where(run => run.State == 'q').ToList();
        Did($"start {queued.Count} runs");
        Assert.Equal(queued.Count, await world.Scheduler.StartRunsAsync(1000, default));
        queued.ForEach(Model.Start);
    }

    public async Task AddWorkerAsync(params string[] queues)
    {
        Workers.Add((await world.Workers.RegisterAsync("test", queues, 100, TimeSpan.FromHours(1), null, default), queues));
        Did($"worker {Workers[^1].Id} for {string.Join(' ', queues)}");
    }

    /// <summary>One call of advance: reports, some of them late, and a wish for work.</summary>
    public async Task AdvanceAsync((int Id, string[] Queues) worker, IReadOnlyList<ModelReport> reports, int want)
    {
        var before = Model.Queue.ToList();
        Did($"worker {worker.Id} reports {string.Join(' ', reports.Select(r => $"{r.Key.RunId}/{r.Key.TaskNo}/{r.Key.MapIndex}#{r.Attempt}={r.Outcome}{Short(r.Output)}"))}, wants {want}");
        var reply = await world.Workers.AdvanceAsync(worker.Id, worker.Queues, [.. reports.Select(Sent)], want, default);
        tally.Steps += reports.Count + reply.Assignments.Count;
        foreach (var report in reports)
            tally.Count($"outcome {report.Outcome}");

        if (reports.Count == 0)
        {
            Assert.Equal(Model.Claim(worker.Id, worker.Queues, want).Select(i => i.Key).Order(KeyOrder), reply.Assignments.Select(a => a.Key).Order(KeyOrder));
        }
        else
        {
            var given = reply.Assignments.Select(a => a.Key).ToHashSet();
            var fenced = Model.Report(worker.Id, reports, instance => given.Contains(instance.Key));
            Assert.Equal(fenced.Order(KeyOrder), reply.Fenced.Order(KeyOrder));
            tally.Count("fenced", fenced.Count);
            var open = Model.Queue.Where(i => given.Contains(i.Key)).ToList();
            tally.Count("handed over", given.Count - open.Count);
            foreach (var instance in open)
                Model.Claim(worker.Id, instance);
            CheckOrder(worker.Queues, before, given, want);
        }

        foreach (var a in reply.Assignments)
        {
            var i = Model.Instance(a.Key);
            Assert.Equal((i.State, i.Attempt, i.Tries, i.Worker), ('r', a.Attempt, a.Tries, worker.Id));
            Assert.Equal((i.Task.Spec.Role == TaskRole.Teardown, i.Run.Stopping && i.Task.Spec.Role != TaskRole.Teardown), (a.Shielded, a.Stopping));
        }
    }

    public async Task FireTimersAsync(IReadOnlyList<ModelInstance> due)
    {
        await world.ExecuteAsync(
            "update timer m set due_at = clock_timestamp() - interval '1 second' from unnest($1::bigint[], $2::int[], $3::int[]) d(r, t, i) where (m.run_id, m.task_no, m.map_index) = (d.r, d.t, d.i)",
            due.Select(i => i.Key.RunId).ToArray(), due.Select(i => i.Key.TaskNo).ToArray(), due.Select(i => i.Key.MapIndex).ToArray());
        await world.ExecuteAsync("update wait w set gives_up_at = m.due_at from timer m where (m.run_id, m.task_no, m.map_index) = (w.run_id, w.task_no, w.map_index)");
        foreach (var instance in due)
            Model.Timers[instance] = Model.Now;
        Did($"timers of {string.Join(' ', due.Select(Rows.Name))}");
        Assert.Equal(due.Count, await world.Scheduler.FireTimersAsync(1000, default));
        Model.FireTimers();
    }

    /// <summary>The scheduler takes tasks without a body from the queue; the runs that some start are made in the model under the same numbers.</summary>
    public async Task BeginWaitsAsync()
    {
        Did("begin waits");
        var begun = await world.BeginWaitsAsync();
        var made = await world.ListAsync<long[]>("select array[run_id, parent_run, parent_task, parent_map] from dag_run where parent_run is not null and run_id <> all($1)", Model.Runs.Keys.ToArray());
        Assert.Equal(Model.BeginWaits(instance => Child(instance, made)), begun);
        tally.Count("run started by a task", made.Count);
    }

    public async Task OpenWaitsAsync()
    {
        Did("open-waits");
        var opened = await world.Scheduler.OpenWaitsAsync(100_000, all: false, default);
        Assert.Equal(Model.OpenWaits(), opened);
        tally.Count("wait over", opened);
    }

    /// <summary>These have waited for a worker for longer than their queue timeout.</summary>
    public async Task ExpireQueuedAsync(IReadOnlyList<ModelInstance> late)
    {
        Did($"queue timeouts of {string.Join(' ', late.Select(Rows.Name))}");
        await world.ExecuteAsync(
            "update task_instance m set queued_at = queued_at - interval '2 hours' from unnest($1::bigint[], $2::int[], $3::int[]) d(r, t, i) where (m.run_id, m.task_no, m.map_index) = (d.r, d.t, d.i)",
            late.Select(i => i.Key.RunId).ToArray(), late.Select(i => i.Key.TaskNo).ToArray(), late.Select(i => i.Key.MapIndex).ToArray());
        await world.ExecuteAsync("update lane set looked_at = null");
        Assert.Equal(late.Count, await world.Scheduler.ExpireQueuedAsync(1000, default));
        var now = Model.Now;
        Model.Now += TimeSpan.FromHours(2);
        Assert.Equal(late.Count, Model.ExpireQueued(late.Contains));
        Model.Now = now;
        tally.Count("queue timeout", late.Count);
    }

    public async Task OpenGatesAsync()
    {
        Did("open gates");
        var opened = await world.Scheduler.OpenGatesAsync(1000, default);
        Assert.Equal(Model.OpenGates(), opened);
    }

    public async Task StopAsync(ModelRun run, char verdict)
    {
        Did($"stop run {run.Id} {verdict}");
        var open = run.State is 'q' or 'r';
        var state = (await world.ListAsync<char?>("select stop_run($1, $2::\"char\", 'ann', null)::text::char(1)", run.Id, verdict.ToString())).Single();
        Assert.Equal(open, state is not null);
        Model.Stop(run, verdict);
    }

    /// <summary>The run has taken longer than its timeout.</summary>
    public async Task ExpireAsync(ModelRun run)
    {
        Did($"run {run.Id} is over its timeout");
        var due = await world.ExecuteAsync("update dag_run set deadline_at = clock_timestamp() - interval '1 second' where run_id = $1 and state = 'r' and deadline_at is not null", run.Id);
        var may = run.State == 'r' && run.Graph.Spec.RunTimeout is not null && run.Verdict is null;
        Assert.Equal(may, due == 1);
        Assert.Equal(due, await world.Scheduler.ExpireRunsAsync(1000, default));
        if (may)
            Model.Stop(run, 'f');
    }

    public async Task RunAgainAsync(ModelRun run, int priority)
    {
        Did($"run {run.Id} again");
        Assert.Equal(Model.RunAgain(run, priority), await world.OneAsync<bool>("select rerun_run($1, null, $2::smallint, 'ann', null)", run.Id, priority));
    }

    public async Task ClearAsync(ModelRun run, IReadOnlyList<(int Task, int MapIndex)> named)
    {
        Did($"clear in run {run.Id} {string.Join(' ', named)}");
        var taken = true;
        try
        {
            await world.ExecuteAsync("select clear_tasks($1, $2, $3, 'ann', null)", run.Id, named.Select(n => n.Task).ToArray(), named.Select(n => n.MapIndex).ToArray());
        }
        catch (RefusedException)
        {
            taken = false;
        }

        Assert.Equal(Model.Clear(run, named), taken);
        tally.Count(taken ? "clear taken" : "clear refused");
    }

    public async Task MarkAsync(ModelRun run, IReadOnlyList<(int Task, int MapIndex)> named, char to)
    {
        Did($"mark in run {run.Id} {to} {string.Join(' ', named)}");
        int? marked = null;
        try
        {
            marked = await world.OneAsync<int>(
                "select mark_tasks($1, $2, $3, $4::\"char\", 'ann', null)", run.Id, named.Select(n => n.Task).ToArray(), named.Select(n => n.MapIndex).ToArray(), to.ToString());
        }
        catch (RefusedException)
        {
        }

        Assert.Equal(Model.Mark(run, named, to), marked);
        tally.Count(marked switch { null => "mark refused", 0 => "mark of what is so", _ => "mark taken" });
    }

    public async Task MarkRunAsync(ModelRun run, char to)
    {
        Did($"end run {run.Id} {to}");
        Model.MarkRun(run, to);
        Assert.Equal(run.State, await world.OneAsync<char>("select mark_run($1, $2::\"char\", 'ann', null)::text::char(1)", run.Id, to.ToString()));
        tally.Count(run.State == to ? $"run marked {to}" : $"run marked {to} with teardowns or callbacks to come");
    }

    /// <summary>Moves a run to the version of its DAG that was loaded last.</summary>
    public async Task UpgradeAsync(ModelRun run)
    {
        var (dag, graph) = _dags[run.Graph.Spec.Id];
        Did($"upgrade run {run.Id} to version {dag.VersionId}");
        var moved = true;
        try
        {
            await world.ExecuteAsync("select upgrade_run($1, $2, 'ann', null)", run.Id, dag.VersionId);
        }
        catch (RefusedException)
        {
            moved = false;
        }

        Assert.Equal(Model.Upgrade(run, graph.Spec), moved);
        tally.Count(moved ? "upgrade taken" : "upgrade refused");
    }

    public async Task LeaveOutAsync(ModelRun run, IReadOnlyList<int> tasks)
    {
        Did($"leave {string.Join(' ', tasks)} out of run {run.Id}");
        await world.ExecuteAsync("select leave_out(array[$1::bigint], $2, 'test')", run.Id, tasks.ToArray());
        ModelWorld.LeaveOut(run, tasks);
    }

    public async Task RunPartAgainAsync(ModelRun run, HashSet<int> tasks, int priority)
    {
        Did($"part {string.Join(' ', tasks)} of run {run.Id} again");
        var ids = tasks.Select(no => run.Graph.Tasks[no].Spec.Id).ToArray();
        Assert.Equal(Model.RunPartAgain(run, tasks, priority), await world.OneAsync<bool>("select rerun_part($1, $2, null, $3::smallint, 'ann', null)", run.Id, ids, priority));
    }

    public async Task TakeOverAsync(ModelRun old, HashSet<int> tasks)
    {
        Did($"repeat run {old.Id}, taking over {string.Join(' ', tasks)}");
        var graph = new ModelGraph(old.Version);                          // a run that was moved while it ran has numbers of its own
        var taken = tasks.SelectMany(no => graph.Tasks.Where(task => task.Spec.Id == old.Graph.Tasks[no].Spec.Id).Select(task => (Old: no, New: task.No))).ToList();
        var id = await world.OneAsync<long>(
            "select fork_run($1, (select coalesce(v.base_id, v.version_id) from dag_run r join dag_version v on v.version_id = r.version_id where r.run_id = $1), (select arguments from dag_run where run_id = $1), $2, $3, null, null, false, null, 'ann', null)",
            old.Id, taken.Select(pair => pair.Old).ToArray(), taken.Select(pair => pair.New).ToArray());
        Model.TakeOver(Model.CreateRun(id, graph, 'm', old.ScheduledFor, interval: old.Interval), old, tasks);
    }

    /// <summary>The worker's lease ends, or it says goodbye; another takes its place.</summary>
    public async Task LoseAsync((int Id, string[] Queues) worker, bool goodbye)
    {
        Did($"{(goodbye ? "goodbye from" : "lose")} worker {worker.Id}");
        if (!goodbye)
            await world.ExecuteAsync("update worker set lease_until = clock_timestamp() - interval '1 second' where worker_id = $1", worker.Id);
        var back = await world.OneAsync<int>($"select reclaim({(goodbye ? "$1" : "nullif($1, $1)")})", worker.Id);
        Assert.Equal(Model.Reclaim(worker.Id), back);
        Workers.Remove(worker);
        await AddWorkerAsync(worker.Queues);
    }

    /// <summary>Demands equal rows.</summary>
    public async Task CompareAsync()
    {
        var differences = Rows.Differences(Rows.OfModel(Model), await Rows.OfSqlAsync(connection));
        Assert.True(differences.Count == 0, string.Join("\n", differences.Take(20)));
        tally.Compared++;
    }

    /// <summary>What was claimed besides what was handed over came from the front of the queue, and nothing that could be given was kept.</summary>
    private void CheckOrder(string[] queues, List<ModelInstance> before, HashSet<InstanceKey> given, int want)
    {
        Assert.True(given.Count <= want, $"{given.Count} given, {want} wanted");
        var left = Model.Queue.Where(i => queues.Contains(i.Lane.Queue) && (i.Lane.Pool is not { } pool || Model.Pools[pool].Used < Model.Pools[pool].Slots)).ToList();
        Assert.True(given.Count == want || left.Count == 0, $"{given.Count} of {want} given, but {string.Join(' ', left.Select(Rows.Name))} could run");
        if (left.Count == 0)
            return;
        if (left.FirstOrDefault(before.Contains) is { } first)
        {
            var passed = before.Skip(before.IndexOf(first)).Where(i => given.Contains(i.Key)).ToList();
            Assert.True(passed.Count == 0, $"{string.Join(' ', passed.Select(Rows.Name))} went before {Rows.Name(first)}");
        }

        var kept = left.Where(i => i.Lane.Pool is null && before.Contains(i)).Select(i => i.Priority).DefaultIfEmpty(int.MinValue).Max();
        var lower = given.Select(Model.Instance).Where(i => i.Lane.Pool is null && i.Priority < kept).ToList();
        Assert.True(lower.Count == 0, $"{string.Join(' ', lower.Select(Rows.Name))} went before one of priority {kept}");
    }

    private void Did(string what)
    {
        _trace.Add(what);
        tally.Steps++;
        tally.Count("did " + what.Split(' ') switch { ["worker", _, "reports", ..] => "advance", ["run", _, "again"] => "run again", ["run", _, "is", ..] => "expire", ["begin", ..] => "begin", var words => words[0] });
    }

    private ModelRun Child(ModelInstance parent, List<long[]> made)
    {
        var (run, task, map) = (parent.Key.RunId, parent.Key.TaskNo, parent.Key.MapIndex);
        var id = made.Single(row => row[1] == run && row[2] == task && row[3] == map)[0];
        return Model.CreateRun(id, _dags[parent.Task.Spec.Wait!.Dag!].Graph, 'm', Model.Now, interval: parent.Run.Interval);
    }

    private static Report Sent(ModelReport r) =>
        new(r.Key, (short)r.Attempt, r.Outcome, r.Output is null ? null : Encoding.UTF8.GetBytes(r.Output.ToJsonString()), r.Outcome is 'y' or 'p' or 'w' ? FarAway : 0, r.Why);

    private static string Short(JsonNode? output) => output?.ToJsonString() is { } text ? text.Length > 40 ? "long" : text : "";

    private static readonly Comparer<InstanceKey> KeyOrder =
        Comparer<InstanceKey>.Create((a, b) => (a.RunId, a.TaskNo, a.MapIndex).CompareTo((b.RunId, b.TaskNo, b.MapIndex)));
}
