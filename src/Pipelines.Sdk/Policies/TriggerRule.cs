namespace Pipelines;

/// <summary>
/// When a task runs, given how its direct upstreams ended. The names and meanings are Airflow's (its trigger rules page),
/// with one difference: a rule that needs all upstreams is decided when all have ended or a failure has decided it, never
/// by which of them happened to end first; and a failure beats a skip.
/// </summary>
public enum TriggerRule
{
    /// <summary>All succeeded. A failure makes the task upstream failed, else a skip makes it skipped.</summary>
    AllSuccess,

    /// <summary>All have ended, however.</summary>
    AllDone,

    /// <summary>None failed; skipped ones are fine.</summary>
    NoneFailed,

    /// <summary>None failed and at least one succeeded.</summary>
    NoneFailedMinOneSuccess,

    /// <summary>One has succeeded; does not wait for the others.</summary>
    OneSuccess,

    /// <summary>One has failed; does not wait for the others. Skipped when all end without a failure.</summary>
    OneFailed,

    /// <summary>All failed. Skipped when one did not.</summary>
    AllFailed,

    /// <summary>All have ended, none was skipped and at least one succeeded. A skip makes the task skipped; no success makes it upstream failed.</summary>
    AllDoneMinOneSuccess,

    /// <summary>All were skipped. Skipped when one was not.</summary>
    AllSkipped,

    /// <summary>One has run to its end, succeeded or failed; does not wait for the others. Skipped when all end without having run.</summary>
    OneDone,

    /// <summary>All have ended and none was skipped; failures are fine. A skip makes the task skipped.</summary>
    NoneSkipped,

    /// <summary>Starts with the run, whatever its upstreams do. It takes no outputs and no conditions.</summary>
    Always,
}
