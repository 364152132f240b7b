using System.Text.Json.Nodes;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Loading;

public sealed class SpecBuilderTests : IClassFixture<SpecBuilderTests.Troubled>, IDisposable
{
    private readonly LoadingHost _host = new();
    private readonly BuiltSpecs _built;

    public SpecBuilderTests(Troubled troubled) => _built = troubled.Built;

    [Fact]
    public void Broken_dags_do_not_touch_the_others() => Assert.Equal(["fine", "many_tasks"], _built.Specs.Select(spec => spec.Id).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("constructor_throws", "InvalidOperationException: The warehouse is closed.", "unit test")]
    [InlineData("static_throws", "FormatException: The input string 'MMXXVI' was not in a correct format", "unit test")]
    [InlineData("define_throws", "Two tasks have the id 'same'", "Change the graph")]
    [InlineData("never_returns", "did not return within", "move queries")]
    [InlineData("differs", "'task_0' became 'task_1'", "no clock")]
    [InlineData("twice", "Troubled.TwiceA and Troubled.TwiceB have the same DAG id", "id of its own")]
    [InlineData("Bad Id", "'Bad Id' cannot be a DAG's id", "lower-case")]
    [InlineData("no_tasks", "no tasks", "dag.Task(Method)")]
    [InlineData("too_many_tasks", "more than 25,000 tasks, the limit. Map one task over a list (dag.Map)", "Change the graph")]
    [InlineData("bad_cron", "Minute 61 does not exist", "Cron")]
    [InlineData("no_active_runs", "MaxActiveRuns is 0", "1 or more")]
    [InlineData("when_one_success", "Task 'act' has a condition", "Change the graph")]
    [InlineData("unknown_service", "Unable to resolve service for type 'Troubled.IUnknown'", "IDagServices.Configure")]
    [InlineData("hidden", "is not public", "public")]
    [InlineData("schedule_throws", "Troubled.ScheduleThrows threw FormatException for Next(2", "dag.Schedule")]
    [InlineData("schedule_goes_back", "goes backwards: Next(2", "dag.Schedule")]
    [InlineData("schedule_stands", "never advances: Next(2", "dag.Schedule")]
    [InlineData("schedule_counts", "answers differently when it is asked again", "dag.Schedule")]
    [InlineData("schedule_of_fractions", "not a whole second", "dag.Schedule")]
    [InlineData("schedule_names_none", "names no tick at all", "dag.Schedule")]
    [InlineData("schedule_hangs", "did not return within", "move queries")]
    [InlineData("two_schedules", "Cron = \"@daily\" in its [Dag] attribute, and dag.Schedule", "Change the graph")]
    [InlineData("not_a_dag", "does not derive from Pipelines.Dag", "public sealed class X : Dag")]
    public void Each_mistake_says_what_and_how_to_fix_it(string dag, string what, string fix)
    {
        var error = Assert.Single(_built.Errors, error => error.DagId == dag);
        Assert.Contains(what, error.What, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.What);
        Assert.Equal(("host:troubled", "Troubled.dll"), (error.Source, error.File));
    }

    [Fact]
    public void Nothing_else_is_reported() => Assert.Equal(23, _built.Errors.Count);

    [Fact]
    public void Arguments_become_a_schema_with_the_defaults_of_a_new_instance()
    {
        var stock = LoadedAssembly.Load(_host.Unpacked("Stock1", "Stock"), "Stock", LoadingHost.Services, LoadingHost.Configuration);
        var spec = LoadingHost.Specs.Build(stock, "host:x", "Stock.dll").Specs.Single(spec => spec.Id == "stock_count");
        stock.Retire();
        Assert.Equal(("0 6 * * *", "Counts.", "Stock.StockCount"), (spec.Cron, spec.Description, spec.Type));
        Assert.Equal(["read", "write"], spec.Tasks.Select(task => task.Id));
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse(
                    """
                    {"type":"object","properties":{
                      "days":{"description":"How many days back.","type":["string","integer"],"pattern":"^-?(?:0|[1-9]\\d*)$","default":7},
                      "depth":{"enum":["Quick","Full"],"default":"Full"},
                      "note":{"type":["string","null"],"default":null}}}
                    """),
                spec.Arguments),
            spec.Arguments?.ToJsonString());
    }

    [Theory]
    [InlineData("orders_daily", true)]
    [InlineData("a.b-c_9", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("-x", false)]
    [InlineData("Orders", false)]
    [InlineData("a/b", false)]
    [InlineData("é", false)]
    public void Ids_are_checked(string id, bool good) => Assert.Equal(good, SpecRules.BrokenId(id) is null);

    [Fact]
    public void Ids_have_at_most_a_hundred_characters()
    {
        Assert.Null(SpecRules.BrokenId(new string('a', 100)));
        Assert.NotNull(SpecRules.BrokenId(new string('a', 101)));
    }

    public void Dispose() => _host.Dispose();

    /// <summary>The fixture with a mistake in almost every class, built once: one of them costs the whole time limit.</summary>
    public sealed class Troubled : IDisposable
    {
        private readonly LoadingHost _host = new();

        public Troubled()
        {
            var loaded = LoadedAssembly.Load(_host.Unpacked("Troubled", "Troubled"), "Troubled", LoadingHost.Services, LoadingHost.Configuration);
            Built = LoadingHost.Specs.Build(loaded, "host:troubled", "Troubled.dll");
            loaded.Retire();
        }

        public BuiltSpecs Built { get; }

        public void Dispose() => _host.Dispose();
    }
}
