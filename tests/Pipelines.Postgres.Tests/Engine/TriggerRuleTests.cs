using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>
/// Every rule with every way in which three upstreams can end: s succeeded, f failed, k skipped, x succeeded with another
/// value than the condition asks for.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class TriggerRuleTests(World world) : EngineTest(world)
{
    private const string Endings = "sfkx";

    private static readonly string[] Sequences =
        [.. from a in Endings from b in Endings from c in Endings select $"{a}{b}{c}"];

    public static TheoryData<TriggerRule, bool> Rules
    {
        get
        {
            var rules = new TheoryData<TriggerRule, bool>();
            foreach (var rule in Enum.GetValues<TriggerRule>().Except([TriggerRule.Always]))
            {
                rules.Add(rule, true);
                rules.Add(rule, false);
            }

            return rules;
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task A_rule_decides_by_how_its_upstreams_ended_and_never_by_their_order(TriggerRule rule, bool oneByOne)
    {
        await World.DagAsync("d", $"a; b; c; end:{rule} < a=yes b=yes c=yes");
        var hand = await World.WorkerAsync();
        var runs = await World.RunsAsync("d", Sequences.Length);
        await hand.TakeAsync(1000);
        var rounds = oneByOne ? new[] { "a", "b", "c" } : ["abc"];
        foreach (var round in rounds)
            await hand.AdvanceAsync(0, [.. runs.SelectMany((run, i) => round.Select(task => Ending(hand.Assignment(run, $"{task}"), Sequences[i][task - 'a'])))]);

        var got = new Dictionary<string, char>();
        for (var i = 0; i < runs.Length; i++)
            got[Sequences[i]] = (await World.StateAsync(runs[i]))[^1];
        foreach (var (sequence, state) in got)
            Assert.True(state == Stated(rule, sequence), $"{rule} after {sequence}: {state}, the rule says {Stated(rule, sequence)}");
        foreach (var multiset in got.GroupBy(pair => string.Concat(pair.Key.Order())))
            Assert.Single(multiset.Select(pair => pair.Value).Distinct());
    }

    [Fact]
    public async Task Always_starts_with_the_run()
    {
        var run = await World.RunOfAsync("a; end:Always < a");
        Assert.Equal("r:qq", await World.StateAsync(run));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "end");
        await hand.EndAsync(run, "a", 'f');
        Assert.Equal("f:fs", await World.StateAsync(run));
    }

    [Theory]
    [InlineData('s', "srqnnnkn")]
    [InlineData('f', "frnuuqnn")]
    [InlineData('k', "krnnnnkn")]
    public async Task What_the_first_upstream_decides_does_not_wait_for_the_second(char first, string states)
    {
        var run = await World.RunOfAsync(
            "a; b; one:OneSuccess < a b; all < a b; none:NoneFailed < a b; bad:OneFailed < a b; failed:AllFailed < a b; done:AllDone < a b");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", first);
        Assert.Equal($"r:{states}", await World.StateAsync(run));
    }

    private static Report Ending(Assignment a, char ending) => Hand.Report(a, ending == 'x' ? 's' : ending, ending is 's' or 'x' ? ending == 's' ? "\"yes\"" : "\"no\"" : null);

    /// <summary>The rules once more, in words: q runs, u upstream failed, k skipped.</summary>
    private static char Stated(TriggerRule rule, string endings)
    {
        bool Any(char ending) => endings.Contains(ending, StringComparison.Ordinal);
        return rule switch
        {
            TriggerRule.AllSuccess => Any('f') ? 'u' : endings == "sss" ? 'q' : 'k',
            TriggerRule.AllDone => Any('x') ? 'k' : 'q',
            TriggerRule.NoneFailed => Any('f') ? 'u' : Any('x') ? 'k' : 'q',
            TriggerRule.NoneFailedMinOneSuccess => Any('f') ? 'u' : Any('x') || !Any('s') ? 'k' : 'q',
            TriggerRule.OneSuccess => Any('s') ? 'q' : Any('f') ? 'u' : 'k',
            TriggerRule.OneFailed => Any('f') ? 'q' : 'k',
            TriggerRule.AllFailed => endings == "fff" ? 'q' : 'k',
            TriggerRule.AllDoneMinOneSuccess => Any('k') || Any('x') ? 'k' : Any('s') ? 'q' : 'u',
            TriggerRule.AllSkipped => Any('s') || Any('f') ? 'k' : 'q',
            TriggerRule.OneDone => Any('s') || Any('f') ? 'q' : 'k',
            TriggerRule.NoneSkipped => Any('k') || Any('x') ? 'k' : 'q',
            _ => throw new ArgumentOutOfRangeException(nameof(rule)),
        };
    }
}
