using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Execution;

public sealed class ClearSetTests
{
    private static readonly DagSpec Spec = new()
    {
        Id = "d", Type = "D",
        Tasks =
        [
            new TaskSpec { Id = "make" },
            new TaskSpec { Id = "list", Upstreams = [new("make")] },
            new TaskSpec { Id = "load", Over = "list", Upstreams = [new("list")] },
            new TaskSpec { Id = "sum", Over = "list", Upstreams = [new("list"), new("load", null, EdgeKind.Index)] },
            new TaskSpec { Id = "total", Upstreams = [new("sum")] },
            new TaskSpec { Id = "drop", Role = TaskRole.Teardown, Upstreams = [new("make"), new("total", null, EdgeKind.Wait)] },
            new TaskSpec { Id = "other" },
        ],
    };

    [Theory]
    [InlineData("list", -1, true, "make list load sum total drop")]
    [InlineData("load", 2, true, "make load[2] sum[2] total drop")]
    [InlineData("load", 2, false, "load[2]")]
    [InlineData("drop", -1, true, "make drop")]
    [InlineData("other", -1, true, "other")]
    public void Clearing_takes_what_is_below_and_the_setups_of_teardowns(string task, int index, bool downstream, string cleared) =>
        Assert.Equal(cleared, string.Join(' ', ClearSet.Of(1, Spec, task, index, downstream).Select(Shown)));

    // What make made is gone, so it is made anew, with the work on the way from it.
    [Theory]
    [InlineData("more", false, false, "make work more drop")]
    [InlineData("work", false, false, "make work drop")]
    [InlineData("beside", false, false, "make beside drop")]
    [InlineData("after", false, false, "after")]
    [InlineData("after", false, true, "before make work more beside drop after")]
    [InlineData("before", true, false, "before make work more beside drop after")]
    public void Whoever_lies_in_the_scope_of_a_teardown_takes_its_setups_along(string task, bool downstream, bool upstream, string cleared)
    {
        var scoped = Spec with
        {
            Tasks =
            [
                new TaskSpec { Id = "before" }, new TaskSpec { Id = "make", Upstreams = [new("before")] },
                new TaskSpec { Id = "work", Upstreams = [new("make")] }, new TaskSpec { Id = "more", Upstreams = [new("work")] }, new TaskSpec { Id = "beside", Upstreams = [new("make")] },
                new TaskSpec { Id = "drop", Role = TaskRole.Teardown, Upstreams = [new("make"), new("work", null, EdgeKind.Wait), new("more", null, EdgeKind.Wait), new("beside", null, EdgeKind.Wait)] },
                new TaskSpec { Id = "after", Upstreams = [new("more"), new("beside")] },
            ],
        };
        var keys = ClearSet.Of(1, scoped, [task], -1, downstream, upstream);
        Assert.Equal(cleared, string.Join(' ', keys.Select(key => scoped.Tasks[key.TaskNo].Id)));
    }

    [Fact]
    public void Only_what_failed_may_be_elements_of_a_task()
    {
        var failed = new[] { new InstanceKey(1, 2, 1), new InstanceKey(1, 2, 4) };
        var keys = ClearSet.Of(1, Spec, ["other", "load"], -1, false, false, key => failed.Where(one => one.TaskNo == key.TaskNo));
        Assert.Equal("load[1] load[4]", string.Join(' ', keys.Select(Shown)));
    }

    private static string Shown(InstanceKey key) => Spec.Tasks[key.TaskNo].Id + (key.MapIndex < 0 ? "" : $"[{key.MapIndex}]");
}
