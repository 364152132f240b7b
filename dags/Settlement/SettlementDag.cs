using Pipelines;

namespace Settlement;

/// <summary>Settles what was traded since the close of the business day before: one day, three over a weekend, more over holidays.</summary>
[Dag("settlement", TimeZone = "America/New_York", Description = "A schedule of our own: the close of each business day, with a list of holidays.")]
public sealed class SettlementDag : Dag
{
    private static readonly DateOnly[] Holidays =
    [
        new(2026, 1, 1), new(2026, 1, 19), new(2026, 2, 16), new(2026, 4, 3), new(2026, 5, 25), new(2026, 6, 19), new(2026, 7, 3),
        new(2026, 9, 7), new(2026, 11, 26), new(2026, 12, 25), new(2027, 1, 1),
    ];

    public static BusinessDays Calendar { get; } = new(new TimeOnly(18, 0), "America/New_York", Holidays);

    public override void Define(DagBuilder dag)
    {
        dag.Schedule(Calendar);
        dag.Jitter(TimeSpan.FromMinutes(2));
        dag.AutoPause(after: 3);
        var trades = dag.Task(CountTrades);
        dag.Task(Settle, trades);
    }

    /// <summary>Stands for a query over the interval: the longer since the last close, the more there is.</summary>
    public int CountTrades(TaskContext context) => (int)(context.Interval.End - context.Interval.Start).TotalHours * 10;

    public string Settle(int trades, TaskContext context)
    {
        context.Logger.LogInformation("Settled {Trades} trades of {Hours} hours", trades, (context.Interval.End - context.Interval.Start).TotalHours);
        return $"{trades} settled";
    }
}
