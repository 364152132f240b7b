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
        ["join"] = ["left", "right"], ["logs"] = ["right"], ["late"] = ["flaky", "join"], ["publish"] = ["sum", "late", "logs"],
        ["publish.thank"] = ["publish"],
    };

    /// <summary>Ten tasks, one of which is mapped over three elements, and a callback.</summary>
    private const int InstancesOfARun = 13;

    private readonly NpgsqlDataSource _source;

    /// <summary>No connection is kept: the server may have been stopped since.</summary>
    private Ledger(string connectionString) => _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });

    private sealed record Entry(long Number, string What, Instance Instance, short Attempt, int Process);

    private readonly record struct Instance(long Run, string Task, int MapIndex);

    /// <summary>What the program says of an instance.</summary>
    private sealed record Stored(Instance Instance, char State, short Attempt, short Lost, long Retried, long GivenBack, int Process);

    /// <summary>Opens the books; processes started from here on write into them.</summary>
    public static async Task<Ledger> OpenAsync(Installation at)
    {
        var ledger = new Ledger(await at.ConnectionAsync("ledger"));
        await using var create = ledger._source.CreateCommand("""
            create table entry(
              number bigint generated always as identity primary key, entry uuid not null unique, what text not null, run_id bigint not null,
              task_id text not null, map_index int not null, attempt smallint not null, process int not null)
            """);
        await create.ExecuteNonQueryAsync();
        return ledger;
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
    public async Task<int> JudgeAsync(Installation at, int runs, IReadOnlySet<int>? hurt, IReadOnlySet<int> frozen)
    {
        await Proof.NothingIsLeftAsync(at.Store);
        var stored = await StoredAsync(at);
        var entries = (await EntriesAsync()).ToLookup(entry => entry.Instance);
        var happened = new Dictionary<Instance, long>();
        var problems = new List<string>();
        foreach (var instance in stored)
            Judge(instance, [.. entries[instance.Instance]]);
        foreach (var instance in stored)
            JudgeOrder(instance.Instance);
        if (hurt is not null)
            problems.AddRange((await LostByAsync(at)).Where(process => !hurt.Contains(process)).Select(process => $"process {process} was not hurt and lost an attempt"));

        Assert.True(problems.Count == 0, $"{problems.Count} faults, such as:\n{string.Join('\n', problems.Take(20))}");
        Assert.Equal(runs * InstancesOfARun, stored.Count);
        Assert.Equal(runs, stored.Select(one => one.Instance.Run).Distinct().Count());
        return stored.Sum(one => one.Lost);

        void Judge(Stored it, List<Entry> written)
        {
            Check(it.State == 's', "did not succeed");
            Check(it.Attempt == 1 + it.Lost + it.Retried + it.GivenBack, $"has attempts that nothing explains: {it}");
            Check(it.Retried == 0 || it.Instance.Task == "flaky", "was retried, though no body failed");
            foreach (var one in written.GroupBy(entry => (entry.Attempt, entry.What)).Where(group => group.Count() > 1))
                problems.Add($"{it.Instance}: attempt {one.Key.Attempt} has {one.Key.What} {one.Count()} times, in {string.Join(" and ", one.Select(entry => entry.Process))}");
            Check(written.All(entry => entry.Attempt >= 1 && entry.Attempt <= it.Attempt), "has happened in an attempt that the program does not know");
            var end = written.SingleOrDefault(entry => entry.What == "ended" && entry.Attempt == it.Attempt);
            Check(end is not null, $"is said to have succeeded in attempt {it.Attempt}, which never ended");
            Check(end is null || end.Process == it.Process, $"was done by process {end?.Process}, and stored for process {it.Process}");
            happened[it.Instance] = end?.Number ?? long.MaxValue;
            var steps = written.Count(entry => entry.What == "stepped");
            Check(steps >= 1 && steps <= 1 + it.Lost + it.GivenBack, $"has done its step {steps} times");
            var ends = written.Where(entry => entry.What == "ended").ToDictionary(entry => entry.Attempt);
            foreach (var begun in written.Where(entry => entry.What == "begun"))
            {
                foreach (var (attempt, ended) in ends.Where(pair => pair.Key < begun.Attempt && pair.Value.Number > begun.Number))
                    Check(frozen.Contains(ended.Process), $"attempt {begun.Attempt} began before attempt {attempt} had ended in process {ended.Process}, which was never frozen");
            }

            void Check(bool right, string what)
            {
                if (!right)
                    problems.Add($"{it.Instance} {what}");
            }
        }

        void JudgeOrder(Instance instance)
        {
            var first = entries[instance].Where(entry => entry.What == "begun").Select(entry => entry.Number).DefaultIfEmpty(long.MaxValue).Min();
            foreach (var (upstream, number) in Upstreams[instance.Task].SelectMany(task => happened.Where(one => one.Key.Run == instance.Run && one.Key.Task == task)))
            {
                if (first < number)
                    problems.Add($"{instance} began before {upstream} had happened");
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

    /// <summary>All instances that run a body: a mapped task as a whole does not, nor does a wait.</summary>
    private static async Task<List<Stored>> StoredAsync(Installation at) => await at.Store.ListAsync("""
        select t.run_id, k.task_id, t.map_index, t.state::text, t.attempt, t.lost, split_part(w.name, ':', -1)::int,
               (select count(*) from event e where e.run_id = t.run_id and e.task_no = t.task_no and e.map_index = t.map_index and e.to_state = 'y'),
               (select count(*) from event e where e.run_id = t.run_id and e.task_no = t.task_no and e.map_index = t.map_index
                  and e.from_state = 'r' and e.to_state = 'q' and e.why like 'given back%')
        from task_instance t join dag_run r using (run_id) join dag d using (dag_no)
          join dag_task k on k.version_id = r.version_id and k.task_no = t.task_no
          left join worker w on w.worker_id = t.worker_id
        where d.dag_id like 'ledgered%' and (t.map_index >= 0 or not k.mapped) and k.wait is null
        """,
        row => new Stored(
            new(row.GetInt64(0), row.GetString(1), row.GetInt32(2)), row.GetString(3)[0], row.GetInt16(4), row.GetInt16(5),
            row.GetInt64(7), row.GetInt64(8), row.IsDBNull(6) ? 0 : row.GetInt32(6)));

    private static async Task<List<int>> LostByAsync(Installation at) => await at.Store.ListAsync("""
        select distinct split_part(w.name, ':', -1)::int from event e join worker w on w.worker_id = e.worker_id where e.why like 'lost with its worker%'
        """,
        row => row.GetInt32(0));
}
