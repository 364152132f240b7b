using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Stores;

[SupportedOSPlatform("linux")]
public sealed class CatalogTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task An_id_that_a_folder_holds_is_refused_to_another_until_it_is_given_up()
    {
        var (spec, other) = (Graph.Parse("d", "a"), Graph.Parse("d", "a; b < a"));
        var held = await World.DagAsync(spec);
        var taken = await Assert.ThrowsAsync<DagIdTakenException>(() => World.Catalog.RegisterAsync("there/test", World.Bundle, other, default));
        Assert.Contains("here/test", taken.Message, StringComparison.Ordinal);
        Assert.Equal(["here/test"], await World.ListAsync<string>("select source from dag"));
        Assert.Equal([held.VersionId], await World.ListAsync<int>("select version_id from dag_version"));

        Assert.Equal(["d"], await World.Catalog.RetireAsync("here/test", [], default));
        Assert.Equal(held.DagNo, (await World.Catalog.RegisterAsync("there/test", World.Bundle, other, default)).DagNo);
        await Assert.ThrowsAsync<DagIdTakenException>(() => World.Catalog.RegisterAsync("here/test", World.Bundle, spec, default));
    }
}
