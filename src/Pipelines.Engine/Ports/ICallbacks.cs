namespace Pipelines.Engine.Ports;

/// <summary>What has come of a call to an address that a run handed out.</summary>
public enum CallbackOutcome
{
    /// <summary>There is no such address, or the secret is another.</summary>
    Unknown,

    /// <summary>The run has it.</summary>
    Told,

    /// <summary>The run had it before: nothing was changed.</summary>
    ToldBefore,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>The run has ended.</summary>
    RunEnded,
}

/// <summary>Answers from outside, by whoever knows the secret of an address.</summary>
public interface ICallbacks
{
    /// <param name="id">The address's number.</param>
    /// <param name="hash">SHA-256 of its secret.</param>
    /// <param name="json">What was sent.</param>
    /// <param name="by">Who, as far as that is known.</param>
    /// <param name="traceParent">The W3C traceparent that it was sent in; one that is none is left out.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="RefusedException">What was sent cannot be stored.</exception>
    Task<CallbackOutcome> CallAsync(long id, byte[] hash, string json, string by, string? traceParent, CancellationToken cancellation);
}
