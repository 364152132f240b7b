using System.Text.Json;
using Pipelines;

namespace Pipelines.EndToEnd.Dags;

/// <summary>Bodies that nobody should write, each a task of its own kind.</summary>
[Dag("throws")]
public sealed class Throws : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public int Only() => throw new InvalidOperationException("the moon is\nin the wrong house");
}

/// <summary>Blocks its thread past its timeout and past its cancellation, until the test lets it go.</summary>
[Dag("never_ends")]
public sealed class NeverEnds : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only).Timeout(TimeSpan.FromSeconds(1));

    public void Only() => SpinWait.SpinUntil(() =>
    {
        Thread.Sleep(50);
        return Gate.IsOpen("never");
    });
}

public sealed class Loop
{
    public Loop Self => this;
}

[Dag("returns_a_loop")]
public sealed class ReturnsALoop : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public Loop Only() => new();
}

[Dag("returns_2_mb")]
public sealed class Returns2Mb : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public string Only() => new('x', 2_000_000);
}

/// <summary>Valid JSON that PostgreSQL's jsonb does not take.</summary>
[Dag("returns_a_number_too_large")]
public sealed class ReturnsANumberTooLarge : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public JsonElement Only() => JsonDocument.Parse("1e999999").RootElement;
}

[Dag("returns_half_a_character")]
public sealed class ReturnsHalfACharacter : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public JsonElement Only() => JsonDocument.Parse("""{"half":"\ud800"}""").RootElement;
}

[Dag("writes_110_mb")]
public sealed class Writes110Mb : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public void Only()
    {
        var line = new string('x', 999_000);
        for (var i = 0; i < 110; i++)
            Console.WriteLine(line);
    }
}

/// <summary>Its schedule has one moment, until a test opens the gate: then it throws, with other words every time.</summary>
[Dag("misbehaves")]
public sealed class Misbehaves : Dag, ISchedule
{
    private static int _asked;

    public override void Define(DagBuilder dag)
    {
        dag.Schedule((ISchedule)this);
        dag.Task(Only);
    }

    public DateTimeOffset? Next(DateTimeOffset after)
    {
        if (Gate.IsOpen("misbehave"))
            throw new InvalidOperationException($"Asked {Interlocked.Increment(ref _asked)} times too often.");
        return after < Far ? Far : null;
    }

    public void Only()
    {
    }

    private static DateTimeOffset Far { get; } = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
