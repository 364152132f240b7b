using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>What tasks ask people: who may decide, how many it takes, and what an answer or none does.</summary>
[SupportedOSPlatform("linux")]
public sealed class ApprovalTests(World world) : EngineTest(world)
{
    private static readonly ApprovalSpec Post = new() { Question = "Post these?" };

    [Fact]
    public async Task It_asks_with_its_evidence_and_goes_on_when_somebody_approves()
    {
        await World.DagAsync(Graph.Parse("d", "sums; ask < sums; post < ask").Waiting("ask", new WaitSpec { Kind = WaitKind.Approval, Approval = Post with { Evidence = "sums" } }));
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "sums", output: "[{\"account\": 4010}]");
        await World.WaitsAsync();
        Assert.Equal("r:san", await World.StateAsync(run));
        var asked = await World.Console.ApprovalAsync(run, "ask", -1, default);
        Assert.Equal(("Post these?", "[{\"account\": 4010}]", 'a'), (asked!.Row.Question, asked.Evidence, asked.Row.State));
        Assert.Equal(["post"], asked.Downstream);
        Assert.Equal(run, Assert.Single(await World.Console.ApprovalsAsync(open: true, 10, default)).RunId);
        Assert.Equal('s', await DecideAsync(run, "cli:ann", why: "checked"));
        Assert.Equal("r:ssq", await World.StateAsync(run));
        Assert.Equal("approved: checked", await World.WhyAsync(World.Key(run, "ask")));
        var output = JsonNode.Parse(await World.OneAsync<string>("select output::text from task_instance where task_no = 1"))!;
        Assert.Equal((true, "ann", "checked"), ((bool)output["approved"]!, (string?)output["decisions"]![0]!["by"], (string?)output["decisions"]![0]!["note"]));
        Assert.Empty(await World.Console.ApprovalsAsync(open: true, 10, default));
        Assert.Equal("ann", Assert.Single((await World.Console.ApprovalAsync(run, "ask", -1, default))!.Decisions).By);
    }

    [Theory]
    [InlineData(OnReject.Fail, "f:fu")]
    [InlineData(OnReject.Skip, "s:kk")]
    [InlineData(OnReject.Continue, "r:sq")]
    public async Task A_rejection_fails_the_task_or_skips_it_or_goes_on(OnReject on, string state)
    {
        var run = await AskAsync(Post with { OnReject = on });
        Assert.Equal('f', await DecideAsync(run, "cli:ann", approves: false, why: "the file is a day old"));
        Assert.Equal(state, await World.StateAsync(run));
        Assert.Equal("rejected by ann: the file is a day old", await World.WhyAsync(World.Key(run, "ask")));
        if (on == OnReject.Continue)
            Assert.False((bool)JsonNode.Parse(await World.OneAsync<string>("select output::text from task_instance where task_no = 0"))!["approved"]!);
    }

    [Fact]
    public async Task Two_must_be_two_and_not_who_started_the_run()
    {
        var run = await AskAsync(Post with { Needed = 2, NotByStarter = true });
        Assert.Equal("Whoever started the run may not decide this: it takes four eyes.", await RefusedAsync(run, "web:test"));
        Assert.Equal('a', await DecideAsync(run, "web:ann"));
        Assert.Equal("You have approved this already; another person must.", await RefusedAsync(run, "cli:ann"));
        Assert.Equal("r:an", await World.StateAsync(run));
        Assert.Equal('s', await DecideAsync(run, "api:bob"));
        Assert.Equal("r:sq", await World.StateAsync(run));
        Assert.Equal("It is approved already, by ann and bob.", await RefusedAsync(run, "web:eve"));
    }

    [Fact]
    public async Task Only_the_people_it_names_and_only_administrators_where_it_says_so()
    {
        var run = await AskAsync(Post with { People = ["ann", "bob"] });
        Assert.Equal("Only ann, bob may decide this.", await RefusedAsync(run, "web:eve"));
        Assert.Equal('s', await DecideAsync(run, "web:Bob"));
        var other = await AskAsync(Post with { ByAdmin = true }, "e");
        Assert.Equal("Only administrators may decide this.", (await Assert.ThrowsAsync<RefusedException>(() =>
            World.Operations.DecideAsync(new NewDecision(other, "ask", true) { AsAdmin = false }, "web:ann", default))).Message);
        Assert.Equal('s', await DecideAsync(other, "web:ann"));
    }

    [Theory]
    [InlineData(OnExpiry.Reject, "f:fu", "nobody decided in time: rejected")]
    [InlineData(OnExpiry.Approve, "r:sq", "nobody decided in time: approved")]
    public async Task No_answer_in_time_is_one_too(OnExpiry on, string state, string why)
    {
        var run = await AskAsync(Post with { OnExpiry = on }, timeout: TimeSpan.FromHours(12));
        Assert.Equal(0, await World.PassAsync(TimeSpan.FromHours(11)));
        await World.ExecuteAsync("update approval set expires_at = clock_timestamp()");
        Assert.StartsWith("The time to decide was over at ", await RefusedAsync(run, "web:ann"), StringComparison.Ordinal);
        Assert.Equal(1, await World.PassAsync(TimeSpan.FromHours(1)));
        Assert.Equal(state, await World.StateAsync(run));
        Assert.Equal(why, await World.WhyAsync(World.Key(run, "ask")));
        Assert.Contains("already", await RefusedAsync(run, "web:ann"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_is_checked_and_handed_on()
    {
        var run = await AskAsync(Post with { Form = JsonNode.Parse("""{"type":"object","properties":{"period":{"type":"string","pattern":"^\\d{4}-\\d{2}$"}},"required":["period"]}""") });
        Assert.Contains("field 'period' is missing", await RefusedAsync(run, "web:ann"), StringComparison.Ordinal);
        Assert.Equal('s', await World.Operations.DecideAsync(new NewDecision(run, "ask", true) { Form = "{\"period\": \"2026-01\"}" }, "web:ann", default));
        Assert.Equal("2026-01", await World.OneAsync<string>("select output #>> '{form,period}' from task_instance where task_no = 0"));
    }

    [Fact]
    public async Task What_was_cleared_asks_again_and_what_was_cancelled_does_not()
    {
        var run = await AskAsync(Post);
        await DecideAsync(run, "web:ann");
        await World.ExecuteAsync("select clear_tasks($1, '{0,1}', '{-1,-1}', 'ann', null)", run);
        await World.WaitsAsync();
        Assert.Equal("r:an", await World.StateAsync(run));
        Assert.Empty((await World.Console.ApprovalAsync(run, "ask", -1, default))!.Decisions);
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal("c:cc", await World.StateAsync(run));
        Assert.Equal("It is taken back already.", await RefusedAsync(run, "web:ann"));
        Assert.Empty(await World.Console.ApprovalsAsync(open: true, 10, default));
    }

    [Fact]
    public async Task Who_has_seen_another_question_than_is_asked_now_looks_again()
    {
        var run = await AskAsync(Post);
        var seen = await AskedAtAsync();
        await DecideAsync(run, "web:eve");
        await World.ExecuteAsync("select clear_tasks($1, '{0,1}', '{-1,-1}', 'ann', null)", run);
        await World.WaitsAsync();
        var asked = await AskedAtAsync();
        foreach (var (at, approves) in new[] { (seen, true), (seen, false), (asked.AddMicroseconds(-1), true) })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => World.Operations.DecideAsync(new NewDecision(run, "ask", approves) { AskedAt = at }, "web:ann", default));
            Assert.Equal("It is asked anew since: look at it again.", refused.Message);
        }

        Assert.Equal("r:an", await World.StateAsync(run));
        Assert.Equal('s', await World.Operations.DecideAsync(new NewDecision(run, "ask", true) { AskedAt = asked }, "web:ann", default));

        async Task<DateTimeOffset> AskedAtAsync() => (await World.Console.ApprovalAsync(run, "ask", -1, default))!.Row.AskedAt;
    }

    [Fact]
    public async Task One_that_is_marked_by_hand_asks_no_more()
    {
        var run = await AskAsync(Post);
        await World.ExecuteAsync("select mark_tasks($1, '{0}', '{-1}', 'k', 'ann', null)", run);
        Assert.Equal("s:kk", await World.StateAsync(run));
        Assert.Empty(await World.Console.ApprovalsAsync(open: true, 10, default));
    }

    [Fact]
    public async Task Nobody_says_yes_for_others_by_a_mark_a_marked_run_or_a_fork_with_other_arguments()
    {
        var run = await AskAsync(Post with { Needed = 2 });
        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.Operations.MarkTasksAsync(run, [new(run, 0, -1)], 's', "ann", default));
        Assert.Equal($"Task ask asks people, so nobody marks it succeeded: they decide (pipelines approvals approve {run} ask), or it is marked failed or skipped.", refused.Message);
        await World.Operations.MarkRunAsync(run, 's', "ann", default);
        Assert.Equal("s:ks", await World.StateAsync(run));
        await World.Operations.ClearTasksAsync(new ClearRequest(run, "b"), "ann", default);
        Assert.Equal("s:kk", await World.StateAsync(run));

        await World.DagAsync(Graph.Parse("e", "ask; b < ask").Waiting("ask", new WaitSpec { Kind = WaitKind.Approval, Approval = Post })
            with { Arguments = System.Text.Json.Nodes.JsonNode.Parse("""{"type":"object","properties":{"amount":{"type":"integer"}}}""") });
        var approved = await World.RunAsync("e");
        await World.WaitsAsync();
        await DecideAsync(approved, "bob");
        var again = await World.Operations.ForkRunAsync(new ForkRequest(approved, "b"), "ann", default);
        Assert.Equal(["ask"], again.TakenOver);
        var other = await World.Operations.ForkRunAsync(new ForkRequest(approved, "b") { Arguments = """{"amount": 1000000}""" }, "ann", default);
        Assert.Empty(other.TakenOver);
    }

    [Fact]
    public async Task The_form_is_that_of_the_last_who_gave_one()
    {
        var run = await AskAsync(Post with { Needed = 3, Form = JsonNode.Parse("""{"type":"object","properties":{"period":{"type":"string"}}}""") });
        foreach (var (by, form) in new[] { ("ann", "{\"period\": \"2026-01\"}"), ("bob", "{\"period\": \"2026-02\"}"), ("eve", null) })
            await World.Operations.DecideAsync(new NewDecision(run, "ask", true) { Form = form }, by, default);
        Assert.Equal("2026-02", await World.OneAsync<string>("select output #>> '{form,period}' from task_instance where task_no = 0"));
    }

    [Fact]
    public async Task Whoever_stands_behind_the_run_that_has_started_it_is_its_starter()
    {
        await World.DagAsync(Graph.Parse("deploy", "ask; b < ask").Waiting("ask", new WaitSpec { Kind = WaitKind.Approval, Approval = Post with { NotByStarter = true } }));
        await World.DagAsync(Graph.Parse("release", "w").Waiting("w", new WaitSpec { Kind = WaitKind.Run, Dag = "deploy" }));
        await World.Operations.StartRunAsync(new NewRun("release"), "cli:ann", default);
        for (var level = 0; level < 2; level++)
        {
            await World.Scheduler.StartRunsAsync(10, default);
            await World.WaitsAsync();
        }

        var asked = Assert.Single(await World.Console.ApprovalsAsync(open: true, 10, default));
        Assert.Equal("cli:ann", asked.Starter);
        Assert.Contains("four eyes", (await Assert.ThrowsAsync<RefusedException>(() => DecideAsync(asked.RunId, "web:ann"))).Message, StringComparison.Ordinal);
        Assert.Equal('s', await DecideAsync(asked.RunId, "web:bob"));
    }

    [Fact]
    public async Task A_run_that_somebody_stands_behind_through_is_not_deleted_before_what_it_has_started_has_ended()
    {
        await World.DagAsync(Graph.Parse("deploy", "ask").Waiting("ask", new WaitSpec { Kind = WaitKind.Approval, Approval = Post with { NotByStarter = true } }));
        await World.DagAsync(Graph.Parse("release", "w").Waiting("w", new WaitSpec { Kind = WaitKind.Run, Dag = "deploy", Detached = true }));
        var release = (await World.Operations.StartRunAsync(new NewRun("release"), "cli:ann", default)).RunId;
        for (var level = 0; level < 2; level++)
        {
            await World.Scheduler.StartRunsAsync(10, default);
            await World.WaitsAsync();
        }

        var asked = Assert.Single(await World.Console.ApprovalsAsync(open: true, 10, default));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.Operations.DeleteRunAsync(release, "ann", default));
        Assert.Contains("has started one; it can be deleted when that has ended", refused.Message, StringComparison.Ordinal);
        Assert.Equal('s', await DecideAsync(asked.RunId, "web:bob"));
        await World.Operations.DeleteRunAsync(release, "ann", default);
    }

    [Fact]
    public async Task What_asks_nothing_is_told_in_one_line()
    {
        var run = await AskAsync(Post);
        Assert.Equal("the task 'b' asks for no approval", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.DecideAsync(new NewDecision(run, "b", true), "ann", default))).Message);
        Assert.Equal($"run {run} has no task 'c'", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.DecideAsync(new NewDecision(run, "c", true), "ann", default))).Message);
    }

    private async Task<long> AskAsync(ApprovalSpec spec, string dag = "d", TimeSpan? timeout = null)
    {
        await World.DagAsync(Graph.Parse(dag, "ask; b < ask").Waiting("ask", new WaitSpec { Kind = WaitKind.Approval, Approval = spec, Timeout = timeout }));
        var run = await World.RunAsync(dag);
        await World.WaitsAsync();
        return run;
    }

    private Task<char> DecideAsync(long run, string by, bool approves = true, string? why = null) =>
        World.Operations.DecideAsync(new NewDecision(run, "ask", approves), new Actor(by, why), default);

    private async Task<string> RefusedAsync(long run, string by) => (await Assert.ThrowsAsync<RefusedException>(() => DecideAsync(run, by))).Message;
}
