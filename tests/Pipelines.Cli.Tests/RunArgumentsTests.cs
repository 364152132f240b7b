using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;

namespace Pipelines.Cli.Tests;

public sealed class RunArgumentsTests
{
    private static readonly JsonNode Schema = JsonNode.Parse(Dags.Report)!["arguments"]!;

    [Theory]
    [InlineData("""{"days":3}""", """{"days":3}""")]
    [InlineData("""{"DAYS":"3","name":null}""", """{"days":"3","name":null}""")]
    [InlineData("""{"kind":"Full","dry":true}""", """{"kind":"Full","dry":true}""")]
    [InlineData("", null)]
    public void What_fits_is_kept_under_its_own_name(string given, string? kept) => Assert.Equal(kept, RunArguments.Check("report", Schema, given));

    [Theory]
    [InlineData("""{"days":3.5}""", "'days' is 3.5; it must be a whole number")]
    [InlineData("""{"days":"many"}""", "it must be a whole number")]
    [InlineData("""{"days":"03"}""", "'days' is \"03\"; it must be a whole number")]
    [InlineData("""{"days":3.0}""", "'days' is 3.0; it must be a whole number")]
    [InlineData("""{"dry":"yes"}""", "it must be true or false")]
    [InlineData("""{"kind":"Half"}""", "one of \"Full\", \"Delta\"")]
    [InlineData("""{"day":3}""", "there is no argument 'day'; there are: days, name, kind, dry. Did you mean 'days'?")]
    [InlineData("""{"name":3,"dry":1}""", "'name' is 3; it must be a text or null; argument 'dry' is 1")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("{", "are not JSON")]
    [InlineData("""{"days":3,"days":4}""", "are not JSON: ")]
    [InlineData("""{"name":"a\ud800b"}""", "are not JSON: in a text half of a character stands alone")]
    [InlineData("""{"a\udc00b":1}""", "are not JSON: in a text half of a character stands alone")]
    public void What_does_not_fit_is_refused_field_by_field(string given, string part) =>
        Assert.Contains(part, Assert.Throws<RefusedException>(() => RunArguments.Check("report", Schema, given)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("days", "3", "3")]
    [InlineData("name", "3", "\"3\"")]
    [InlineData("dry", "true", "true")]
    [InlineData("kind", "Full", "\"Full\"")]
    [InlineData("unknown", "text", "\"text\"")]
    public void Typed_text_becomes_what_the_schema_wants(string name, string text, string json) =>
        Assert.Equal(json, RunArguments.FromText(Schema, name, text)!.ToJsonString());

    private static readonly JsonNode Deep = JsonNode.Parse(
        """
        {"type":"object","required":["window"],"properties":{
          "window":{"type":"object","required":["from"],"properties":{"from":{"type":"string","format":"date"},"days":{"type":"integer","minimum":1,"maximum":31}}},
          "shops":{"type":["array","null"],"items":{"type":"string","minLength":2},"maxItems":2},
          "mail":{"type":"string","pattern":"^[^@]+@[^@]+$"},
          "at":{"type":"string","format":"date-time"},
          "size":{"anyOf":[{"type":"integer"},{"enum":["S","L"]}]},
          "next":{"$ref":"#/properties/window"}}}
        """)!;

    [Theory]
    [InlineData("""{"window":{"FROM":"2026-01-31","days":31},"shops":["ab"],"at":"2026-01-31T08:30:00Z","size":"L"}""")]
    [InlineData("""{"window":{"from":"2026-01-31"},"shops":null,"next":{"from":"2026-02-01"},"size":3,"mail":"a@b"}""")]
    public void What_fits_is_kept_at_any_depth(string given) =>
        Assert.Equal(given.Replace("FROM", "from", StringComparison.Ordinal), RunArguments.Check("d", Deep, given));

    [Theory]
    [InlineData(null, "argument 'window' is missing; it must be an object")]
    [InlineData("""{"window":{}}""", "argument 'window.from' is missing; it must be a text")]
    [InlineData("""{"window":{"from":"31.1.2026"}}""", "argument 'window.from' is \"31.1.2026\"; it must be a date such as 2026-01-31")]
    [InlineData("""{"window":{"from":"2026-01-31","days":32}}""", "argument 'window.days' is 32; it must be 31 or less")]
    [InlineData("""{"window":{"from":"2026-01-31","days":0}}""", "it must be 1 or more")]
    [InlineData("""{"window":{"from":"2026-01-31","day":1}}""", "in argument 'window' there is no field 'day'; there are: from, days. Did you mean 'days'?")]
    [InlineData("""{"window":{"from":"2026-01-31"},"shops":["ab",7]}""", "argument 'shops[1]' is 7; it must be a text")]
    [InlineData("""{"window":{"from":"2026-01-31"},"shops":["a"]}""", "it must be 2 characters or more")]
    [InlineData("""{"window":{"from":"2026-01-31"},"shops":["ab","cd","ef"]}""", "it must be 2 elements or fewer")]
    [InlineData("""{"window":{"from":"2026-01-31"},"mail":"nobody"}""", "it must be a text like ^[^@]+@[^@]+$")]
    [InlineData("""{"window":{"from":"2026-01-31"},"at":"tomorrow"}""", "it must be a moment such as 2026-01-31T08:30:00Z")]
    [InlineData("""{"window":{"from":"2026-01-31"},"size":"M"}""", "argument 'size' is \"M\"")]
    [InlineData("""{"window":{"from":"2026-01-31"},"next":{"from":1}}""", "argument 'next.from' is 1; it must be a text")]
    [InlineData("""{"window":3,"mail":4}""", "argument 'window' is 3; it must be an object; argument 'mail' is 4; it must be a text")]
    public void What_does_not_fit_at_any_depth_is_named_with_its_path(string? given, string part) =>
        Assert.Contains(part, Assert.Throws<RefusedException>(() => RunArguments.Check("d", Deep, given)).Message, StringComparison.Ordinal);
}
