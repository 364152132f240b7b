using Pipelines;

namespace Calendar;

/// <summary>A schedule of the assembly's own that behaves when it is loaded, and afterwards as the test says.</summary>
[Dag("calendar", Start = "2026-01-01", Catchup = Catchup.All)]
public sealed class CalendarDag : Dag
{
    public override void Define(DagBuilder dag)
    {
        dag.Schedule(new Noons());
        dag.Task("only", () => 1);
    }
}

public sealed class Noons : ISchedule
{
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        switch (AppContext.GetData("calendar.trouble"))
        {
            case "throws":
                throw new InvalidOperationException("the calendar is gone");
            case "hangs":
                using (var never = new ManualResetEvent(initialState: false))
                    never.WaitOne();
                break;
        }

        var noon = new DateTimeOffset(after.UtcDateTime.Date.AddHours(12), TimeSpan.Zero);
        return noon > after ? noon : noon.AddDays(1);
    }
}
