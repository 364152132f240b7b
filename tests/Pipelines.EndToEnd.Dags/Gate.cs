namespace Pipelines.EndToEnd.Dags;

/// <summary>A file that a body waits for: the test makes it when the body may go on.</summary>
internal static class Gate
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("E2E_GATES") ?? ".";

    /// <summary>Returns the process that passed.</summary>
    public static async Task<int> PassAsync(string name, CancellationToken cancellation)
    {
        while (!IsOpen(name))
            await Task.Delay(20, cancellation);
        return Environment.ProcessId;
    }

    public static bool IsOpen(string name) => File.Exists(Path.Combine(Folder, name));
}
