namespace Pipelines.EndToEnd.Tests;

/// <summary>A folder of its own for a test, with the processes that it starts; all of it goes with the test, whatever happens.</summary>
public class TemporaryHome : IAsyncDisposable
{
    private readonly List<Running> _processes = [];
    private readonly string _root = Directory.CreateTempSubdirectory("pipelines-e2e-").FullName;

    public TemporaryHome()
    {
        // PostgreSQL's own account must be able to go through it.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(Dags);
        Directory.CreateDirectory(Gates);
        Environment["E2E_GATES"] = Gates;
        Environment["PIPELINES_CONNECTION_GATES"] = Gates;
    }

    public string Home => Path.Combine(_root, "home");

    public string Dags => Path.Combine(Home, "dags");

    /// <summary>For every process that is started from here on.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    private string Gates => Path.Combine(_root, "gates");

    public Running Start(params string[] arguments) => StartAt(Home, arguments);

    public Running StartAt(string home, params string[] arguments) => StartWith(Environment, home, arguments);

    /// <summary>A process that has one more variable than the others.</summary>
    public Running StartWith(string variable, string value, string home, params string[] arguments) =>
        StartWith(new Dictionary<string, string>(Environment) { [variable] = value }, home, arguments);

    /// <summary>A process whose clock is so many hours off.</summary>
    public Running StartOff(int hours, params string[] arguments) => StartWith(FakeClock.Off(hours), arguments);

    /// <summary>A process that has some more variables than the others, or other ones.</summary>
    public Running StartWith(IReadOnlyDictionary<string, string> more, params string[] arguments)
    {
        var environment = new Dictionary<string, string>(Environment);
        foreach (var (name, value) in more)
            environment[name] = value;
        return StartWith(environment, Home, arguments);
    }

    private Running StartWith(Dictionary<string, string> environment, string home, string[] arguments)
    {
        var process = new Running(home, environment, arguments);
        lock (_processes)
            _processes.Add(process);
        return process;
    }

    public async Task<Ended> RunAsync(params string[] arguments)
    {
        using var process = new Running(Home, Environment, arguments);
        return await process.EndAsync();
    }

    public Task UntilAsync(string what, Func<Task<bool>> condition) => Deadline.UntilAsync(what, condition, State);

    public Task UntilAsync(string what, Func<bool> condition) => UntilAsync(what, () => Task.FromResult(condition()));

    /// <summary>Lets the bodies go on that wait for this gate.</summary>
    public void Open(string gate) => File.WriteAllText(Path.Combine(Gates, gate), "");

    /// <summary>Holds them at this gate again.</summary>
    public void Close(string gate) => File.Delete(Path.Combine(Gates, gate));

    public bool HasWritten(string name) => File.Exists(Path.Combine(Gates, name));

    /// <summary>When a body wrote a file beside the gates.</summary>
    public DateTime Written(string name) => HasWritten(name)
        ? File.GetLastWriteTimeUtc(Path.Combine(Gates, name)) : throw new FileNotFoundException($"No body has written {name}.");

    /// <summary>Puts a built folder into a drop folder, whole, under the name of its assembly.</summary>
    public void Drop(string built, string? folder = null)
    {
        var making = Path.Combine(_root, $"making-{Guid.NewGuid():N}");
        foreach (var file in Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(making, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        Directory.CreateDirectory(folder ?? Dags);
        Directory.Move(making, Path.Combine(folder ?? Dags, built == Built.Dags ? Built.DagsName : built == Built.Ledgered ? Built.LedgeredName : Path.GetFileName(built)));
    }

    /// <summary>Copies a version of the Reload fixture over the one that is there, as a build does.</summary>
    /// <param name="version">What its bodies return.</param>
    /// <param name="fixture">Reload, or Reload2 with another version of its private dependency.</param>
    /// <param name="spoil">What happened to the assembly on the way.</param>
    public void DropReload(int version, string fixture = "Reload", Func<byte[], byte[]>? spoil = null) => DropVersion(Built.Fixture(fixture), "Reload", version, spoil);

    /// <summary>Another version of the ledgered DAGs over the one that is there.</summary>
    public void DropLedgered(int version) => DropVersion(Built.Ledgered, Built.LedgeredName, version);

    private void DropVersion(string built, string name, int version, Func<byte[], byte[]>? spoil = null)
    {
        var target = Directory.CreateDirectory(Path.Combine(Dags, name)).FullName;
        foreach (var file in Directory.EnumerateFiles(built))
        {
            var content = File.ReadAllBytes(file);
            if (Path.GetFileName(file) == $"{name}.dll")
                content = (spoil ?? (bytes => bytes))(ReloadVersion.Patched(content, version));
            File.WriteAllBytes(Path.Combine(target, Path.GetFileName(file)), content);
        }
    }

    /// <summary>Drops a folder whose only assembly is noise.</summary>
    public void DropCorrupt(string name)
    {
        var making = Path.Combine(_root, name);
        Directory.CreateDirectory(making);
        var noise = new byte[5000];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(Path.Combine(making, $"{name}.dll"), noise);
        Directory.Move(making, Path.Combine(Dags, name));
    }

    /// <summary>Takes a folder out of the drop folder.</summary>
    public void Remove(string name) => Directory.Delete(Path.Combine(Dags, name), recursive: true);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var process in _processes)
            process.Dispose();
        await TakeDownServerAsync();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>A killed `up` leaves its server running; whoever opens the same folder next takes it over.</summary>
    protected virtual async Task TakeDownServerAsync()
    {
        var postgres = Path.Combine(Home, "postgres");
        if (Directory.Exists(postgres))
            await using (await Pipelines.Postgres.Embedded.EmbeddedServer.StartAsync(postgres, _ => { }, CancellationToken.None))
            {
            }
    }

    private string State()
    {
        lock (_processes)
            return string.Join('\n', _processes);
    }
}
