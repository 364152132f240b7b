using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Testing;

namespace Pipelines.Testing.Tests;

/// <summary>A DAG with payloads that are encoded, as its author tests it.</summary>
public sealed class CodecTests
{
    private static readonly string[] Regions = ["eu", "us"];

    [Fact]
    public async Task Branches_maps_steps_signals_and_approvals_work_on_what_nobody_else_can_read()
    {
        var codec = new Counting();
        var run = await DagTest.For(new Payroll()).WithCodec(codec).Signal("bonus", new Bonus("ann", 100)).Approve("release", new Terms(3)).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(("ann: 100, 2 regions, 3 days", 2), (run.Output<string>("pay"), run["pay"].Attempts));
        Assert.Equal("skipped", run["refuse"].State);
        Assert.Equal(100, run.Output<Bonus>("bonus").Amount);
        Assert.True(codec.Seen.Count >= 6, $"{codec.Seen.Count} payloads were encoded");
        Assert.DoesNotContain("\"full\"", codec.Seen);                    // what a branch hangs on the server must read
        Assert.Contains("\"eu\"", codec.Seen);
    }

    [Fact]
    public async Task Arguments_of_the_run_that_goes_on_are_read_again()
    {
        var run = await DagTest.For(new Payroll()).WithCodec(new Counting()).Signal("bonus", new Bonus("ann", 0)).Approve("release", new Terms(1)).RunAsync();
        Assert.True(run.Continued, run.ToString());
        Assert.Equal(2, run.ContinuedWith<Month>().Number);
    }

    [Fact]
    public async Task A_codec_that_does_not_give_back_what_it_got_is_found_out()
    {
        var run = await DagTest.For(new Payroll()).WithCodec(new Forgetful()).Signal("bonus", new Bonus("ann", 0)).Approve("release", new Terms(1)).RunAsync();
        Assert.False(run.Succeeded);
    }

    private sealed record Bonus(string Name, int Amount);

    private sealed record Terms(int Days);

    private sealed record Month(int Number = 1);

    [Dag("payroll")]
    private sealed class Payroll : Dag<Month>
    {
        public override void Define(DagBuilder dag)
        {
            var bonus = dag.Signal<Bonus>("bonus", TimeSpan.FromDays(1));
            var regions = dag.Task("regions", () => Regions);
            var each = dag.Map("each", (string region) => region.Length, regions);
            var route = dag.Task("route", () => "full");
            dag.Task("refuse", () => { }).When(route, "none");
            var release = dag.Approval<Terms>("release", "Pay them?", bonus);
            dag.Task("pay", PayAsync, bonus, each, release).When(route, "full").Retry(1, TimeSpan.Zero);
        }

        private async Task<string> PayAsync(Bonus bonus, IReadOnlyList<int> regions, Approval<Terms> terms, TaskContext context)
        {
            var name = await context.Step("name", () => Task.FromResult(bonus.Name));
            if (context.Attempt == 1)
                throw new InvalidOperationException("the bank is closed");
            if (bonus.Amount == 0)
                await context.ContinueAsNewAsync(new Month(Arguments.Number + 1));
            return $"{name}: {bonus.Amount}, {regions.Count} regions, {terms.Form!.Days} days";
        }
    }

    /// <summary>Turns the bytes round.</summary>
    private sealed class Counting : IPayloadCodec
    {
        public List<string> Seen { get; } = [];

        public string Name => "turning";

        public EncodedPayload Encode(ReadOnlySpan<byte> json)
        {
            lock (Seen)
                Seen.Add(Encoding.UTF8.GetString(json));
            return new("k1", [.. json.ToArray().Reverse()]);
        }

        public byte[] Decode(string key, ReadOnlySpan<byte> data) => [.. data.ToArray().Reverse()];
    }

    private sealed class Forgetful : IPayloadCodec
    {
        public string Name => "forgetful";

        public EncodedPayload Encode(ReadOnlySpan<byte> json) => new("k1", []);

        public byte[] Decode(string key, ReadOnlySpan<byte> data) => "{}"u8.ToArray();
    }
}
