using Pipelines;

namespace OrdersDemo;

/// <summary>
/// A tour of what a DAG can say. It needs nothing outside: the orders are made up, the same ones for the same date.
/// Read <see cref="Define"/> first; every method below it is one task.
/// </summary>
/// <remarks>
/// A usual run: <c>fetch_orders</c> fails once and is tried again; <c>notify_partner</c> fails for good, and
/// <c>mail_partner</c> makes up for it, so the run succeeds; one of the two shipping tasks is skipped.
/// </remarks>
[Dag("orders", Cron = "0 6 * * *", Start = "2026-01-01", MaxActiveRuns = 2,
    Description = "A tour on made-up orders: mapping, branching, retries, a skip, and a failure that is handled.")]
public sealed class OrdersDag : Dag<OrdersArguments>
{
    /// <inheritdoc/>
    public override void Define(DagBuilder dag)
    {
        // Policies of every task below that doesn't set its own.
        dag.Defaults(timeout: TimeSpan.FromMinutes(1));

        var orders = dag.Task(FetchOrders).Retry(2, TimeSpan.FromSeconds(1));

        // One instance per order, at most 4 of a run at once, and all runs together within the slots of the pool.
        var priced = dag.Map(PriceOrder, orders, maxParallel: 4).Pool("pricing").Timeout(TimeSpan.FromSeconds(10));

        // The reduction: it takes all results of the mapped task, in the order of the orders.
        var totals = dag.Task(AddUp, priced).Priority(10);

        // The branch: a task returns a value, When compares it. What is not chosen is skipped.
        var route = dag.Task(ChooseRoute, totals);
        var freight = dag.Task(BookFreight, totals).When(route, Route.Freight);
        var parcels = dag.Task(PrintLabels, priced).When(route, Route.Parcels);

        // A body may skip itself as well.
        var gifts = dag.Task(WrapGifts, priced);

        // A failure that is handled: mail_partner runs only when notify_partner has failed, and its success makes up for it.
        var notified = dag.Task(NotifyPartner, totals).Retry(1, TimeSpan.FromSeconds(1));
        dag.Task(MailPartner).After(notified).TriggerRule(TriggerRule.OneFailed);

        // The join: skipped branches are fine, failed ones are not. Ready last, it also goes last.
        dag.Task(CloseDay, totals).After(freight, parcels, gifts).TriggerRule(TriggerRule.NoneFailed).Priority(-10);
    }

    /// <summary>Fails on its first attempt, as a busy service would; <c>Retry</c> brings the second.</summary>
    public IReadOnlyList<Order> FetchOrders(TaskContext context)
    {
        if (context.Attempt == 1)
            throw new TimeoutException("The shop did not answer in time (it never does at first).");
        return Order.MakeUp(DateOnly.FromDateTime(context.Interval.Start.UtcDateTime), Arguments.Orders);
    }

    /// <summary>Runs once for each order; <c>MapIndex</c> says which.</summary>
    public async Task<PricedOrder> PriceOrder(Order order, TaskContext context)
    {
        // Stands for a slow service. The token ends the wait when the run is cancelled or the attempt takes too long.
        await Task.Delay(TimeSpan.FromMilliseconds(20), context.Cancellation);
        context.Logger.LogInformation("Order {Number}, element {Index} of the map, is priced", order.Number, context.MapIndex);
        return order.Price();
    }

    /// <summary>No context needed, none taken: a body takes what it uses.</summary>
    public Totals AddUp(IReadOnlyList<PricedOrder> orders) =>
        new(orders.Count, orders.Sum(o => o.Order.Kilos), orders.Sum(o => o.Amount));

    /// <summary>The branch is decided by the run's arguments and an output.</summary>
    public Route ChooseRoute(Totals totals) => totals.Kilos >= Arguments.FreightFromKilos ? Route.Freight : Route.Parcels;

    /// <summary>Progress shows in the console while the task runs.</summary>
    public void BookFreight(Totals totals, TaskContext context)
    {
        context.Progress(50, "asking for a lorry");
        context.Logger.LogInformation("A lorry for {Kilos} kg", totals.Kilos);
        context.Progress(100, "booked");
    }

    /// <summary>What a body prints is in its log too, so that code you already have needs no change.</summary>
    public void PrintLabels(IReadOnlyList<PricedOrder> orders)
    {
        foreach (var priced in orders)
            Console.WriteLine($"label {priced.Order.Number}: {priced.Order.Kilos} kg");
    }

    /// <summary>Nothing to do is not a failure: the task is skipped and says why.</summary>
    public int WrapGifts(IReadOnlyList<PricedOrder> orders, TaskContext context)
    {
        var gifts = orders.Count(o => o.Order.Gift);
        return gifts > 0 ? gifts : throw context.Skip("no order is a gift");
    }

    /// <summary>An exception is tried again as <c>Retry</c> says; <c>context.Fail</c> ends the task at once.</summary>
    public void NotifyPartner(Totals totals, TaskContext context)
    {
        if (Arguments.PartnerIsDown)
            throw context.Fail("The partner's service is closed for today; asking again would not help.");
        context.Logger.LogInformation("The partner knows of {Count} orders", totals.Count);
    }

    /// <summary>The way out when the partner cannot be reached. It takes no outputs: after a failure there may be none.</summary>
    public void MailPartner(TaskContext context) =>
        context.Logger.LogWarning("Mail to the partner, once for all attempts: {Key}", context.IdempotencyKey);

    /// <summary>The last task's output is what the day came to.</summary>
    public Totals CloseDay(Totals totals, TaskContext context)
    {
        context.Logger.LogInformation("{Count} orders, {Kilos} kg, {Amount} EUR", totals.Count, totals.Kilos, totals.Amount);
        return totals;
    }
}
