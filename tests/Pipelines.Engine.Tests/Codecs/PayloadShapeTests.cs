using System.Text.Json.Nodes;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Codecs;

/// <summary>What the engine has to look at is worked out from the graph alone.</summary>
public sealed class PayloadShapeTests
{
    private static readonly DagSpec Spec = DagBuilder.SpecOf(new Looked(), new("looked"), "Looked", null);

    [Theory]
    [InlineData("secret", false, false, false)]
    [InlineData("route", true, false, false)]                             // decides a branch
    [InlineData("ready", true, false, false)]                             // a signal that does
    [InlineData("parts", false, true, false)]                             // is counted
    [InlineData("orders", false, true, true)]                             // is counted, and each is the arguments of a run
    [InlineData("call", false, false, true)]                              // has the key of a limit
    [InlineData("region", true, false, false)]                            // is the key of a limit
    [InlineData("each", false, false, false)]
    public void An_output_is_left_as_plain_as_the_engine_needs_it(string task, bool plain, bool byElement, bool byField)
    {
        var shape = PayloadShape.OfOutput(Spec, task);
        Assert.Equal((plain, byElement, byField), (shape.IsPlain, shape.ByElement, shape.ByField));
    }

    [Fact]
    public void Keys_and_the_DAGs_that_know_of_more_are_named()
    {
        Assert.Equal(["customer"], PayloadShape.OfOutput(Spec, "call").PlainFields);
        Assert.Equal(["ship_order"], PayloadShape.OfOutput(Spec, "orders").StartsRunsOf);
        Assert.Equal(["tenant", "customer", "shop", "tier"], PayloadShape.KeysAmongArguments(Spec with { RunKey = "customer", FairnessKey = "shop", FairnessWeight = "tier" }));
        Assert.True(PayloadShape.OfSignal(Spec, "ready").IsPlain);
        Assert.Same(PayloadShape.Whole, PayloadShape.OfSignal(Spec, "something a body waits for"));
    }

    [Fact]
    public void A_signal_that_hides_what_the_engine_needs_is_refused()
    {
        var hidden = new Payloads(new TurningCodec()).Encode("true");
        Payloads.RefuseSignal("review", PayloadShape.Whole, hidden);
        Payloads.RefuseSignal("ready", PayloadShape.Plain, "true");
        Payloads.RefuseSignal("parts", PayloadShape.OfOutput(Spec, "parts"), $"[{hidden}]");
        Assert.StartsWith("the signal 'ready' is encrypted, and the DAG decides", Assert.Throws<RefusedException>(() => Payloads.RefuseSignal("ready", PayloadShape.Plain, hidden)).Message, StringComparison.Ordinal);
        Assert.Throws<RefusedException>(() => Payloads.RefuseSignal("parts", PayloadShape.OfOutput(Spec, "parts"), hidden));
        Assert.Throws<RefusedException>(() => Payloads.RefuseSignal("call", PayloadShape.OfOutput(Spec, "call"), new JsonObject { ["customer"] = JsonNode.Parse(hidden) }.ToJsonString()));
    }

    private sealed record Call(string Customer, string Text);

    private sealed class Looked : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var secret = dag.Task("secret", () => 1);
            var route = dag.Task("route", (int _) => "full", secret);
            dag.Task("load", (int _) => { }, secret).When(route, "full");
            var ready = dag.Signal<bool>("ready", TimeSpan.FromHours(1));
            dag.Task("go", () => { }).When(ready, true);
            var parts = dag.Task("parts", () => new[] { 1 });
            dag.Map("each", (int one) => one, parts);
            var orders = dag.Task("orders", () => new[] { new Call("ann", "x") });
            dag.MapGroup("ship", orders, (g, order) => g.Run("ship_order", order, id: "ship_one"));
            var call = dag.Task("call", () => new Call("ann", "x"));
            dag.Task("send", (Call _) => { }, call).Concurrency("by-customer", 1, LimitKey.Of(call, "customer"));
            var region = dag.Task("region", () => "eu");
            dag.Task("copy", (string _) => { }, region).Concurrency("by-region", 1, LimitKey.Of(region));
            dag.Task("tenant", () => { }).Concurrency("by-tenant", 1, LimitKey.Argument("tenant"));
        }
    }
}
