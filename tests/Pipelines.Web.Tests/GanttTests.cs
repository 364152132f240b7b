using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;
using Pipelines.Web.Views.Gantt;

namespace Pipelines.Web.Tests;

public sealed class GanttTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 1, 0, 0, TimeSpan.Zero);

    [Fact]
    public void States_become_bars_and_what_is_not_told_is_filled_in()
    {
        List<StateMove> moves =
        [
            Move(5, 1, 'q', 'r'), Move(10, 1, 'r', 'y'), Move(20, 2, 'y', 'q'), Move(22, 2, 'q', 'r'), Move(25, 2, 'r', 'q'), Move(26, 3, 'q', 'r'),
        ];
        var bars = GanttBar.Of(moves, Row('r'), At(0), At(30));
        Assert.Equal(
            ["Queued q 0-5", "Attempt f 5-10", "RetryWait y 10-20", "Queued q 20-22", "Attempt x 22-25", "Queued q 25-26", "Attempt r 26-30 live"],
            bars.Select(bar => $"{bar.Kind} {bar.State} {Second(bar.From)}-{Second(bar.To)}{(bar.Live ? " live" : "")}"));
        Assert.Equal([1, 2, 3], bars.Where(bar => bar.Kind == BarKind.Attempt).Select(bar => (int)bar.Attempt));
    }

    [Fact]
    public void Without_history_the_last_attempt_is_drawn()
    {
        var bar = Assert.Single(GanttBar.Of([], Row('s') with { StartedAt = At(3), FinishedAt = At(9) }, At(0), At(30)));
        Assert.Equal((BarKind.Attempt, 's', 3, 9), (bar.Kind, bar.State, Second(bar.From), Second(bar.To)));
        Assert.Empty(GanttBar.Of([], Row('u'), At(0), At(30)));
    }

    [Fact]
    public void Idle_time_over_a_fifth_of_what_is_shown_is_cut()
    {
        var axis = GanttAxis.Of(At(0), At(1000), [(At(0), At(10)), (At(500), At(510)), (At(513), At(520)), (At(990), At(1000))]);
        Assert.Equal([490, 470], axis.Cuts.Select(cut => (int)cut.Length.TotalSeconds));
        Assert.Equal(40, axis.Shown.TotalSeconds);
        Assert.Equal(100, axis.X(At(1000)), 3);
        Assert.Equal(axis.X(At(500)), axis.X(At(10)) + GanttAxis.CutPercent, 3);
        Assert.True(axis.X(At(255)) > axis.X(At(10)) && axis.X(At(255)) < axis.X(At(500)));
        Assert.Empty(GanttAxis.Of(At(0), At(1000), [(At(0), At(400)), (At(590), At(1000))]).Cuts);
        Assert.Empty(GanttAxis.Of(At(0), At(1000), []).Cuts);
    }

    [Fact]
    public void Positions_never_go_back_and_ticks_stand_on_round_times_of_the_zone()
    {
        var random = new Random(7);
        for (var n = 0; n < 200; n++)
        {
            var end = Math.Pow(10, (random.NextDouble() * 8) - 2);
            var busy = Enumerable.Range(0, random.Next(6)).Select(_ => random.NextDouble() * end).Select(at => (At(at), At(at + (random.NextDouble() * end / 9)))).ToList();
            var axis = GanttAxis.Of(At(0), At(end), busy);
            var xs = Enumerable.Range(0, 101).Select(i => axis.X(At(end * i / 100))).ToList();
            Assert.Equal(xs.Order(), xs);
            Assert.All(xs, x => Assert.InRange(x, 0, 100));
            var ticks = axis.Ticks(DateTimeZoneProviders.Tzdb["Asia/Kathmandu"]).ToList();
            Assert.InRange(ticks.Count, 0, 14);
            Assert.All(ticks.Zip(ticks.Skip(1)), pair => Assert.True(pair.Second.X - pair.First.X > 7));
        }

        var labels = GanttAxis.Of(At(0), At(3600), [(At(0), At(3600))]).Ticks(DateTimeZoneProviders.Tzdb["Asia/Kathmandu"]).Select(tick => tick.Label);
        Assert.Equal(["06:50", "07:00", "07:10", "07:20", "07:30", "07:40"], labels);
    }

    [Fact]
    public void The_critical_path_goes_back_along_what_ended_last()
    {
        var spec = World.Chain("path", "a") with
        {
            Tasks = [Task("a"), Task("b"), Task("c", "a", "b"), Task("blocked", "c"), Task("d", "blocked"), Task("e", "a")],
        };
        var (path, length) = CriticalPath.Of(spec, new Dictionary<string, (DateTimeOffset, DateTimeOffset)>
        {
            ["a"] = (At(0), At(5)), ["b"] = (At(1), At(9)), ["c"] = (At(10), At(12)), ["d"] = (At(12), At(20)), ["e"] = (At(5), At(19)),
        });
        Assert.Equal(["b", "c", "d"], path.Order());
        Assert.Equal(19, length.TotalSeconds);
    }

    [Fact]
    public void Groups_may_lie_in_groups()
    {
        string[] tasks = ["a.b.x", "a.y", "z", "c.q"];
        var groups = TaskGroups.Of(tasks, null);
        Assert.Equal(["a", "a.b", "c"], groups.All);
        Assert.Null(groups.HiddenBy("a.b.x"));
        Assert.Equal("a,c", groups.Toggled("a.b"));
        var some = TaskGroups.Of(tasks, "a.b,c,nope");
        Assert.Equal("a", some.HiddenBy("a.b.x"));
        Assert.Null(some.HiddenBy("c.q"));
        Assert.Equal(".", TaskGroups.Of(tasks, "c").Toggled("c"));
        Assert.Equal(["a", "a.b", "c"], TaskGroups.Of(tasks, groups.With(open: true)).Open.Order());
        Assert.Empty(TaskGroups.Of(tasks, ".").Open);
        Assert.Equal('f', TaskGroups.StateOf("ssfu"));
        Assert.Equal('s', TaskGroups.StateOf("sks"));
        Assert.Equal('n', TaskGroups.StateOf(""));
    }

    private static DateTimeOffset At(double second) => Start.AddSeconds(second);

    private static int Second(DateTimeOffset at) => (int)(at - Start).TotalSeconds;

    private static StateMove Move(int second, short attempt, char from, char to) => new(0, At(second), attempt, from, to, null, null);

    private static TaskSpec Task(string id, params string[] upstreams) => new() { Id = id, Upstreams = [.. upstreams.Select(up => new EdgeSpec(up))] };

    private static InstanceRow Row(char state) => new(new InstanceKey(1, 0, -1), "t", state, 1, 1, 0, 0, 0, 0, 0, null, null, null, null, null, null, null);
}
