namespace Pipelines.Postgres.Embedded;

/// <summary>Finds the newest usable PostgreSQL, or brings one in, or says how to.</summary>
static class FindBinaries
{
    const string Override = "PIPELINES_POSTGRES_BIN";

    public static async Task<Binaries> FindAsync(ClusterPlace place, EmbeddedOptions options, Action<string> progress, CancellationToken ct)
    {
        if (options.SearchSystem && Environment.GetEnvironmentVariable(Override) is { Length: > 0 } chosen)
            return await OverrideAsync(chosen, place, ct);

        var problems = new List<string>();
        var best = await NewestAsync(place, options.SearchSystem, problems, ct);
        if (best is not null)
            return best;

        var missing = place.Major is { } major
            ? $"PostgreSQL {major}, which made the cluster, was not found"
            : $"PostgreSQL {Binaries.OldestMajor} or newer was not found";
        var reasons = problems.Count is 0 ? "" : $" ({string.Join("; ", problems)})";
        var fix = $"Install it: {SystemFamily.InstallCommand(place.Major)} (or set {Override} to its bin directory, or connect to your own server with --database).";
        if (!options.Download || !SystemFamily.IsDebian)
            throw new EmbeddedServerException(
                missing + reasons, options.SearchSystem ? "PATH and the usual places" : place.Distribution, fix);

        progress($"{missing}{reasons}: downloading it from this system's distribution");
        await new DownloadDistribution(place, progress, fix).RunAsync(ct);
        return await NewestAsync(place, searchSystem: false, problems, ct)
            ?? throw new EmbeddedServerException(
                $"The downloaded PostgreSQL does not run: {problems.LastOrDefault()}", place.Distribution, fix);
    }

    static async Task<Binaries> OverrideAsync(string chosen, ClusterPlace place, CancellationToken ct)
    {
        var real = Binaries.RealDirectory(chosen)
            ?? throw new EmbeddedServerException(
                $"{Override} has no initdb, pg_ctl and postgres", chosen,
                "Set it to the bin directory of a PostgreSQL server, or unset it.");
        var (found, problem) = await Binaries.TryAsync(real, null, place.Account, ct);
        if (found is null)
            throw new EmbeddedServerException(
                $"{Override}: {problem}", chosen, "Set it to a bin directory that the server's account can use, or unset it.");
        return Unfit(found, place) is { } reason
            ? throw new EmbeddedServerException(
                $"{Override}: {reason}", chosen, "Set it to the bin directory of another version, or unset it.")
            : found;
    }

    static async Task<Binaries?> NewestAsync(ClusterPlace place, bool searchSystem, List<string> problems, CancellationToken ct)
    {
        Binaries? best = null;
        var downloaded = Expand(place.Distribution, "*", "usr", "lib", "postgresql", "*", "bin").Select(d => (Directory: d, Libraries: LibrariesOf(d)));
        var system = searchSystem ? UsualPlaces().Select(d => (Directory: d, Libraries: (string?)null)) : [];
        var candidates = downloaded.Concat(system)
            .Select(c => (Directory: Binaries.RealDirectory(c.Directory), c.Libraries))
            .Where(c => c.Directory is not null).DistinctBy(c => c.Directory);
        foreach (var (directory, libraries) in candidates)
        {
            var (found, problem) = await Binaries.TryAsync(directory!, libraries, place.Account, ct);
            if (found is not null && Unfit(found, place) is { } reason)
                (found, problem) = (null, reason);
            if (found is null)
                problems.Add(problem);
            else if (best is null || (found.Major, found.Minor).CompareTo((best.Major, best.Minor)) > 0)
                best = found;
        }

        return best;
    }

    /// <summary>A cluster only runs on the major version that made it.</summary>
    static string? Unfit(Binaries found, ClusterPlace place) => place.Major switch
    {
        _ when found.Major < Binaries.OldestMajor => $"{found} is too old: {Binaries.OldestMajor} is the oldest that works",
        { } major when major != found.Major => $"{found} cannot open a cluster of PostgreSQL {major}",
        _ => null,
    };

    static IEnumerable<string> UsualPlaces() =>
    [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(Path.IsPathRooted),
        .. Expand("/usr/lib/postgresql", "*", "bin"),                      // Debian
        .. Expand("/usr", "pgsql-*", "bin"),                               // Red Hat, the project's own packages
        .. Expand("/usr/lib", "postgresql*", "bin"),                       // SUSE
        .. Expand("/usr/libexec", "postgresql*"),                          // Alpine
        .. Expand("/opt/homebrew/opt", "postgresql@*", "bin"),
        .. Expand("/usr/local/opt", "postgresql@*", "bin"),
        .. Expand("/home/linuxbrew/.linuxbrew/opt", "postgresql@*", "bin"),
        .. Expand("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
        .. Expand(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL", "*", "bin"),
    ];

    /// <summary>The directories below <paramref name="root"/> that match one pattern per level.</summary>
    static IEnumerable<string> Expand(string root, params string[] patterns)
    {
        IEnumerable<string> level = root is "" ? [] : [root];
        foreach (var pattern in patterns)
            level = level.SelectMany(directory => Children(directory, pattern)).ToList();
        return level;
    }

    static string[] Children(string directory, string pattern)
    {
        try
        {
            return Directory.Exists(directory) ? Directory.GetDirectories(directory, pattern) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Where a download put the shared libraries: lib and usr/lib, and below each the directory of this architecture.</summary>
    public static string? LibrariesOf(string bin)
    {
        // <root>/usr/lib/postgresql/15/bin
        var root = Path.GetFullPath(Path.Combine(bin, "..", "..", "..", "..", ".."));
        var places = ((string[])["lib", "usr/lib"]).Select(p => Path.Combine(root, p)).SelectMany(p => Children(p, "*").Prepend(p))
            .Where(p => Directory.Exists(p) && Directory.EnumerateFiles(p, "*.so*").Any()).ToList();
        return places.Count is 0 ? null : string.Join(':', places);
    }
}
