namespace Pipelines.Tests;

/// <summary>
/// Where no PostgreSQL is installed, each embedded server downloads one beside its cluster. tests/run names a folder in which all
/// servers of a test run keep theirs, so that only the first one downloads.
/// </summary>
internal static class SharedDownload
{
    public static readonly string? Folder = Environment.GetEnvironmentVariable("PIPELINES_TEST_DOWNLOADS") is { Length: > 0 } folder ? folder : null;

    /// <param name="home">The folder that holds the cluster's.</param>
    public static void BringTo(string home)
    {
        var place = Path.Combine(home, "postgres-dist");
        if (Folder is not null && !Path.Exists(place))
            Directory.CreateSymbolicLink(place, Folder);
    }
}
