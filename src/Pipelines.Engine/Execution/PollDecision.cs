namespace Pipelines.Engine.Execution;

/// <summary>Whether and when a sensor that found nothing yet is polled again. Pure: the same input gives the same answer.</summary>
public static class PollDecision
{
    private const double Jitter = 0.1;

    /// <param name="poll">The sensor's policy.</param>
    /// <param name="sinceFirst">Since its first attempt started.</param>
    /// <param name="random">0 to 1, for the jitter.</param>
    /// <returns>The wait; null: its timeout is over.</returns>
    public static TimeSpan? Next(PollPolicy poll, TimeSpan sinceFirst, double random)
    {
        if (sinceFirst >= poll.Timeout)
            return null;
        // Every x (1 + Factor + ... + Factor^(n-2)) have passed at the n-th poll: the next wait follows from that, without counting.
        var wait = poll.Factor > 1 ? Min(poll.Every + sinceFirst * (poll.Factor - 1), poll.Cap) : poll.Every;
        return Min(wait * (1 + Jitter * (2 * random - 1)), poll.Timeout - sinceFirst);
    }

    /// <summary>Why it waits, in one line.</summary>
    public static string Why(PollPolicy poll) => $"not yet; {Words(poll)}";

    /// <summary>Why it has ended without having found anything.</summary>
    public static string GaveUp(PollPolicy poll) => FormattableString.Invariant($"gave up after its timeout of {poll.Timeout}; {Words(poll)}");

    private static string Words(PollPolicy poll) => poll.Factor > 1
        ? FormattableString.Invariant($"polled after {poll.Every}, each further wait {poll.Factor:0.##} times as long, at most {poll.Cap}")
        : FormattableString.Invariant($"polled every {poll.Every}");

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
