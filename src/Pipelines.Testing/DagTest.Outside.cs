using System.Text;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;

namespace Pipelines.Testing;

/// <content>What comes from outside while the run goes on: signals, answers, decisions. Days of waiting take no time.</content>
public sealed partial class DagTest
{
    private string? _starter;
    private string[]? _administrators;

    /// <summary>Sends the run a signal.</summary>
    /// <param name="name">The signal.</param>
    /// <param name="value">What is sent; null: nothing.</param>
    /// <param name="after">How long after the start of the run; at once unless said: it is kept until somebody waits for it.</param>
    /// <example><code>var run = await DagTest.For(new ShippingDag()).Signal("shipped", new Parcel(7), after: TimeSpan.FromDays(3)).RunAsync();</code></example>
    public DagTest Signal(string name, object? value = null, TimeSpan after = default)
    {
        _plan.Add(new PlannedSignal(name, OutputJson.Write(value), after));
        return this;
    }

    /// <summary>Answers at the address that <see cref="TaskContext.CallbackAsync{T}"/> hands out.</summary>
    /// <param name="name">The callback.</param>
    /// <param name="value">The answer.</param>
    /// <param name="after">How long after it was asked.</param>
    /// <param name="round">Only when it is asked for the nth time, from 1: those before get no answer.</param>
    /// <example><code>var run = await DagTest.For(new OrderDag()).CalledBack("carrier", new Label("X1"), after: TimeSpan.FromHours(2), round: 2).RunAsync();</code></example>
    public DagTest CalledBack(string name, object? value, TimeSpan after = default, int round = 1)
    {
        _plan.Add(new PlannedAnswer(name, OutputJson.Write(value), after, round));
        return this;
    }

    /// <summary>Somebody approves what a task asks; where more people must, call it for each.</summary>
    /// <param name="taskId">The task that asks.</param>
    /// <param name="form">What is filled in, where it has a form.</param>
    /// <param name="by">Who.</param>
    /// <param name="after">How long after it was asked.</param>
    /// <example><code>var run = await DagTest.For(new LedgerDag()).Approve("post", new Posting("2026-01"), by: "ann").Approve("post", by: "bob", after: TimeSpan.FromHours(1)).RunAsync();</code></example>
    public DagTest Approve(string taskId, object? form = null, string by = "ann", TimeSpan after = default)
    {
        _plan.Add(new PlannedDecision(taskId, true, by, null, form is null ? null : OutputJson.Write(form), after));
        return this;
    }

    /// <summary>Somebody rejects what a task asks.</summary>
    /// <param name="taskId">The task that asks.</param>
    /// <param name="note">Why.</param>
    /// <param name="by">Who.</param>
    /// <param name="after">How long after it was asked.</param>
    /// <example><code>var run = await DagTest.For(new LedgerDag()).Reject("post", "the bank file is a day old").RunAsync();</code></example>
    public DagTest Reject(string taskId, string? note = null, string by = "ann", TimeSpan after = default)
    {
        _plan.Add(new PlannedDecision(taskId, false, by, note, null, after));
        return this;
    }

    /// <summary>Somebody has started the run: they may not decide where <see cref="ApprovalPolicy.NotByStarter"/> says so. Without this call nobody has who decides anything.</summary>
    /// <param name="by">Who.</param>
    /// <example><code>var run = await DagTest.For(new LedgerDag()).StartedBy("eve").Approve("post", new Posting("2026-01"), by: "ann").Approve("post", by: "bob").RunAsync();</code></example>
    public DagTest StartedBy(string by)
    {
        _starter = by;
        return this;
    }

    /// <summary>Who is an administrator: nobody else may decide where <see cref="ApprovalPolicy.ByAdmin"/> says so. Without this call everybody is one.</summary>
    /// <param name="people">Them.</param>
    /// <example><code>var run = await DagTest.For(new CloseDag()).WithAdministrators("bob").Approve("close_year", by: "bob").RunAsync();</code></example>
    public DagTest WithAdministrators(params ReadOnlySpan<string> people)
    {
        _administrators = people.ToArray();
        return this;
    }

    /// <summary>What comes, in its order and as the engine keeps it.</summary>
    /// <exception cref="PipelinesException">The engine would refuse some of it.</exception>
    private IEnumerable<Planned> Coming(DagSpec spec)
    {
        var filledIn = new HashSet<string>();
        foreach (var planned in _plan.OrderBy(planned => planned.After))
        {
            Planned kept;
            try
            {
                kept = planned switch
                {
                    PlannedSignal signal => signal with { Json = MemorySignals.Checked(spec, signal.Name, signal.Json) },
                    PlannedDecision decision when spec.Tasks.FirstOrDefault(task => task.Id == decision.TaskId)?.Wait?.Approval is { } asked => Checked(decision, asked, filledIn.Contains(decision.TaskId)),
                    _ => planned,
                };
            }
            catch (RefusedException e)
            {
                throw new PipelinesException($"What this test lets come would be refused: {e.Message}.");
            }

            if (kept is PlannedDecision { Form: not null, TaskId: var filled })
                filledIn.Add(filled);
            yield return kept;
        }
    }

    private PlannedDecision Checked(PlannedDecision decision, ApprovalSpec asked, bool filledIn)
    {
        if (asked.ByAdmin && _administrators?.Contains(decision.By, StringComparer.OrdinalIgnoreCase) == false)
            throw new RefusedException($"only administrators may decide '{decision.TaskId}', not {decision.By}");
        if (asked.People is { } people && !people.Contains(decision.By, StringComparer.OrdinalIgnoreCase))
            throw new RefusedException($"only {string.Join(", ", people)} may decide '{decision.TaskId}', not {decision.By}");
        if (asked.NotByStarter && decision.By.Equals(_starter, StringComparison.OrdinalIgnoreCase))
            throw new RefusedException($"{decision.By} has started the run and may not decide '{decision.TaskId}': it takes four eyes");
        if (asked.Form is null && decision.Form is not null)
            throw new RefusedException($"the task '{decision.TaskId}' has no form to fill in");
        // Who agrees to what somebody before them has filled in need not fill in anything.
        return !decision.Approves || asked.Form is null || (decision.Form is null && filledIn) ? decision
            : decision with { Form = GivenValue.Check($"the form of '{decision.TaskId}'", asked.Form, decision.Form is { } form ? Encoding.UTF8.GetString(form) : null) is { } kept ? Encoding.UTF8.GetBytes(kept) : null };
    }
}
