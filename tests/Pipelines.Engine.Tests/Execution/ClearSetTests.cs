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

    private static string Shown(InstanceKey key) => Spec.Tasks[key.TaskNo].Id + (key.MapIndex < 0 ? "" : $"[{key.MapIndex}]");
}
