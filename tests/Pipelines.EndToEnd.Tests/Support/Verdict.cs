namespace Pipelines.EndToEnd.Tests;

internal enum FaultKind
{
    /// <summary>It has not happened, though it should have, or nothing knows of it any more.</summary>
    Lost,

    /// <summary>It has happened twice.</summary>
    Doubled,

    /// <summary>It began before what it waits for had happened.</summary>
    OutOfOrder,

    /// <summary>It is open, though nothing holds it up.</summary>
    Stuck,

    /// <summary>The books of the program and the ledger's do not agree.</summary>
    Unexplained,
}

/// <param name="Kind">What is wrong.</param>
/// <param name="What">In words.</param>
/// <param name="Run">In which run; null: in none.</param>
/// <param name="Task">With which task of it.</param>
internal sealed record Fault(FaultKind Kind, string What, long? Run = null, string? Task = null);

/// <summary>What the ledger says of all that the program did.</summary>
/// <param name="Faults">None, or the program has a fault.</param>
/// <param name="Runs">Of ledgered DAGs.</param>
/// <param name="Instances">In them, which ran a body.</param>
/// <param name="Attempts">Of these.</param>
/// <param name="Lost">Attempts that went down with their worker.</param>
/// <param name="GivenBack">Attempts that a worker gave back when it was told to end.</param>
internal sealed record Verdict(IReadOnlyList<Fault> Faults, int Runs, int Instances, int Attempts, int Lost, int GivenBack)
{
    public Verdict Passed()
    {
        Assert.True(Faults.Count == 0, $"{Faults.Count} faults, such as:\n{string.Join('\n', Faults.Take(20).Select(fault => $"{fault.Kind}: {fault.What}"))}");
        return this;
    }
}
