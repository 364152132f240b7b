namespace Pipelines.EndToEnd.Dags;

/// <summary>A file that a body waits for: the test makes it when the body may go on.</summary>
internal static class Gate
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("E2E_GATES") ?? ".";

    /// <summary>Returns the process that passed; leaves a file when it was stopped before.</summary>
    public static async Task<int> PassAsync(string name, CancellationToken cancellation)
    {
        try
        {
            while (!IsOpen(name))
                await Task.Delay(20, cancellation);
            return Environment.ProcessId;
        }
        catch (OperationCanceledException)
        {
            await File.WriteAllTextAsync(Path.Combine(Folder, $"{name}-stopped"), "", CancellationToken.None);
            throw;
        }
    }

    public static bool IsOpen(string name) => File.Exists(Path.Combine(Folder, name));
}
