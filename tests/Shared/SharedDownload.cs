using Pipelines.Postgres.Embedded;

namespace Pipelines.Tests;

/// <summary>
/// Where no PostgreSQL is installed, each embedded server downloads one beside its cluster. tests/run names a folder in which all
/// servers of a test run keep theirs, so that only the first one downloads.
/// </summary>
internal static class SharedDownload
{
    public static readonly string? Folder = Environment.GetEnvironmentVariable("PIPELINES_TEST_DOWNLOADS") is { Length: > 0 } folder ? folder : null;

    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static volatile bool _brought = Folder is null;

    /// <summary>Starts a server of <paramref name="home"/>; until one has come up, one after the other: two downloads would meet in the folder.</summary>
    /// <param name="home">The folder that holds the cluster's.</param>
    /// <param name="start">Starts it.</param>
    public static async Task<EmbeddedServer> StartAsync(string home, Func<Task<EmbeddedServer>> start)
    {
        if (Folder is not null)
            Link(Path.Combine(home, "postgres-dist"), Folder);
        if (_brought)
            return await start();
        await Gate.WaitAsync();
        try
        {
            var server = await start();
            _brought = true;
            return server;
        }
        finally
        {
            Gate.Release();
        }
    }

    private static void Link(string place, string folder)
    {
        try
        {
            // Hosts of one home may come here at the same moment: whoever is second finds the link.
            lock (Gate)
                if (!Path.Exists(place))
                    Directory.CreateSymbolicLink(place, folder);
        }
        catch (UnauthorizedAccessException)
        {
            // A home that cannot be written is the server's to complain about.
        }
    }
}
