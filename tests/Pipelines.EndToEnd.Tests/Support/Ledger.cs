using Npgsql;

namespace Pipelines.EndToEnd.Tests;

/// <summary>
/// What the bodies of the ledgered DAGs say that they did, in a database that the program knows nothing of: the judge of what the
/// program says. It has the graph written down once more, so that a fault of the program's cannot excuse itself.
/// </summary>
internal sealed class Ledger : IAsyncDisposable
{
    private static readonly Dictionary<string, string[]> Upstreams = new()
    {
        ["plan"] = [], ["part"] = ["plan"], ["sum"] = ["plan", "part"], ["left"] = ["plan"], ["right"] = ["plan"], ["flaky"] = ["left"],
        ["join"] = ["left", "right"], ["logs"] = ["right"], ["late"] = ["flaky", "join"], ["rest"] = [], ["publish"] = ["sum", "late", "logs", "rest"],
        ["publish.thank"] = ["publish"], ["audit"] = ["publish"],
    };

    /// <summary>Eleven tasks with a body, one of which is mapped over three elements, and a callback; runs of some versions have an audit as well.</summary>
    private const int InstancesOfARun = 14;

    /// <summary>Nothing keeps a row from being there twice but the program. It is in the ledger, and in the program's own database.</summary>
    private const string EffectTable = "create table public.effect(what text not null, run_id bigint not null, task_id text not null, map_index int not null, attempt smallint not null)";

    private readonly NpgsqlDataSource _source;

    /// <summary>No connection is kept: the server may have been stopped since.</summary>
    private Ledger(string connectionString) => _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });

    private sealed record Entry(long Number, string What, Instance Instance, short Attempt, int Process);

    private readonly record struct Instance(long Run, string Task, int MapIndex);

    /// <summary>What the program says of an instance.</summary>
    private sealed record Stored(Instance Instance, char State, short Attempt, short Lost, long Retried, long GivenBack, long Slept, int Process);

    /// <summary>Opens the books; processes started from here on write into them.</summary>
    public static async Task<Ledger> OpenAsync(Installation at)
    {
        var ledger = new Ledger(await at.ConnectionAsync("ledger"));
        await using var create = ledger._source.CreateCommand("""
            create table entry(
              number bigint generated always as identity primary key, entry uuid not null unique, what text not null, run_id bigint not null,
              task_id text not null, map_index int not null, attempt smallint not null, process int not null, at timestamptz not null default clock_timestamp())
            """);
        await create.ExecuteNonQueryAsync();
        await using var effect = ledger._source.CreateCommand(EffectTable);
        await effect.ExecuteNonQueryAsync();
        await at.ScalarAsync(EffectTable);
        return ledger;
    }

    /// <summary>All that is known of an instance, for whoever wants to know how a fault came about.</summary>
    public async Task<string> EvidenceAsync(Installation at, long run, string task)
    {
        var lines = await at.Store.ListAsync($"""
            select format('%s  program  %s[%s] attempt %s: %s -> %s by %s: %s', to_char(e.at, 'HH24:MI:SS.US'), coalesce(k.task_id, 'the run'), e.map_index, e.attempt, e.from_state, e.to_state, w.name, e.why)
            from event e join dag_run r using (run_id) left join dag_task k on k.version_id = r.version_id and k.task_no = e.task_no left join worker w on w.worker_id = e.worker_id
            where run_id = {run} and (e.task_no is null or k.task_id = '{task}')
            """, row => row.GetString(0));
        await using var command = _source.CreateCommand($"select format('%s  ledger   %s[%s] attempt %s: %s in %s', to_char(at, 'HH24:MI:SS.US'), task_id, map_index, attempt, what, process) from entry where run_id = {run} and task_id = '{task}'");
        await using var row = await command.ExecuteReaderAsync();
        while (await row.ReadAsync())
            lines.Add(row.GetString(0));
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    public async Task<long> CountAsync()
    {
        await using var command = _source.CreateCommand("select count(*) from entry");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>
    /// Every run has succeeded; every instance has happened, after all it waits for had happened; no attempt happened twice; and every
    /// attempt beyond the first has its reason.
    /// </summary>
    /// <param name="at">Where the program's own rows are.</param>
    /// <param name="runs">So many runs of ledgered DAGs there must be.</param>
    /// <param name="hurt">Processes that were killed, frozen or cut off: only their attempts may have been lost. Null: any may.</param>
    /// <param name="frozen">Processes that were frozen: only their attempts may have gone on while the next one ran already.</param>
    /// <returns>How many attempts were lost.</returns>
    public async Task<int> JudgeAsync(Installation at, int runs, IReadOnlySet<int>? hurt, IReadOnlySet<int> frozen) => (await LookAsync(at, runs, hurt, frozen)).Passed().Lost;

    /// <summary>The same, where the faults are a result.</summary>
    public async Task<Verdict> LookAsync(Installation at, int runs, IReadOnlySet<int>? hurt, IReadOnlySet<int> frozen)
    {
        var faults = (await Proof.LeftAsync(at.Store)).Select(left => new Fault(FaultKind.Stuck, left)).ToList();
        var stored = await StoredAsync(at);
        var entries = (await EntriesAsync()).ToLookup(entry => entry.Instance);
        var effects = (await EffectsAsync()).Concat(await at.Store.ListAsync(Effects, Effect)).ToLookup(effect => effect.Instance, effect => effect.What);
        var happened = new Dictionary<Instance, long>();
        foreach (var instance in stored)
            Judge(instance, [.. entries[instance.Instance]]);
        foreach (var instance in stored)
            JudgeOrder(instance.Instance);
        if (hurt is not null)
            faults.AddRange((await LostByAsync(at)).Where(process => !hurt.Contains(process)).Select(process => new Fault(FaultKind.Unexplained, $"process {process} was not hurt and lost an attempt")));

        var known = stored.Select(one => one.Instance).Concat(await RemovedAsync(at)).ToHashSet();
        faults.AddRange(entries.Where(group => !known.Contains(group.Key)).Select(group => new Fault(FaultKind.Lost, $"{group.Key} is in the ledger, and the program does not know it")));
        var byRun = stored.Where(one => one.Instance.Task != "audit").GroupBy(one => one.Instance.Run).ToDictionary(group => group.Key, group => group.Count());
        faults.AddRange(byRun.Where(run => run.Value != InstancesOfARun).Select(run => new Fault(FaultKind.Lost, $"run {run.Key} has {run.Value} instances instead of {InstancesOfARun}")));
        if (byRun.Count != runs)
            faults.Add(new(byRun.Count < runs ? FaultKind.Lost : FaultKind.Doubled, $"there are {byRun.Count} runs instead of {runs}"));
        if (faults.Count > 0)
            faults.AddRange(await at.Store.ListAsync("select format('run %s, task %s[%s], attempt %s failed: %s', run_id, task_no, map_index, attempt, why) from event where to_state = 'f' and task_no is not null order by event_id limit 5", row => new Fault(FaultKind.Unexplained, row.GetString(0))));
        return new(faults, byRun.Count, stored.Count, stored.Sum(one => one.Attempt), stored.Sum(one => one.Lost), (int)stored.Sum(one => one.GivenBack));

        void Judge(Stored it, List<Entry> written)
        {
            Check(it.State == 's', FaultKind.Lost, "did not succeed");
            Check(it.Attempt == 1 + it.Lost + it.Retried + it.GivenBack + it.Slept, FaultKind.Unexplained, $"has attempts that nothing explains: {it}");
            Check(it.Retried == 0 || it.Instance.Task == "flaky", FaultKind.Unexplained, "was retried, though no body failed");
            foreach (var one in written.GroupBy(entry => (entry.Attempt, entry.What)).Where(group => group.Count() > 1))
                faults.Add(new(FaultKind.Doubled, $"{it.Instance}: attempt {one.Key.Attempt} has {one.Key.What} {one.Count()} times, in {string.Join(" and ", one.Select(entry => entry.Process))}", it.Instance.Run, it.Instance.Task));
            Check(written.All(entry => entry.Attempt >= 1 && entry.Attempt <= it.Attempt), FaultKind.Lost, "has happened in an attempt that the program does not know");
            var end = written.FirstOrDefault(entry => entry.What == "ended" && entry.Attempt == it.Attempt);
            Check(end is not null, FaultKind.Lost, $"is said to have succeeded in attempt {it.Attempt}, which never ended");
            Check(end is null || end.Process == it.Process, FaultKind.Unexplained, $"was done by process {end?.Process}, and stored for process {it.Process}");
            happened[it.Instance] = end?.Number ?? long.MaxValue;
            var steps = written.Count(entry => entry.What == "stepped");
            Check(steps >= 1, FaultKind.Lost, "has not done its step");
            Check(steps <= 1 + it.Lost + it.GivenBack, FaultKind.Doubled, $"has done its step {steps} times");
            var once = string.Join(' ', effects[it.Instance].Order(StringComparer.Ordinal));
            var wanted = it.Instance.Task is "left" or "join" or "late" ? "here last there" : "here there";
            Check(once == wanted, once.Length < wanted.Length ? FaultKind.Lost : FaultKind.Doubled, $"has the effects '{once}', each of which must be there once");
            var ends = written.Where(entry => entry.What == "ended").GroupBy(entry => entry.Attempt).ToDictionary(group => group.Key, group => group.First());
            foreach (var begun in written.Where(entry => entry.What == "begun"))
            {
                foreach (var (attempt, ended) in ends.Where(pair => pair.Key < begun.Attempt && pair.Value.Number > begun.Number))
                    Check(frozen.Contains(ended.Process), FaultKind.OutOfOrder, $"attempt {begun.Attempt} began before attempt {attempt} had ended in process {ended.Process}, which was never frozen");
            }

            void Check(bool right, FaultKind kind, string what)
            {
                if (!right)
                    faults.Add(new(kind, $"{it.Instance} {what}", it.Instance.Run, it.Instance.Task));
            }
        }

        void JudgeOrder(Instance instance)
        {
            var first = entries[instance].Where(entry => entry.What == "begun").Select(entry => entry.Number).DefaultIfEmpty(long.MaxValue).Min();
            foreach (var (upstream, number) in Upstreams[instance.Task].SelectMany(task => happened.Where(one => one.Key.Run == instance.Run && one.Key.Task == task)))
            {
                if (first < number)
                    faults.Add(new(FaultKind.OutOfOrder, $"{instance} began before {upstream} had happened", instance.Run, instance.Task));
            }
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<List<Entry>> EntriesAsync()
    {
        await using var command = _source.CreateCommand("select number, what, run_id, task_id, map_index, attempt, process from entry order by number");
        await using var row = await command.ExecuteReaderAsync();
        var entries = new List<Entry>();
        while (await row.ReadAsync())
            entries.Add(new(row.GetInt64(0), row.GetString(1), new(row.GetInt64(2), row.GetString(3), row.GetInt32(4)), row.GetInt16(5), row.GetInt32(6)));
        return entries;
    }

    private const string Effects = "select what, run_id, task_id, map_index from public.effect";

    private async Task<List<(string What, Instance Instance)>> EffectsAsync()
    {
        await using var command = _source.CreateCommand(Effects);
        await using var row = await command.ExecuteReaderAsync();
        var effects = new List<(string, Instance)>();
        while (await row.ReadAsync())
            effects.Add(Effect(row));
        return effects;
    }

    private static (string What, Instance Instance) Effect(NpgsqlDataReader row) => (row.GetString(0), new(row.GetInt64(1), row.GetString(2), row.GetInt32(3)));

    /// <summary>All instances that run a body: a mapped task as a whole does not, nor does a wait, nor what went with a version.</summary>
    private static async Task<List<Stored>> StoredAsync(Installation at) => await at.Store.ListAsync("""
        select t.run_id, k.task_id, t.map_index, t.state::text, t.attempt, t.lost, split_part(w.name, ':', -1)::int,
               (select count(*) from event e where e.run_id = t.run_id and e.task_no = t.task_no and e.map_index = t.map_index and e.to_state = 'y'),
               (select count(*) from event e where e.run_id = t.run_id and e.task_no = t.task_no and e.map_index = t.map_index
                  and e.from_state = 'r' and e.to_state = 'q' and e.why like 'given back%'),
               (select count(*) from event e where e.run_id = t.run_id and e.task_no = t.task_no and e.map_index = t.map_index and e.from_state = 'r' and e.to_state = 'w')
        from task_instance t join dag_run r using (run_id) join dag d using (dag_no)
          join dag_task k on k.version_id = r.version_id and k.task_no = t.task_no
          left join worker w on w.worker_id = t.worker_id
        where d.dag_id like 'ledgered%' and (t.map_index >= 0 or not k.mapped) and k.wait is null and t.state <> 'x'
        """,
        row => new Stored(
            new(row.GetInt64(0), row.GetString(1), row.GetInt32(2)), row.GetString(3)[0], row.GetInt16(4), row.GetInt16(5),
            row.GetInt64(7), row.GetInt64(8), row.GetInt64(9), row.IsDBNull(6) ? 0 : row.GetInt32(6)));

    /// <summary>What has run, was lost with its worker, and then taken away by a version that has no such task: the events tell so.</summary>
    private static async Task<List<Instance>> RemovedAsync(Installation at) => await at.Store.ListAsync("""
        select t.run_id, k.task_id, t.map_index
        from task_instance t join dag_run r using (run_id) join dag_task k on k.version_id = r.version_id and k.task_no = t.task_no
        where t.state = 'x' and exists (
          select 1 from event e where e.run_id = t.run_id and e.task_no = t.task_no and e.map_index = t.map_index and e.from_state in ('q', 'y', 'w') and e.to_state = 'x' and e.why like 'version % of the DAG%')
        """, row => new Instance(row.GetInt64(0), row.GetString(1), row.GetInt32(2)));

    private static async Task<List<int>> LostByAsync(Installation at) => await at.Store.ListAsync("""
        select distinct split_part(w.name, ':', -1)::int from event e join worker w on w.worker_id = e.worker_id where e.why like 'lost with its worker%'
        """,
        row => row.GetInt32(0));
}
