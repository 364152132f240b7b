using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pipelines.Engine.Tests.Sdk;

public sealed class JsonTests
{
    [Fact]
    public void Outputs_are_written_for_other_languages_too()
    {
        Assert.Equal("\"Full\"", Written(Route.Full));
        Assert.Equal("""{"item1":1,"item2":"x"}""", Written((1, "x")));
        Assert.Equal("""{"someName":1}""", Written(new { SomeName = 1 }));
        Assert.Equal("null", Written<string?>(null));
        Assert.Equal((1, "x"), System.Text.Json.JsonSerializer.Deserialize<(int, string)>(Written((1, "x")), OutputJson.Options));
    }

    [Fact]
    public void The_type_of_a_derived_value_is_found_wherever_the_database_has_put_it() =>
        Assert.Equal(new Disc(1), OutputJson.Read<Shape>("{\"id\":1,\"$type\":\"circle\"}"u8.ToArray()));

    [Fact]
    public void An_output_over_the_limit_says_what_to_do()
    {
        Assert.Equal(OutputJson.MaxBytes, OutputJson.Write(new string('x', OutputJson.MaxBytes - 2)).Length);
        var error = Assert.Throws<FailTaskException>(() => OutputJson.Write(new string('x', OutputJson.MaxBytes - 1)));
        Assert.Equal("The output is 1,048,577 bytes of JSON; the limit is 1,048,576. Write the data to a file or table and return its address.", error.Message);
    }

    [Fact]
    public void What_cannot_be_written_fails_with_its_type()
    {
        var circle = new Circle();
        circle.Self = circle;
        Assert.Contains("Circle", Assert.Throws<FailTaskException>(() => OutputJson.Write(circle)).Message, StringComparison.Ordinal);
        Assert.Contains("Double", Assert.Throws<FailTaskException>(() => OutputJson.Write(double.NaN)).Message, StringComparison.Ordinal);
        Assert.Throws<FailTaskException>(() => OutputJson.Write(new Func<int>(() => 1)));
        Assert.Throws<FailTaskException>(() => OutputJson.Write(typeof(int)));
    }

    [Fact]
    public void The_character_that_the_database_cannot_hold_is_refused_and_what_only_looks_like_it_is_not()
    {
        Assert.Contains("U+0000", Assert.Throws<FailTaskException>(() => OutputJson.Write("a\0b")).Message, StringComparison.Ordinal);
        Assert.Throws<FailTaskException>(() => OutputJson.Write("\\\0"));
        Assert.Throws<FailTaskException>(() => OutputJson.Write(new Dictionary<string, int> { ["\0"] = 1 }));
        Assert.Equal("""
            "\\u0000"
            """, Written("\\u0000"));
    }

    [Fact]
    public void A_graph_written_and_read_again_is_the_same()
    {
        var spec = Everything();
        var read = SpecJson.Read(SpecJson.Write(spec));
        Assert.Equal(SpecJson.Write(spec), SpecJson.Write(read));
        Assert.Equal(SpecJson.Hash(spec), SpecJson.Hash(read));
        Assert.Equal((Catchup.All, TriggerRule.OneFailed, TimeSpan.FromMinutes(90)), (read.Catchup, read.Tasks[1].TriggerRule, read.Tasks[1].TotalTimeout!.Value));
        Assert.Equal("\"x\"", read.Tasks[1].Upstreams[0].When!.ToJsonString());
    }

    [Fact]
    public void The_hash_of_a_graph_is_the_same_for_ever() =>
        Assert.StartsWith("ce82f03e8fdd32c1cac0988ef44c0242a0544a0df", SpecJson.Hash(Everything()), StringComparison.Ordinal);

    [Fact]
    public void Whatever_changes_in_a_graph_changes_its_hash()
    {
        var spec = Everything();
        var task = spec.Tasks[1];
        DagSpec With(TaskSpec changed) => spec with { Tasks = [spec.Tasks[0], changed, spec.Tasks[2]] };
        DagSpec[] all =
        [
            spec, spec with { Cron = "1 * * * *" }, spec with { TimeZone = "UTC" }, spec with { MaxActiveRuns = 4 }, spec with { Type = "Other" },
            With(task with { Priority = 1 }), With(task with { Pool = null }), With(task with { Queue = "other" }), With(task with { MaxParallel = 3 }),
            With(task with { Retry = task.Retry with { Jitter = 0 } }), With(task with { Upstreams = [new("a", JsonValue.Create("y"))] }),
            spec with { Owner = "sales" }, spec with { Tags = ["tier-1"] }, spec with { RunTimeout = null }, spec with { FailFast = false },
            With(task with { Role = TaskRole.OnFailure }), With(task with { Over = "drop" }), With(task with { DependsOnPast = true }),
            With(task with { Upstreams = [new("a", JsonValue.Create("x"), EdgeKind.Index)] }), With(task with { TriggerRule = TriggerRule.AllDone }), With(task with { AttemptTimeout = TimeSpan.FromSeconds(61) }),
        ];
        Assert.Equal(all.Length, all.Select(SpecJson.Hash).Distinct().Count());
    }

    private static DagSpec Everything() => new()
    {
        Id = "everything", Type = "Test.Everything", Description = "All \"there\" is: <é>", Cron = "0 2 * * *", TimeZone = "Europe/Kyiv", Start = "2026-01-01", End = "2027-01-01",
        Catchup = Catchup.All, MaxActiveRuns = 3, RunTimeout = TimeSpan.FromHours(6), FailFast = true, Arguments = JsonNode.Parse("""{"type": "object"}"""),
        Tasks =
        [
            new TaskSpec { Id = "a", Code = "Test.Everything.A", DependsOnPast = true },
            new TaskSpec
            {
                Id = "b", Inputs = ["a[]"], Upstreams = [new("a", JsonValue.Create("x"))], Over = "a", MaxParallel = 2, TriggerRule = TriggerRule.OneFailed,
                Retry = new RetryPolicy { Retries = 2, Within = TimeSpan.FromHours(1) }.Except<ArgumentException>(),
                AttemptTimeout = TimeSpan.FromMinutes(1), TotalTimeout = TimeSpan.FromMinutes(90), Pool = "slow", Priority = -5, Queue = "gpu",
            },
            new TaskSpec { Id = "drop", Role = TaskRole.Teardown, Upstreams = [new("a"), new("b", Kind: EdgeKind.Wait)] },
        ],
    };

    private static string Written<T>(T value) => Encoding.UTF8.GetString(OutputJson.Write(value));

    private enum Route
    {
        Full,
    }

    [JsonDerivedType(typeof(Disc), "circle")]
    private abstract record Shape(int Id);

    private sealed record Disc(int Id) : Shape(Id);

    private sealed class Circle
    {
        public Circle? Self { get; set; }
    }
}
