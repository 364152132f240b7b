using Pipelines;
using Pipelines.EndToEnd.Dags;

namespace Examples;

/// <summary>What the examples of the help speak of. Its second task is held by a gate.</summary>
[Dag("orders_daily", Cron = "0 2 * * *", Start = "2025-06-01", Catchup = Catchup.None, MaxActiveRuns = 4)]
public sealed class OrdersDaily : Dag<OrdersArguments>
{
    public override void Define(DagBuilder dag)
    {
        dag.Notify(NotifyOn.Failure, "on-call");
        var orders = dag.Task(Extract);
        dag.Task(Load, orders).Pool("warehouse").Produces(new Asset("warehouse/orders"));
    }

    public int Extract() => 1000 * Arguments.Days;

    public async Task<int> Load(int orders, TaskContext context)
    {
        Console.WriteLine($"{orders} orders");
        await context.Step("insert", () => Task.CompletedTask);
        return await Gate.PassAsync("orders", context.Cancellation);
    }
}

/// <summary>Whose customers take turns.</summary>
[Dag("parcels", FairnessKey = "customer", FairnessWeight = "tier")]
public sealed class Parcels : Dag<ParcelArguments>
{
    public override void Define(DagBuilder dag) => dag.Task(Send);

    public string Send() => Arguments.Customer;
}

/// <summary>What asks and waits in them.</summary>
[Dag("ledger_close")]
public sealed class LedgerClose : Dag
{
    public override void Define(DagBuilder dag)
    {
        var book = dag.Task(Book).Undo(TakeBack);
        var shipped = dag.Signal<int>("shipped", TimeSpan.FromDays(14));
        var decision = dag.Approval("post_adjustments", "Post these adjustments?", book);
        dag.Task(Tell).After(shipped, decision);
    }

    public int Book() => 7;

    public void TakeBack(int booked) => Console.WriteLine($"{booked} taken back");

    public void Tell()
    {
    }
}

/// <param name="Customer">Who has sent it.</param>
/// <param name="Tier">How many turns theirs have.</param>
public sealed record ParcelArguments(string Customer = "nobody", int Tier = 1);

/// <param name="Days">How many are looked at.</param>
public sealed record OrdersArguments(int Days = 1);
