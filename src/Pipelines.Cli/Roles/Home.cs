namespace Pipelines.Cli.Roles;

/// <summary>The folder of one installation: state, embedded server, drop folders, caches.</summary>
internal sealed class Home
{
    public Home(string directory)
    {
        Directory = Path.GetFullPath(directory);
        try
        {
            System.IO.Directory.CreateDirectory(Directory);
            var probe = Path.Combine(Directory, $".write-{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The home {Directory} cannot be written ({e.Message.TrimEnd('.')}). Choose another with --home, or make it writable.");
        }
    }

    public string Directory { get; }

    public string Dags => Path.Combine(Directory, "dags");

    public string Plugins => Path.Combine(Directory, "plugins");

    /// <summary>The key ring; consoles and workers of one installation share it.</summary>
    public string Keys => Environment.GetEnvironmentVariable("PIPELINES_KEYS") is { Length: > 0 } shared ? Path.GetFullPath(shared) : Path.Combine(Directory, "keys");

    public string Postgres => Path.Combine(Directory, "postgres");
}
