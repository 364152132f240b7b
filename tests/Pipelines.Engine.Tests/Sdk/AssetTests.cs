using Pipelines.Engine.Scheduling;
using static Pipelines.Engine.Tests.Sdk.Graph;

namespace Pipelines.Engine.Tests.Sdk;

public sealed class AssetTests
{
    private static readonly Asset Orders = new("warehouse/orders");
    private static readonly Asset Rates = new("s3://bank/rates");
    private static readonly Asset Prices = new("prices");

    [Fact]
    public void What_is_produced_and_waited_for_is_data_and_leaves_other_graphs_alone()
    {
        var spec = Of(dag =>
        {
            dag.Task("one", () => 1).Produces(new Asset("a"), new Asset("b")).Produces(new Asset("a"));
            dag.Schedule(Orders & Rates);
        });
        Assert.Equal(["a", "b"], spec.Task("one").Produces!);
        var read = SpecJson.Read(SpecJson.Write(spec));
        Assert.Equal(SpecJson.Write(spec), SpecJson.Write(read));
        Assert.Equal(["warehouse/orders", "s3://bank/rates"], read.Assets!.Names);
        Assert.DoesNotContain("\"names\"", SpecJson.Write(spec), StringComparison.Ordinal);
        var plain = SpecJson.Write(Of(dag => dag.Task("one", () => 1)));
        Assert.All(new[] { "assets", "produces" }, member => Assert.DoesNotContain(member, plain, StringComparison.Ordinal));
    }

    public static TheoryData<AssetCondition, string, string, string?> Conditions => new()
    {
        { Orders, "warehouse/orders", "", "warehouse/orders" },
        { Orders & Prices & Rates, "warehouse/orders and prices and s3://bank/rates", "prices", "warehouse/orders and s3://bank/rates" },
        { Orders | Prices | Rates, "warehouse/orders or prices or s3://bank/rates", "prices", null },
        { Orders & Prices | Rates, "(warehouse/orders and prices) or s3://bank/rates", "prices", "warehouse/orders or s3://bank/rates" },
        { Orders & (Prices | Rates), "warehouse/orders and (prices or s3://bank/rates)", "s3://bank/rates", "warehouse/orders" },
        { Asset.All(Orders, Asset.Any(Prices, Rates)), "warehouse/orders and (prices or s3://bank/rates)", "warehouse/orders", "prices or s3://bank/rates" },
        { Asset.All(Asset.Any(Prices)), "prices", "", "prices" },
    };

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Conditions_nest_and_know_what_is_left(AssetCondition condition, string phrase, string updated, string? left)
    {
        Assert.Equal(phrase, condition.Phrase);
        Assert.Equal(left, condition.Left(updated.Split(' '))?.Phrase);
    }

    [Fact]
    public void A_schedule_by_time_and_assets_stand_beside_each_other()
    {
        var both = Of(dag => dag.Schedule(Schedule.Every(TimeSpan.FromMinutes(15))).Schedule(Orders).Task("one", () => 1));
        Assert.Equal("every 15 min, and on update of warehouse/orders", SchedulePhrase.Of(both));
        var only = Of(dag => dag.Schedule(Orders).Task("one", () => 1));
        Assert.Equal(("on update of warehouse/orders", null), (SchedulePhrase.Of(only), ScheduleOf.Key(only, "")));
        Assert.Equal(ScheduleOf.Key(both with { Assets = null }, ""), ScheduleOf.Key(both, ""));          // time goes its own way
    }

    [Theory]
    [InlineData("")]
    [InlineData("with blank")]
    [InlineData("quo'te")]
    [InlineData("ürsprung")]
    public void A_name_of_other_characters_is_refused(string name) => Assert.Contains(
        $"The asset name '{name}' must be 1 to 200 letters", Assert.Throws<DagDefinitionException>(() => new Asset(name)).Message, StringComparison.Ordinal);

    public static TheoryData<Action<DagBuilder>, string> Wrong => new()
    {
        { dag => dag.Schedule(Asset.All()), "Asset.All names no asset" },
        { dag => dag.Schedule(Asset.Any()), "Asset.Any names no asset" },
        { dag => dag.Schedule(new AssetCondition()), "asset condition is empty" },
        { dag => dag.Schedule(new AssetCondition { All = [] }), "asset condition is empty" },
        { dag => dag.Schedule(new AssetCondition { Asset = "a b" }), "The asset name 'a b'" },
        { dag => dag.Schedule(Orders).Schedule(Rates), "two asset conditions" },
        { dag => dag.Task("one", () => 1).Produces(), "Task 'one': Produces names no asset" },
        { dag => dag.Task("one", () => 1).Produces([null!]), "an asset that is null" },
        { dag => { dag.Task("one", () => 1).Produces(Rates); dag.Schedule(Orders | Rates); }, "Task 'one' produces the asset 's3://bank/rates', by which its own DAG is scheduled" },
        { dag => dag.Delay("pause", TimeSpan.FromMinutes(1)).Produces(Orders), "waits and runs no body" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_makes_no_sense_is_refused_in_one_line(Action<DagBuilder> define, string message)
    {
        var refused = Assert.Throws<DagDefinitionException>(() => Of(define));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void An_update_gives_its_extra_as_a_value()
    {
        Assert.Equal(3, new AssetUpdate("a", default) { Extra = "3" }.ExtraAs<int>());
        Assert.Null(new AssetUpdate("a", default).ExtraAs<string>());
    }
}
