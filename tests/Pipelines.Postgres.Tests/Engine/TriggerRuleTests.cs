using System.Runtime.Versioning;
using Pipelines.Engine.Ports;
using Pipelines.Testing.Model;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>
/// Every rule with every way in which three upstreams can end, in the SQL and in the model: s succeeded, f failed, k skipped, u upstream failed,
/// x succeeded with another value than the condition asks for.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class TriggerRuleTests(World world) : EngineTest(world)
{
    private const string Endings = "sfkux";

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
        const string Above = "above_";
        var graph = Graph.Parse("d", $"{Above}a; {Above}b; {Above}c; a < {Above}a; b < {Above}b; c < {Above}c; end:{rule} < a=yes b=yes c=yes");
        await World.DagAsync(graph);
        var hand = await World.WorkerAsync();
        var runs = await World.RunsAsync("d", Sequences.Length);
        var model = new ModelWorld();
        foreach (var run in runs)
            model.Start(model.CreateRun(run, new ModelGraph(graph), 'm', default));

        var everywhere = runs.Zip(Sequences).ToList();
        await TakeAsync();
        await ReportAsync([.. everywhere.SelectMany(run => "abc".Where(task => run.Second[task - 'a'] != 'u').Select(task => (run.First, $"{Above}{task}", 's')))]);
        await TakeAsync();
        foreach (var round in oneByOne ? new[] { "a", "b", "c" } : ["abc"])
            await ReportAsync([.. everywhere.SelectMany(run => round.Select(task => run.Second[task - 'a'] is var end && end == 'u' ? (run.First, $"{Above}{task}", 'f') : (run.First, $"{task}", end)))]);

        var got = new Dictionary<string, char>();
        foreach (var (run, sequence) in everywhere)
        {
            got[sequence] = (await World.StateAsync(run))[^1];
            Assert.Equal(got[sequence], model.Runs[run].Rows[^1].State);
        }

        foreach (var (sequence, state) in got)
            Assert.True(state == Stated(rule, sequence), $"{rule} after {sequence}: {state}, the rule says {Stated(rule, sequence)}");
        foreach (var multiset in got.GroupBy(pair => string.Concat(pair.Key.Order())))
            Assert.Single(multiset.Select(pair => pair.Value).Distinct());

        async Task TakeAsync()
        {
            await hand.TakeAsync(2000);
            model.Claim(hand.Id, ["default"], 2000);
        }

        async Task ReportAsync(List<(long Run, string Task, char Ending)> ends)
        {
            await hand.AdvanceAsync(0, [.. ends.Select(end => Ending(hand.Assignment(end.Run, end.Task), end.Ending))]);
            model.Report(hand.Id, [.. ends.Select(end => new ModelReport(
                World.Key(end.Run, end.Task), 1, end.Ending == 'x' ? 's' : end.Ending, end.Ending switch { 's' => "yes", 'x' => "no", _ => null }))]);
        }
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
        // To this rule what never ran is as good as skipped, to all others it has failed.
        endings = endings.Replace('u', rule == TriggerRule.OneDone ? 'k' : 'f');
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
