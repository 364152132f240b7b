using Pipelines;

namespace Pipelines.EndToEnd.Dags;

/// <summary>Days of sales, whose ticks have all passed: backfills and people start it. A test holds its bodies by gates.</summary>
[Dag("walked", Cron = "0 0 * * *", Start = "2026-01-01", End = "2026-02-01", Catchup = Catchup.None, MaxActiveRuns = 8)]
public sealed class Walked : Dag<WalkedArguments>
{
    public override void Define(DagBuilder dag)
    {
        var rows = dag.Task(Extract);
        var loaded = dag.Task(Load, rows);
        dag.Task(Publish).After(loaded);
    }

    public async Task<int> Extract(TaskContext context)
    {
        await Gate.PassAsync("walk-extract", context.Cancellation);
        return Arguments.Rows;
    }

    /// <summary>Cannot load the third of January until it is mended.</summary>
    public void Load(int rows, TaskContext context)
    {
        for (var i = 1; i <= 300; i++)
            Console.WriteLine($"Batch {i} of {rows} rows for {Arguments.Region}");
        if (context.Interval.Start.UtcDateTime.Day == 3 && !Gate.IsOpen("walk-mended"))
            throw new InvalidOperationException("the table orders_20260103 is locked");
        Console.WriteLine("Loaded");
    }

    public void Publish()
    {
    }
}

/// <param name="Region">Where the sales were made.</param>
/// <param name="Rows">How many are loaded at once.</param>
public sealed record WalkedArguments(Region Region = Region.Emea, int Rows = 100);

public enum Region
{
    Emea, Apac,
}
