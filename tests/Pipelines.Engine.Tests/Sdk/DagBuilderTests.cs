namespace Pipelines.Engine.Tests.Sdk;

public sealed class DagBuilderTests
{
    private readonly DagBuilder _dag = new();

    [Fact]
    public void An_id_is_the_methods_name_in_snake_case_without_async()
    {
        Assert.Equal("load", _dag.Task(Load).TaskId);
        Assert.Equal("load_orders", _dag.Task(LoadOrdersAsync).TaskId);
        Assert.Equal("read_xml2_file", _dag.Task(ReadXML2File).TaskId);
        Assert.Equal("already_snake", _dag.Task(already_snake).TaskId);
        Assert.Equal("async", _dag.Task(Async).TaskId);
        Assert.Equal("load_eu", _dag.Task("load_eu", Load).TaskId);
    }

    [Fact]
    public void A_lambda_needs_an_id()
    {
        Refused(() => _dag.Task(() => 1), "lambda");
        Assert.Equal("one", _dag.Task("one", () => 1).TaskId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("slash/ed")]
    [InlineData("ümlaut")]
    public void An_id_has_plain_characters_only(string id) => Refused(() => _dag.Task(id, () => 1), "1 to 100 letters");

    [Fact]
    public void An_id_is_given_once()
    {
        _dag.Task(Load);
        Refused(() => _dag.Task("load", () => 2), "Two tasks have the id 'load'");
    }

    [Fact]
    public void A_handle_of_another_dag_is_refused()
    {
        var stranger = new DagBuilder().Task("stranger", () => 1);
        Refused(() => _dag.Task("a", (int x) => x, stranger), "belongs to another DAG");
        Refused(() => _dag.Map("b", (int x) => x, new DagBuilder().Task("list", () => new[] { 1 })), "belongs to another DAG");
    }

    [Fact]
    public void Edges_to_another_dags_tasks_are_refused()
    {
        var stranger = new DagBuilder().Task("stranger", () => true);
        var mine = _dag.Task("mine", () => 1);
        Refused(() => mine.After(stranger), "belongs to another DAG");
        Refused(() => mine.When(stranger, true), "belongs to another DAG");
        Refused(() => mine.After(mine), "itself");
        var below = _dag.Task("below", (int x) => x > 0, mine);
        Refused(() => mine.After(below), "Define 'below' first");
        Refused(() => mine.When(below, true), "Define 'below' first");
    }

    [Fact]
    public void A_ValueTask_is_refused()
    {
        Refused(() => _dag.Task("a", () => ValueTask.FromResult(1)), "ValueTask");
        Refused(() => _dag.Task("b", () => ValueTask.CompletedTask), "ValueTask");
    }

    [Fact]
    public void Inputs_and_after_make_edges_once()
    {
        var (a, b) = (_dag.Task("a", () => 1), _dag.Task("b", () => 2));
        _dag.Task("c", (int x, int y, int z) => x + y + z, a, b, a).After(b).After(a);
        var spec = _dag.Find("c")!.Spec;
        Assert.Equal(["a", "b", "a"], spec.Inputs);
        Assert.Equal(["a", "b"], spec.Upstreams.Select(edge => edge.Task));
    }

    [Fact]
    public void A_condition_belongs_to_an_edge_and_there_is_one_on_a_task()
    {
        var (route, other) = (_dag.Task("route", () => Route.Full), _dag.Task("other", () => "x"));
        var task = _dag.Task("a", (Route x) => x, route).When(route, Route.Full).When(other, "x");
        Assert.Equal([("route", "\"Full\""), ("other", "\"x\"")], _dag.Find("a")!.Spec.Upstreams.Select(edge => (edge.Task, edge.When?.ToJsonString())));
        Refused(() => task.When(route, Route.Delta), "two conditions on 'route'");
        task.After(route);
        Assert.NotNull(_dag.Find("a")!.Spec.Upstreams[0].When);
    }

    [Fact]
    public void A_mapped_task_takes_an_element_and_gives_a_list()
    {
        var list = _dag.Task("list", () => new List<string> { "a" });
        TaskNode<IReadOnlyList<int>> lengths = _dag.Map("length", (string s) => s.Length, list, maxParallel: 2);
        _dag.Task("sum", (IReadOnlyList<int> all) => all.Sum(), lengths);
        _dag.Map("again", (int n) => n + 1, lengths);
        var spec = _dag.Find("length")!.Spec;
        Assert.True(spec.Mapped);
        Assert.Equal((2, "list[]"), (spec.MaxParallel, spec.Inputs[0]));
        Assert.Null(_dag.Find("again")!.Spec.MaxParallel);
    }

    [Fact]
    public void Policies_that_make_no_sense_are_refused()
    {
        var a = _dag.Task("a", () => 1);
        Refused(() => a.Priority(101), "-100 to 100");
        Refused(() => a.Priority(-101), "-100 to 100");
        Refused(() => a.Timeout(TimeSpan.Zero), "longer than zero");
        Refused(() => a.Timeout(TimeSpan.FromSeconds(1), TimeSpan.Zero), "longer than zero");
        Refused(() => a.Pool("no pool"), "pool name");
        Refused(() => a.Queue(""), "queue name");
        Refused(() => a.MaxParallel(2), "mapped tasks");
        Refused(() => _dag.Map("m", (int x) => x, _dag.Task("list", () => new[] { 1 }), maxParallel: 0), "1 or more");
        Refused(() => a.Retry(-1, TimeSpan.Zero), "0 to 1,000");
        Refused(() => a.Retry(1001, TimeSpan.Zero), "0 to 1,000");
        Refused(() => a.Retry(1, TimeSpan.FromSeconds(-1)), "negative");
        Refused(() => a.Retry(new RetryPolicy { Within = TimeSpan.FromSeconds(-1) }), "negative");
        Refused(() => a.Retry(new RetryPolicy { Factor = 0.5 }), "Factor");
        Refused(() => a.Retry(new RetryPolicy { Factor = double.NaN }), "Factor");
        Refused(() => a.Retry(new RetryPolicy { Jitter = 1.1 }), "Jitter");
        Refused(() => a.Retry(new RetryPolicy { Jitter = double.NaN }), "Jitter");
        Refused(() => _dag.Defaults(priority: 200), "priority");
        Refused(() => _dag.Defaults(timeout: TimeSpan.Zero), "timeout");
        Refused(() => _dag.Defaults(pool: "no pool"), "pool name");
        Refused(() => _dag.Defaults(queue: ""), "queue name");
        Refused(() => _dag.Defaults(retry: new RetryPolicy { Jitter = 2 }), "Jitter");
    }

    [Fact]
    public void Defaults_hold_for_the_tasks_after_them_that_set_nothing_themselves()
    {
        _dag.Task("before", () => 1);
        _dag.Defaults(new RetryPolicy { Retries = 3 }, TimeSpan.FromMinutes(1), "slow", 5, "gpu");
        _dag.Task("plain", () => 1);
        _dag.Task("own", () => 1).Pool("fast").Retry(1, TimeSpan.Zero).Priority(7);
        _dag.Defaults(pool: "other").Defaults();
        _dag.Task("after", () => 1);
        Assert.Equal((0, null, null, 0, "default"), Policies("before"));
        Assert.Equal((3, TimeSpan.FromMinutes(1), "slow", 5, "gpu"), Policies("plain"));
        Assert.Equal((1, TimeSpan.FromMinutes(1), "fast", 7, "gpu"), Policies("own"));
        Assert.Equal((3, TimeSpan.FromMinutes(1), "other", 5, "gpu"), Policies("after"));
    }

    private (int Retries, TimeSpan? Timeout, string? Pool, int Priority, string Queue) Policies(string id) =>
        _dag.Find(id)!.Spec is var spec ? (spec.Retry.Retries, spec.AttemptTimeout, spec.Pool, spec.Priority, spec.Queue) : default;

    private static void Refused(Action define, string why) =>
        Assert.Contains(why, Assert.Throws<DagDefinitionException>(define).Message, StringComparison.Ordinal);

    private static int Load() => 1;

    private static Task<int> LoadOrdersAsync() => Task.FromResult(1);

    private static int ReadXML2File() => 1;

#pragma warning disable IDE1006, CA1709
    private static int already_snake() => 1;
#pragma warning restore IDE1006, CA1709

    private static int Async() => 1;

    private enum Route
    {
        Full,
        Delta,
    }
}
