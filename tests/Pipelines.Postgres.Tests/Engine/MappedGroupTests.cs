using System.Runtime.Versioning;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Mapped groups: element i of a task waits for element i of its upstreams in the group, and for nobody else's.</summary>
[SupportedOSPlatform("linux")]
public sealed class MappedGroupTests(World world) : EngineTest(world)
{
    private const string Group = "list; load* < list; sum* < list #load; total < sum";

    [Fact]
    public async Task An_element_goes_on_while_its_neighbours_are_behind()
    {
        var (run, hand) = await StartAsync(Group, "[1,2,3]");
        Assert.Equal(("qqq", "nnn"), (await World.ElementsAsync(run, "load"), await World.ElementsAsync(run, "sum")));
        await hand.TakeAsync();
        var reply = await hand.EndAsync(World.Key(run, "load", 1), want: 5);
        Assert.Equal(World.Key(run, "sum", 1), Assert.Single(reply.Assignments).Key);
        Assert.Equal(("rsr", "nrn"), (await World.ElementsAsync(run, "load"), await World.ElementsAsync(run, "sum")));
        foreach (var index in new[] { 0, 2 })
            await hand.EndAsync(World.Key(run, "load", index), want: 5);
        foreach (var index in new[] { 2, 1, 0 })
            await hand.EndAsync(World.Key(run, "sum", index), want: 5);
        Assert.Equal("r:sssr", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_failed_element_stops_its_own_line_and_no_other()
    {
        var (run, hand) = await StartAsync(Group, "[1,2]");
        await hand.TakeAsync();
        await hand.EndAsync(World.Key(run, "load", 0), 'f');
        await hand.EndAsync(World.Key(run, "load", 1), want: 1);
        await hand.EndAsync(World.Key(run, "sum", 1));
        Assert.Equal(("fs", "us"), (await World.ElementsAsync(run, "load"), await World.ElementsAsync(run, "sum")));
        Assert.Equal("f:sfuu", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_rule_decides_element_by_element()
    {
        var (run, hand) = await StartAsync("list; load* < list; mend*:OneFailed < list #load; both*:AllDone < list #load #mend", "[1,2]");
        await hand.TakeAsync();
        await hand.EndAsync(World.Key(run, "load", 0), 'f', want: 1);
        await hand.EndAsync(World.Key(run, "load", 1), want: 1);
        Assert.Equal(("rk", "nr"), (await World.ElementsAsync(run, "mend"), await World.ElementsAsync(run, "both")));
        await hand.EndAsync(World.Key(run, "mend", 0), want: 1);
        await hand.EndAsync(World.Key(run, "both", 0));
        await hand.EndAsync(World.Key(run, "both", 1));
        Assert.Equal("s:sfss", await World.StateAsync(run));                // mended
    }

    [Fact]
    public async Task A_task_of_the_group_that_waits_for_something_outside_finds_what_has_ended_by_then()
    {
        var (run, hand) = await StartAsync("list; outside; load* < list; sum* < list outside #load", "[1,2,3]");
        await hand.TakeAsync();
        await hand.EndAsync(World.Key(run, "load", 0));
        await hand.EndAsync(World.Key(run, "load", 1), 'f');
        Assert.Equal("", await World.ElementsAsync(run, "sum"));
        await hand.EndAsync(run, "outside");
        Assert.Equal("qun", await World.ElementsAsync(run, "sum"));
        await hand.EndAsync(World.Key(run, "load", 2));
        Assert.Equal("quq", await World.ElementsAsync(run, "sum"));
    }

    [Theory]
    [InlineData('f', "uuu", "f:sfuu")]
    [InlineData('k', "kkk", "s:skkk")]
    public async Task An_upstream_that_never_had_elements_counts_for_every_index(char outside, string elements, string states)
    {
        var (run, hand) = await StartAsync("list; outside; load* < list outside; sum* < list #load", "[1,2,3]");
        await hand.TakeAsync();
        Assert.Equal("nnn", await World.ElementsAsync(run, "sum"));
        await hand.EndAsync(run, "outside", outside);
        Assert.Equal(elements, await World.ElementsAsync(run, "sum"));
        Assert.Equal(states, await World.StateAsync(run));
    }

    [Fact]
    public async Task A_branch_is_taken_by_the_value_of_the_same_element()
    {
        var (run, hand) = await StartAsync("list; ask* < list; yes* < list #ask=yes; no* < list #ask=no", "[1,2]");
        await hand.TakeAsync();
        await hand.EndAsync(World.Key(run, "ask", 0), 's', "\"yes\"");
        await hand.EndAsync(World.Key(run, "ask", 1), 's', "\"no\"");
        Assert.Equal(("qk", "kq"), (await World.ElementsAsync(run, "yes"), await World.ElementsAsync(run, "no")));
    }

    private async Task<(long Run, Hand Hand)> StartAsync(string graph, string list)
    {
        var run = await World.RunOfAsync(graph);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "list", 's', list);
        return (run, hand);
    }
}
