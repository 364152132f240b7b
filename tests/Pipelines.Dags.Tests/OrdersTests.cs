using OrdersDemo;

namespace Pipelines.Dags.Tests;

public sealed class OrdersTests
{
    private readonly OrdersDag _dag = new OrdersDag().With("""{"orders": 5, "freightFromKilos": 50}""");

    [Fact]
    public void The_graph_can_be_defined() => ByHand.Define(new OrdersDag());

    [Fact]
    public void Fetch_fails_at_first_and_then_always_gives_the_same_orders()
    {
        Assert.Throws<TimeoutException>(() => _dag.FetchOrders(ByHand.Day("2026-01-01")));

        var orders = _dag.FetchOrders(ByHand.Day("2026-01-01", attempt: 2));
        Assert.Equal(5, orders.Count);
        Assert.Equal(orders, _dag.FetchOrders(ByHand.Day("2026-01-01", attempt: 3)));
        Assert.NotEqual(orders, _dag.FetchOrders(ByHand.Day("2026-01-02", attempt: 2)));
    }

    [Theory]
    [InlineData(50, Route.Freight)]
    [InlineData(49, Route.Parcels)]
    public void The_weight_chooses_the_route(int kilos, Route route) => Assert.Equal(route, _dag.ChooseRoute(new Totals(1, kilos, 1)));

    [Fact]
    public void Both_routes_are_taken_in_the_first_month()
    {
        var usual = new OrdersDag().With("{}");
        var routes = Enumerable.Range(1, 31).Select(day => usual.FetchOrders(ByHand.Day(new DateOnly(2026, 1, day), attempt: 2)))
            .Select(orders => usual.ChooseRoute(usual.AddUp([.. orders.Select(o => o.Price())])));
        Assert.Equal([Route.Freight, Route.Parcels], routes.Distinct().Order());
    }

    [Fact]
    public async Task Prices_add_up()
    {
        var one = await _dag.PriceOrder(new Order("1", 2, false), ByHand.Day("2026-01-01"));
        var two = await _dag.PriceOrder(new Order("2", 4, false), ByHand.Day("2026-01-01"));
        Assert.Equal(new Totals(2, 6, 17.30m), _dag.AddUp([one, two]));
    }

    [Fact]
    public void Without_gifts_wrapping_is_skipped()
    {
        Assert.Throws<SkipTaskException>(() => _dag.WrapGifts([new(new Order("1", 2, Gift: false), 1)], ByHand.Day("2026-01-01")));
        Assert.Equal(1, _dag.WrapGifts([new(new Order("1", 2, Gift: true), 1)], ByHand.Day("2026-01-01")));
    }

    [Fact]
    public void The_partner_refuses_unless_told_otherwise()
    {
        Assert.Throws<FailTaskException>(() => _dag.NotifyPartner(new Totals(1, 1, 1), ByHand.Day("2026-01-01")));
        new OrdersDag().With("""{"partnerIsDown": false}""").NotifyPartner(new Totals(1, 1, 1), ByHand.Day("2026-01-01"));
    }
}
