using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;

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
    [InlineData("""{"dry":"yes"}""", "it must be true or false")]
    [InlineData("""{"kind":"Half"}""", "one of \"Full\", \"Delta\"")]
    [InlineData("""{"day":3}""", "there is no argument 'day'; there are: days, name, kind, dry. Did you mean 'days'?")]
    [InlineData("""{"name":3,"dry":1}""", "'name' is 3; it must be a text or null; argument 'dry' is 1")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("{", "are not JSON")]
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
}
