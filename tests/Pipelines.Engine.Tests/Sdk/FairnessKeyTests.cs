namespace Pipelines.Engine.Tests.Sdk;

public sealed class FairnessKeyTests
{
    [Fact]
    public void Key_and_weight_are_arguments_by_their_names_in_json()
    {
        var spec = Of(new DagAttribute("d") { FairnessKey = "customerid", FairnessWeight = "Tier" });
        Assert.Equal(("customerId", "tier"), (spec.FairnessKey, spec.FairnessWeight));
        var read = SpecJson.Read(SpecJson.Write(spec));
        Assert.Equal(("customerId", "tier"), (read.FairnessKey, read.FairnessWeight));
        Assert.Null(Of(new DagAttribute("d") { FairnessKey = "customerId" }).FairnessWeight);
    }

    [Fact]
    public void A_graph_without_one_keeps_its_hash() => Assert.DoesNotContain("\"fairness", SpecJson.Write(Of(new DagAttribute("d"))), StringComparison.OrdinalIgnoreCase);

    [Theory]
    [InlineData("customer", null, "FairnessKey = \"customer\" names no argument of the DAG. There is: customerId, tier, tags.")]
    [InlineData("tags", null, "FairnessKey = \"tags\" is an argument of several values. A key is one text, number or Guid.")]
    [InlineData("customerId", "tiers", "FairnessWeight = \"tiers\" names no argument of the DAG. There is: customerId, tier, tags.")]
    [InlineData("tier", "customerId", "FairnessWeight = \"customerId\" is an argument that is no number. A weight is a number of 0.001 to 1000.")]
    [InlineData(null, "tier", "FairnessWeight says how many turns a value of the FairnessKey has, and the DAG has none. Name an argument: FairnessKey = \"customer\".")]
    public void What_cannot_be_is_refused_when_the_dag_is_loaded(string? key, string? weight, string why) =>
        Assert.Equal(why, Assert.Throws<DagDefinitionException>(() => Of(new DagAttribute("d") { FairnessKey = key, FairnessWeight = weight })).Message);

    private static DagSpec Of(DagAttribute attribute)
    {
        var dag = new Orders();
        return DagBuilder.SpecOf(dag, attribute, "Orders", ArgumentsSchema.Of(dag));
    }

    private sealed record Order(string CustomerId, int Tier, string[] Tags);

    private sealed class Orders : Dag<Order>
    {
        public override void Define(DagBuilder dag) => dag.Task("a", () => { });
    }
}
