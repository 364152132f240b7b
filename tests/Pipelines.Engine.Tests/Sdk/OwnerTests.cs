namespace Pipelines.Engine.Tests.Sdk;

public sealed class OwnerTests
{
    [Fact]
    public void Owner_and_tags_are_trimmed_and_each_tag_counts_once()
    {
        var spec = SpecOf(new DagAttribute("d") { Owner = " Sales data ", Tags = ["sales", " tier-1 ", "sales", " "] });
        Assert.Equal("Sales data", spec.Owner);
        Assert.Equal(["sales", "tier-1"], spec.Tags!);
        Assert.Equal(SpecJson.Hash(spec), SpecJson.Hash(SpecJson.Read(SpecJson.Write(spec))));
    }

    [Fact]
    public void A_graph_without_them_keeps_the_hash_that_it_had()
    {
        var bare = SpecOf(new DagAttribute("d"));
        Assert.Equal((null, null), (bare.Owner, bare.Tags));
        Assert.Equal(SpecJson.Hash(bare), SpecJson.Hash(SpecOf(new DagAttribute("d") { Owner = " ", Tags = ["", " "] })));
    }

    private static DagSpec SpecOf(DagAttribute attribute) => DagBuilder.SpecOf(new Empty(), attribute, "T", null);

    private sealed class Empty : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
    }
}
