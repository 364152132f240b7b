namespace Pipelines.Engine.Tests.Sdk;

/// <summary>Notify and Deadline, as Define says them.</summary>
public sealed class ReactionTests
{
    [Fact]
    public void A_DAG_and_a_task_name_channels_and_what_they_are_told_of()
    {
        var spec = SpecOf(dag =>
        {
            dag.Notify(NotifyOn.Failure, "on-call", "data").Notify(NotifyOn.Cancellation, "on-call").Deadline(TimeSpan.FromHours(4), DeadlineFrom.ScheduledFor, "on-call");
            dag.Task("a", () => 1).Notify(NotifyOn.Failure | NotifyOn.Retry, "data").Deadline(TimeSpan.FromMinutes(5), DeadlineFrom.Started, "data").Deadline(TimeSpan.FromMinutes(5), DeadlineFrom.Started, "data");
            dag.Task("b", () => 1);
        });
        Assert.Equal([new("on-call", NotifyOn.Failure | NotifyOn.Cancellation), new("data", NotifyOn.Failure)], spec.Notify!);
        Assert.Equal([new("on-call", 14_400, DeadlineFrom.ScheduledFor)], spec.Deadlines!);
        Assert.Equal([new("data", NotifyOn.Failure | NotifyOn.Retry)], spec.Tasks[0].Notify!);
        Assert.Equal([new("data", 300, DeadlineFrom.Started)], spec.Tasks[0].Deadlines!);
        Assert.Equal((null, null), (spec.Tasks[1].Notify, spec.Tasks[1].Deadlines));
        Assert.Equal(SpecJson.Hash(spec), SpecJson.Hash(SpecJson.Read(SpecJson.Write(spec))));
    }

    [Fact]
    public void Retries_that_the_DAG_tells_of_are_those_of_its_tasks()
    {
        var spec = SpecOf(dag =>
        {
            dag.Notify(NotifyOn.Failure | NotifyOn.Retry, "one").Notify(NotifyOn.Retry, "two");
            dag.Task("a", () => 1).Notify(NotifyOn.Failure, "one");
        });
        Assert.Equal([new("one", NotifyOn.Failure)], spec.Notify!);
        Assert.Equal([new("one", NotifyOn.Failure | NotifyOn.Retry), new("two", NotifyOn.Retry)], spec.Tasks[0].Notify!);
    }

    [Fact]
    public void Who_tells_nobody_has_the_hash_of_before() =>
        Assert.DoesNotContain("notify", SpecJson.Write(SpecOf(dag => dag.Task("a", () => 1))), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void What_cannot_be_told_is_refused()
    {
        Refused("names no channel", dag => dag.Notify(NotifyOn.Failure));
        Refused("the channel name 'on call' must be", dag => dag.Notify(NotifyOn.Failure, "on call"));
        Refused("needs what to tell", dag => dag.Notify(0, "x"));
        Refused("needs what to tell", dag => dag.Task("a", () => 1).Notify((NotifyOn)32, "x"));
        Refused("Task 'a': a deadline must be later", dag => dag.Task("a", () => 1).Deadline(TimeSpan.Zero, DeadlineFrom.Queued, "x"));
        Refused("The DAG: a deadline must be later", dag => dag.Deadline(TimeSpan.FromHours(1), (DeadlineFrom)7, "x"));
    }

    private static void Refused(string part, Action<DagBuilder> define) =>
        Assert.Contains(part, Assert.Throws<DagDefinitionException>(() => SpecOf(define)).Message, StringComparison.Ordinal);

    private static DagSpec SpecOf(Action<DagBuilder> define) => DagBuilder.SpecOf(new Defined(define), new DagAttribute("d"), "T", null);

    private sealed class Defined(Action<DagBuilder> define) : Dag
    {
        public override void Define(DagBuilder dag) => define(dag);
    }
}
