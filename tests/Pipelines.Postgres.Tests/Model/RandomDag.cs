using System.Text.Json.Nodes;

namespace Pipelines.Postgres.Tests.Model;

/// <summary>A random graph with all that a graph may have: rules, conditions, maps and mapped groups, teardowns, callbacks, pools, queues, priorities, gates.</summary>
/// <param name="random">Where it comes from.</param>
/// <param name="number">The DAG's number: it waits for any of the others, and starts runs of those with a smaller one, so that no chain of runs goes on for ever.</param>
internal sealed class RandomDag(Random random, int number)
{
    public static readonly string[] Pools = ["narrow", "wide"];
    public static readonly string[] Queues = ["default", "other"];
    public static readonly string[] Values = ["\"yes\"", "\"no\"", "1", "true", "{\"a\":[1,2]}"];
    private readonly List<TaskSpec> _tasks = [];
    private bool _narrow;

    public DagSpec Make(string id)
    {
        var work = random.Next(2, 9);
        _narrow = random.Next(3) == 0;
        while (_tasks.Count < work)
        {
            switch (random.Next(12))
            {
                case 0 or 1 when _tasks.Count > 0:
                    AddMapped();
                    break;
                case 2 when _tasks.Count > 0:
                    AddGroup();
                    break;
                case 3:
                    AddWithTeardown();
                    break;
                default:
                    var past = random.Next(12) == 0;
                    Add(new TaskSpec
                    {
                        Id = "",
                        Upstreams = SomeAbove(random.Next(_narrow ? 2 : 4)),
                        TriggerRule = AnyRule(),
                        DependsOnPast = past,
                        WaitForDownstream = past && random.Next(2) == 0,
                        LatestOnly = random.Next(20) == 0,
                        QueueTimeoutSeconds = random.Next(8) == 0 ? 3600 : null,
                    });
                    break;
            }
        }

        for (var callbacks = random.Next(3); callbacks > 0; callbacks--)
            Add(new TaskSpec { Id = "", Role = AnyCallback(), Upstreams = [new(_tasks[random.Next(work)].Id)] });
        for (var callbacks = random.Next(4) == 0 ? random.Next(1, 4) : 0; callbacks > 0; callbacks--)
            Add(new TaskSpec { Id = "", Role = AnyCallback() });
        return new DagSpec
        {
            Id = id,
            Type = "Test.Dag",
            MaxActiveRuns = 1000,
            FailFast = random.Next(5) == 0,
            RunTimeout = random.Next(3) == 0 ? TimeSpan.FromHours(1) : null,
            Tasks = _tasks,
        };
    }

    private static TaskRole Role(bool failure) => failure ? TaskRole.OnFailure : TaskRole.OnSuccess;

    private TaskRole AnyCallback() => Role(random.Next(2) == 0);

    private TriggerRule AnyRule() => random.Next(3) == 0 ? TriggerRule.AllSuccess : (TriggerRule)random.Next(12);

    private void AddMapped()
    {
        var rule = AnyRule();
        var over = AnyUpstream();
        Add(new TaskSpec
        {
            Id = "",
            Over = over,
            Upstreams = Distinct([new(over, AnyCondition()), .. SomeAbove(random.Next(2))]),
            // A list of outputs cannot be there at the run's start.
            TriggerRule = rule == TriggerRule.Always ? TriggerRule.AllDone : rule,
            MaxParallel = random.Next(2) == 0 ? random.Next(1, 4) : null,
            QueueTimeoutSeconds = random.Next(8) == 0 ? 3600 : null,
        });
    }

    /// <summary>Tasks over one list, whose elements wait for each other by index.</summary>
    private void AddGroup()
    {
        var over = AnyUpstream();
        var members = new List<string>();
        for (var size = random.Next(2, 5); size > 0; size--)
        {
            var above = members.Where(_ => random.Next(3) > 0).Select(member => new EdgeSpec(member, AnyCondition(), EdgeKind.Index)).ToList();
            members.Add(Add(new TaskSpec
            {
                Id = "",
                Over = over,
                Upstreams = Distinct([new(over), .. above, .. random.Next(4) == 0 ? SomeAbove(1, members) : []]),
                TriggerRule = above.Count > 0 ? AnyRule() : TriggerRule.AllSuccess,
                MaxParallel = above.Count == 0 && random.Next(3) == 0 ? random.Next(1, 3) : null,
            }));
        }
    }

    private void AddWithTeardown()
    {
        List<EdgeSpec> setups = [new(Add(new TaskSpec { Id = "", Upstreams = SomeAbove(random.Next(2)) }))];
        if (random.Next(3) == 0)
            setups.Add(new(Add(new TaskSpec { Id = "", Upstreams = SomeAbove(random.Next(2)) })));
        var work = new List<EdgeSpec>();
        for (var size = random.Next(1, 4); size > 0; size--)
            work.Add(new(Add(new TaskSpec { Id = "", Upstreams = [new(setups[random.Next(setups.Count)].Task)], TriggerRule = AnyRule() }), null, EdgeKind.Wait));
        Add(new TaskSpec { Id = "", Role = TaskRole.Teardown, Upstreams = [.. setups, .. work] });
    }

    private string Add(TaskSpec task)
    {
        var id = $"t{_tasks.Count}";
        _tasks.Add(task with
        {
            Id = id,
            Wait = task.Role == TaskRole.Task && !task.DependsOnPast && random.Next(10) == 0 ? AnyWait() : null,
        });
        _tasks[^1] = _tasks[^1].Wait is not null ? _tasks[^1] with { Queue = WaitSpec.Queue, Priority = random.Next(4) == 0 ? random.Next(-2, 3) : 0 } : _tasks[^1] with
        {
            Pool = random.Next(4) == 0 ? Pools[random.Next(2)] : null,
            Queue = Queues[random.Next(5) == 0 ? 1 : 0],
            Priority = random.Next(4) == 0 ? random.Next(-2, 3) : 0,
        };
        return id;
    }

    private WaitSpec AnyWait()
    {
        var far = TimeSpan.FromDays(10_000);
        var any = new WaitSpec
        {
            Kind = WaitKind.Dag, Dag = $"d{random.Next(1, Math.Max(2, number + 1))}", Task = random.Next(3) == 0 ? "t1" : random.Next(6) == 0 ? "none" : null,
            Runs = random.Next(2) == 0 ? RunsOf.Interval : RunsOf.SameTick, FailIfFailed = random.Next(2) == 0,
            Timeout = random.Next(2) == 0 ? far : null, SoftFail = random.Next(2) == 0,
        };
        return random.Next(4) switch
        {
            0 => new WaitSpec { Kind = WaitKind.Delay, Offset = far },
            1 when number > 1 => new WaitSpec { Kind = WaitKind.Run, Dag = $"d{random.Next(1, number)}", Detached = random.Next(3) == 0 },
            _ => any,
        };
    }

    private string AnyUpstream() => _tasks[random.Next(_narrow ? Math.Max(0, _tasks.Count - 2) : 0, _tasks.Count)].Id;

    private List<EdgeSpec> SomeAbove(int count, IReadOnlyCollection<string>? except = null)
    {
        var edges = new List<EdgeSpec>();
        for (; count > 0 && _tasks.Count > 0; count--)
        {
            var up = AnyUpstream();
            if (_tasks.Single(task => task.Id == up).Role == TaskRole.Task && except?.Contains(up) != true)
                edges.Add(new(up, AnyCondition()));
        }

        return Distinct(edges);
    }

    private JsonNode? AnyCondition() => random.Next(6) == 0 ? JsonNode.Parse(Values[random.Next(Values.Length)]) : null;

    private static List<EdgeSpec> Distinct(IEnumerable<EdgeSpec> edges) => [.. edges.DistinctBy(edge => edge.Task)];
}
