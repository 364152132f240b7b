using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Tests;

public sealed class TriggerTests(TestServer server) : ConsoleFixture(server)
{
    internal const string Schema =
        """
        {"type":["object","null"],"properties":{
          "region":{"enum":["EMEA","APAC"],"default":"EMEA","description":"Where it is sold."},
          "lookbackDays":{"type":["string","integer"],"minimum":1,"maximum":90,"default":7},
          "ratio":{"type":["string","number","null"],"default":null},
          "fullRefresh":{"type":"boolean","default":false},
          "label":{"type":"string","default":"x"},
          "note":{"type":["string","null"],"default":null},
          "since":{"type":"string","format":"date","default":"2026-01-01"},
          "at":{"type":["string","null"],"format":"date-time","default":null},
          "partners":{"type":"array","items":{"type":"string"},"default":["nordwind","akros"]},
          "window":{"type":"object","properties":{"from":{"type":"integer"},"to":{"type":"integer"}},"default":{"from":1,"to":2}},
          "deep":{"type":"object","properties":{"a":{"type":"object"}},"default":{"a":{}}},
          "token":{"type":"string","format":"password","default":""}}}
        """;

    [Fact]
    public async Task Fields_follow_the_schema_and_a_run_gets_what_was_typed()
    {
        await RegisterAsync();
        var page = await PageAsync("/dags/mart/trigger");
        Assert.Equal("7", Value(page, "arg.lookbackDays"));
        Assert.Equal("nordwind\nakros", Value(page, "arg.partners"));
        Assert.Equal("password", Of(Field(page, "arg.token"), "type"));
        Assert.Equal("2", Value(page, "arg.window.to"));
        Assert.Equal("{}", Value(page, "arg.deep.a").Trim());

        var shown = await PostAsync(page, "start",
            ("arg.region", "APAC"), ("arg.lookbackDays", "30"), ("arg.ratio", "0.5"), ("arg.fullRefresh", "true"), ("arg.partners", "a\r\nb c\r\n"), ("arg.window.to", "9"), ("note", "asked for by sales"), ("key", "k1"));

        Assert.Equal("/runs/1", shown.Path);
        var run = (await World.Store.RunAsync(1, CancellationToken.None))!;
        Assert.Equal("k1", run.Key);
        Assert.Equal("asked for by sales", run.Notes.Single().Text);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"region":"APAC","lookbackDays":30,"ratio":0.5,"fullRefresh":true,"partners":["a","b c"],"window":{"from":1,"to":9}}"""), JsonNode.Parse(run.Arguments!)), run.Arguments);
        Assert.NotNull(run.Run.Interval);
    }

    [Fact]
    public async Task Mistakes_are_told_beside_their_fields_and_nothing_typed_is_lost()
    {
        await RegisterAsync();
        var page = await PageAsync("/dags/mart/trigger");

        page = (await PostAsync(page, "start", ("arg.lookbackDays", "120"), ("arg.since", "soon"), ("arg.window.from", "<b>"), ("arg.deep.a", "{oh"), ("note", "kept <i>"))).Page;

        Assert.Equal("It must be 90 or less.", Wrong(page, "arg-lookbackDays"));
        Assert.Equal("It must be a date such as 2026-01-31.", Wrong(page, "arg-since"));
        Assert.Equal("It must be a whole number.", Wrong(page, "arg-window.from"));
        Assert.Equal("It must be an object.", Wrong(page, "arg-deep.a"));
        Assert.Contains("4 problems to fix", page.Value, StringComparison.Ordinal);
        Assert.Equal(("120", "<b>", "{oh", "kept <i>"), (Value(page, "arg.lookbackDays"), Value(page, "arg.window.from"), Value(page, "arg.deep.a").Trim(), Value(page, "note")));
        Assert.Empty(await World.Store.RunsAsync(null, null, null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task A_double_click_makes_one_run()
    {
        await RegisterAsync();
        var page = await PageAsync("/dags/mart/trigger");
        Assert.Equal("/runs/1", (await PostAsync(page, "start")).Path);
        Assert.Equal("/runs/1", (await PostAsync(page, "start")).Path);
        Assert.Single(await World.Store.RunsAsync(null, null, null, 10, CancellationToken.None));
        Assert.Equal("/runs/2", (await PostAsync(await PageAsync("/dags/mart/trigger"), "start")).Path);
    }

    [Fact]
    public async Task Form_and_json_show_the_same()
    {
        await RegisterAsync();
        var page = await PageAsync("/dags/mart/trigger?arg.region=APAC&arg.window.to=5");
        Assert.Contains("pipelines runs start mart --arguments", page.Value, StringComparison.Ordinal);

        page = await TurnAsync(page, "json", ("arg.lookbackDays", "31"), ("note", "n"));
        var json = JsonNode.Parse(Value(page, "json"))!;
        Assert.Equal(("APAC", 31, 5), ((string?)json["region"], (int)json["lookbackDays"]!, (int)json["window"]!["to"]!));
        Assert.Equal("n", Value(page, "note"));
        page = await TurnAsync(page, "form", ("json", "{\"lookbackDays\": 12, \"partners\": [\"z\"]}"));
        Assert.Equal(("12", "z"), (Value(page, "arg.lookbackDays"), Value(page, "arg.partners")));

        page = await TurnAsync(page, "json");
        var broken = await TurnAsync(page, "form", ("json", "{ not json"));
        Assert.Equal("{ not json", Value(broken, "json"));
        Assert.Contains("not a JSON object", broken.Value, StringComparison.Ordinal);
        broken = (await PostAsync(page, "start", ("json", "{\"lookbackDays\": 120}"))).Page;
        Assert.Contains("'lookbackDays' is 120; it must be 90 or less", broken.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"label": "a\ud800b"}""", "half of a character")]
    [InlineData("""{"a\udc00b": 1}""", "half of a character")]
    [InlineData("""{"lookbackDays": 1, "lookbackDays": 2}""", "lookbackDays")]
    public async Task Json_that_no_value_can_hold_is_told_and_stays(string json, string told)
    {
        await RegisterAsync();
        var page = await TurnAsync(await PageAsync("/dags/mart/trigger"), "json");
        var broken = (await PostAsync(page, "start", ("json", json))).Page;
        Assert.Contains(told, broken.Value, StringComparison.Ordinal);
        Assert.Equal(json, Value(broken, "json"));
        broken = await TurnAsync(page, "form", ("json", json));
        Assert.Matches($"not a JSON object.+{told}", broken.Value);
        Assert.Equal(json, Value(broken, "json"));
        broken = (await PostAsync(await PageAsync("/dags/mart/trigger"), "start", ("arg.deep.a", json))).Page;
        Assert.Equal("It must be an object.", Wrong(broken, "arg-deep.a"));
        Assert.Empty(await World.Store.RunsAsync(null, null, null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task Arguments_are_copied_from_a_run()
    {
        await RegisterAsync();
        await World.Operations.StartRunAsync(new NewRun("mart") { Arguments = """{"lookbackDays":45,"label":"copied"}""" }, "test", CancellationToken.None);
        Assert.Contains("Copy from run 1", (await PageAsync("/dags/mart/trigger")).Value, StringComparison.Ordinal);
        var page = await PageAsync("/dags/mart/trigger?from=1&arg.label=mine");
        Assert.Equal(("45", "mine"), (Value(page, "arg.lookbackDays"), Value(page, "arg.label")));
        Assert.Contains("has no run 9", (await PageAsync("/dags/mart/trigger?from=9", HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-01-31", "2026-02-01", null)]
    [InlineData("2026-02-01", "2026-01-31", "is not before its end")]
    [InlineData("yesterday", "2026-01-31", "'yesterday' is not a date")]
    [InlineData("", "2026-01-31", "Start of the data")]
    public async Task An_interval_may_be_given(string start, string end, string? wrong)
    {
        await RegisterAsync();
        var shown = await PostAsync(await PageAsync("/dags/mart/trigger"), "start", ("when", "data"), ("start", start), ("end", end));
        if (wrong is not null)
        {
            Assert.Contains(wrong, shown.Page.Value, StringComparison.Ordinal);
            Assert.Equal(start, Value(shown.Page, "start"));
            return;
        }

        Assert.Equal(new DateTimeOffset(2026, 1, 30, 22, 0, 0, TimeSpan.Zero), (await World.Store.RunAsync(1, CancellationToken.None))!.Run.Interval!.Value.Start);
    }

    [Fact]
    public async Task A_dag_without_arguments_or_schedule_starts_as_well()
    {
        await World.RegisterAsync(World.Chain("plain", "only") with { Cron = null });
        var page = await PageAsync("/dags/plain/trigger?from=&arg.x=1&when=zz");
        Assert.Equal("/runs/1", (await PostAsync(page, "start")).Path);
        Assert.Null((await World.Store.RunAsync(1, CancellationToken.None))!.Arguments);
        Assert.Contains("There is no DAG 'nope'.", (await PageAsync("/dags/nope/trigger", HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"integer"}""", FieldKind.Number)]
    [InlineData("""{"type":["string","integer","null"]}""", FieldKind.Number)]
    [InlineData("""{"type":"array","items":{"enum":["a"]}}""", FieldKind.List)]
    [InlineData("""{"type":"array","items":{"type":"object"}}""", FieldKind.Json)]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"string"}]}""", FieldKind.Json)]
    [InlineData("""{"$ref":"#/properties/x"}""", FieldKind.Json)]
    [InlineData("true", FieldKind.Json)]
    [InlineData("""{"type":["object","null"],"properties":{"a":{"type":"string"}}}""", FieldKind.Json)]
    [InlineData("""{"type":["boolean","null"]}""", FieldKind.YesNo)]
    public void What_is_too_deep_for_a_field_is_typed_as_json(string schema, object kind) =>
        Assert.Equal(kind, ArgumentFields.Of(JsonNode.Parse($$"""{"properties": {"x": {{schema}} } }""")).Single().Kind);

    private async Task RegisterAsync() => await World.RegisterAsync(World.Chain("mart", "load") with { Arguments = JsonNode.Parse(Schema) });

    private async Task<XElement> TurnAsync(XElement page, string view, params (string Name, string Value)[] fields)
    {
        var form = page.Descendants("form").Single(one => Of(one, "id") == "trigger");
        return (await PostAsync("/dags/mart/trigger?handler=turn", [.. Fields(form).Where(field => fields.All(given => given.Name != field.Name)), .. fields, ("view", view)])).Page;
    }

    private static XElement Field(XElement page, string name) => page.Descendants().Last(one => Of(one, "name") == name);

    private static string Value(XElement page, string name) => Field(page, name) is { Name.LocalName: "textarea" } area ? area.Value.TrimStart('\n') : Of(Field(page, name), "value");

    private static string Wrong(XElement page, string id)
    {
        var field = page.Descendants().Single(one => Of(one, "id") == id);
        Assert.Equal("true", Of(field, "aria-invalid"));
        return page.Descendants("small").Single(one => Of(one, "id") == Of(field, "aria-describedby")).Value;
    }
}
