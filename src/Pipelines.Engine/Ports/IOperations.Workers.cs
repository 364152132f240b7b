namespace Pipelines.Engine.Ports;

public partial interface IOperations
{
    /// <summary>Keeps a living worker from taking more work; what it runs goes on. It learns of it with its next heartbeat.</summary>
    /// <param name="worker">Its name or its number.</param>
    /// <param name="by">Who asks for it, and why.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task DrainWorkerAsync(string worker, Actor by, CancellationToken cancellation);

    /// <summary>Lets a drained worker take work again.</summary>
    Task ResumeWorkerAsync(string worker, Actor by, CancellationToken cancellation);
}
