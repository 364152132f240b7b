namespace Pipelines.Testing.Model;

/// <summary>What moves an instance or a run from one state to another.</summary>
internal enum Cause
{
    /// <summary>Its run starts.</summary>
    Start,

    /// <summary>Its rule, or that of its elements.</summary>
    Decided,

    /// <summary>A worker takes it.</summary>
    Claimed,

    /// <summary>The worker's report.</summary>
    Reported,

    /// <summary>Its timer is due.</summary>
    TimerDue,

    /// <summary>The worker that ran it is lost.</summary>
    Reclaimed,

    /// <summary>Its run is being stopped.</summary>
    Stopped,

    /// <summary>The scheduler opened its gate.</summary>
    GateOpened,

    /// <summary>No worker took it within its queue timeout.</summary>
    QueueTimedOut,

    /// <summary>The scheduler lets a task without a body wait.</summary>
    WaitBegun,

    /// <summary>What it waited for has ended elsewhere.</summary>
    WaitOver,

    /// <summary>A signal came that it waited for.</summary>
    Signalled,

    /// <summary>People have decided what it asked, or nobody did in time.</summary>
    PeopleDecided,

    /// <summary>The verdict on its run.</summary>
    Verdict,

    /// <summary>Somebody cleared it.</summary>
    Cleared,

    /// <summary>Somebody said how it ended, or how something above it did.</summary>
    Marked,

    /// <summary>It had ended before its run started: taken over from another, kept, or left out.</summary>
    TakenOver,

    /// <summary>Its run is run again.</summary>
    RunAgain,

    /// <summary>Its run was moved to another version while it ran.</summary>
    Upgraded,
}

/// <summary>One line of a table of transitions.</summary>
internal readonly record struct Transition(char From, char To, Cause By);

/// <summary>
/// Every change of state that there may be. The model refuses any other; the tests of the SQL hold its events against the same table. States are those of
/// <see cref="Engine.Ports.TaskState"/>.
/// </summary>
internal static class Transitions
{
    /// <summary>Of a run that is not there yet.</summary>
    public const char None = '-';

    public static IReadOnlyList<Transition> OfInstances { get; } =
    [
        .. To("q", Cause.Decided, 'n'),         // it runs
        .. To("w", Cause.Decided, 'n'),         // it waits for its gate, or for its elements
        .. To("ku", Cause.Decided, 'n'),        // it does not run
        .. To("f", Cause.Decided, 'n'),         // a mapped task whose list is none
        .. To("sfcku", Cause.Decided, 'w'),     // the last element has ended
        .. To("r", Cause.Claimed, 'n', 'q'),    // from n: handed to the worker that ended its upstream
        .. To("sfkcyqw", Cause.Reported, 'r'),  // q: given back; w: a sensor, not yet
        .. To("q", Cause.TimerDue, 'y', 'w'),   // w: the next poll
        .. To("sfk", Cause.TimerDue, 'w'),      // a delay is over; f, k: a wait for another DAG is over its timeout
        .. To("qs", Cause.Signalled, 'w'),      // s: a task without a body
        .. To("sfka", Cause.PeopleDecided, 'a'),
        .. To("wasf", Cause.WaitBegun, 'q'),     // s: it started a run and does not wait for that; f: it cannot begin
        .. To("f", Cause.QueueTimedOut, 'q'),
        .. To("sf", Cause.WaitOver, 'w'),
        .. To("qfc", Cause.Reclaimed, 'r'),
        .. To("c", Cause.Stopped, 'n', 'q', 'y', 'w', 'a'),
        .. To("qkf", Cause.GateOpened, 'w'),    // k, f: a mapped task, whose list is empty or none
        .. To("qkw", Cause.Verdict, 'n'),       // callbacks of the run; w: to be undone
        .. To("q", Cause.Verdict, 'w'),         // the next to be undone
        .. To("n", Cause.Cleared, 'q', 'r', 'y', 'w', 'a', 's', 'f', 'k', 'u', 'c'),
        .. To("x", Cause.Cleared, 'n', 'q', 'r', 'y', 'w', 'a', 's', 'f', 'k', 'u', 'c'),
        .. To("w", Cause.Cleared, 's', 'f', 'k', 'u', 'c'),    // the mapped task of a cleared element
        .. To("sfkucw", Cause.Marked, 'n', 'q', 'r', 'y', 'w', 'a', 's', 'f', 'k', 'u', 'c'),    // u, c, w: the mapped task of a marked element
        .. To("nx", Cause.Marked, 'q', 'r', 'y', 'w', 'a', 's', 'f', 'k', 'u', 'c'),             // what is below and had failed; callbacks of the run
        .. To("sfkuc", Cause.TakenOver, 'n'),
        .. To("n", Cause.TakenOver, 'x'),
        .. To("x", Cause.RunAgain, 's', 'f', 'k', 'u', 'c'),
        .. To("n", Cause.Start, 's', 'f', 'k', 'u', 'c'),      // its run is run again
        .. To("x", Cause.Upgraded, 'n', 'q', 'y', 'w', 'a'),    // the version has it no more
        .. To("n", Cause.Upgraded, 'q', 'w', 'x'),              // decided otherwise now; x: it is back
        .. To("k", Cause.Upgraded, 'n', 'x'),                   // added to a run of some tasks
        .. To("n", Cause.Decided, 'x'),         // an element of an earlier time that is there again
    ];

    public static IReadOnlyList<Transition> OfRuns { get; } =
    [
        new(None, 'q', Cause.Start),
        new('q', 'r', Cause.Start),
        new('q', 'c', Cause.Stopped),
        new('r', 'r', Cause.Stopped),           // what runs is told
        .. To("sfc", Cause.Verdict, 'r'),
        .. To("q", Cause.RunAgain, 's', 'f', 'c'),
        .. To("r", Cause.Cleared, 'r', 's', 'f', 'c'),
        .. To("r", Cause.Marked, 'r', 's', 'f', 'c'),
        .. To("sf", Cause.Marked, 'q'),
        new('r', 'r', Cause.TakenOver),
        new('q', 'q', Cause.Upgraded),
        new('r', 'r', Cause.Upgraded),
    ];

    private static readonly HashSet<Transition> Known = [.. OfInstances, .. OfRuns.Select(t => t with { From = char.ToUpperInvariant(t.From) })];

    public static void CheckInstance(char from, char to, Cause by) => Check(new(from, to, by), "an instance");

    public static void CheckRun(char from, char to, Cause by) => Check(new(char.ToUpperInvariant(from), to, by), "a run");

    private static void Check(Transition made, string of)
    {
        if (!Known.Contains(made))
            throw new InvalidOperationException($"The table of transitions has none of {of} from {made.From} to {made.To} by {made.By}.");
    }

    private static IEnumerable<Transition> To(string to, Cause by, params char[] from) => from.SelectMany(f => to.Select(t => new Transition(f, t, by)));
}
