namespace Pipelines.Engine.Tests.Sdk;

public sealed class RunKeyTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("customerid")]
    [InlineData("Since")]
    public void The_key_is_an_argument_by_its_name_in_json(string? key)
    {
        var spec = Of(new DagAttribute("d") { RunKey = key });
        Assert.Equal(key switch { null => null, "Since" => "since", _ => "customerId" }, spec.RunKey);
        Assert.Equal((spec.RunKey, spec.OnConflict), (SpecJson.Read(SpecJson.Write(spec)).RunKey, OnConflict.Reject));
    }

    [Fact]
    public void A_graph_without_one_keeps_its_hash()
    {
        var json = SpecJson.Write(Of(new DagAttribute("d")));
        Assert.DoesNotContain("runKey", json, StringComparison.Ordinal);
        Assert.DoesNotContain("onConflict", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("customer", OnConflict.Join, "RunKey = \"customer\" names no argument of the DAG. There is: customerId, since, tags.")]
    [InlineData("tags", OnConflict.Join, "RunKey = \"tags\" is an argument of several values. A key is one text, number or Guid.")]
    [InlineData(null, OnConflict.Join, "OnConflict says what becomes of a second run of a key, and the DAG has no RunKey. Name an argument: RunKey = \"customerId\".")]
    public void What_is_no_key_is_refused_when_the_dag_is_loaded(string? key, OnConflict conflict, string why) =>
        Assert.Equal(why, Assert.Throws<DagDefinitionException>(() => Of(new DagAttribute("d") { RunKey = key, OnConflict = conflict })).Message);

    private static DagSpec Of(DagAttribute attribute)
    {
        var dag = new Customers();
        return DagBuilder.SpecOf(dag, attribute, "Customers", ArgumentsSchema.Of(dag));
    }

    private sealed record Customer(string CustomerId, DateOnly Since, string[] Tags);

    private sealed class Customers : Dag<Customer>
    {
        public override void Define(DagBuilder dag) => dag.Task("a", () => { });
    }
}
