using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace Pipelines.Postgres.Embedded;

/// <summary>
/// Brings PostgreSQL in with the system's own package client, which checks signatures, but into our directory: lists, packages
/// and unpacked files are ours, the system's are only read. Needs no root. What is half done is thrown away by the next try.
/// </summary>
[SupportedOSPlatform("linux")]
sealed partial class DownloadDistribution(ClusterPlace place, Action<string> progress, string otherwise)
{
    const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    readonly string work = place.Distribution + ".part";

    string Settings => Path.Combine(work, "apt.conf");
    string Packages => Path.Combine(work, "packages");
    string Root => Path.Combine(work, "root");

    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await PrepareAsync(ct);
            progress("Fetching the package lists");
            // A foreign source that fails must not stop us: whether the lists suffice shows when we ask for the package.
            var update = await Apt("apt-get", "update").RunAsync(ct);

            var major = await NewestOfferedAsync(ct) ?? throw Failed(
                update.Succeeded ? $"The distribution offers no PostgreSQL {place.Major?.ToString(CultureInfo.InvariantCulture) ?? "15 or newer"}" : $"Cannot fetch the package lists: {update.Complaint}");
            var packages = await MissingPackagesAsync(major, ct);
            var size = await SizeAsync(packages, ct);
            progress($"Downloading PostgreSQL {major} and {packages.Length - 1} libraries{size}");
            await MustAsync(Apt("apt-get", ["-q", "download", .. packages]) with { WorkingDirectory = Packages }, "Cannot download the packages", ct);

            progress("Unpacking");
            foreach (var package in Directory.GetFiles(Packages, "*.deb"))
                await MustAsync(new Command("dpkg-deb", "-x", package, Root), $"Cannot unpack {Path.GetFileName(package)}", ct);
            Publish(major);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedServerException(
                $"Cannot store the downloaded PostgreSQL: {e.Message}", place.Distribution, FailureLine.Fix(e.Message, otherwise), e);
        }
    }

    async Task PrepareAsync(CancellationToken ct)
    {
        Clear();
        foreach (var directory in (string[])["state/lists/partial", "cache/archives/partial", "packages", "root"])
            Directory.CreateDirectory(Path.Combine(work, directory));
        // A last configuration file, because only a file can clear lists: a container image's hooks would clean the system's cache.
        await File.WriteAllTextAsync(Settings, $"""
            Dir::State "{work}/state";
            Dir::State::status "/var/lib/dpkg/status";
            Dir::Cache "{work}/cache";
            Acquire::Languages "none";
            Acquire::Retries "3";
            Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
            Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
            APT::Get::List-Cleanup "false";
            #clear APT::Update::Pre-Invoke;
            #clear APT::Update::Post-Invoke;
            #clear APT::Update::Post-Invoke-Success;

            """, ct);
    }

    async Task<int?> NewestOfferedAsync(CancellationToken ct)
    {
        var names = (await Apt("apt-cache", "pkgnames", "postgresql-").RunAsync(ct)).Output.Split('\n', StringSplitOptions.TrimEntries);
        var majors = names.Select(n => ServerPackage().Match(n)).Where(m => m.Success)
            .Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))
            .Where(m => m >= Binaries.OldestMajor && (place.Major is null || m == place.Major));
        foreach (var major in majors.OrderDescending())
        {
            // A name may be known only because another package mentions it.
            var policy = (await Apt("apt-cache", "policy", $"postgresql-{major}").RunAsync(ct)).Output;
            if (policy.Contains("Candidate: ", StringComparison.Ordinal) && !policy.Contains("Candidate: (none)", StringComparison.Ordinal))
                return major;
        }

        return null;
    }

    /// <summary>
    /// The server and the libraries this system lacks. The packages that only administer system-wide clusters are left out, and
    /// so are Perl and the compiler for JIT, which we switch off. The C library is the system's own by necessity.
    /// </summary>
    async Task<string[]> MissingPackagesAsync(int major, CancellationToken ct)
    {
        var server = $"postgresql-{major}";
        var plan = await MustAsync(Apt("apt-get", "install", "--simulate", "--no-install-recommends", "--reinstall", server, "libpq5"), "Cannot resolve the packages", ct);
        var libraries = plan.Output.Split('\n').Where(l => l.StartsWith("Inst ", StringComparison.Ordinal)).Select(l => l.Split(' ')[1])
            .Where(p => p.StartsWith("lib", StringComparison.Ordinal) && !Needless().IsMatch(p));
        return [server, .. libraries.Append("libpq5").Distinct()];
    }

    async Task<string> SizeAsync(string[] packages, CancellationToken ct)
    {
        // 'address' file size hash
        var lines = (await Apt("apt-get", ["download", "--print-uris", .. packages]).RunAsync(ct)).Output.Split('\n');
        var bytes = lines.Select(l => l.Split(' ')).Sum(parts => parts.Length >= 4 && long.TryParse(parts[2], out var size) ? size : 0);
        return bytes is 0 ? "" : $" ({bytes / 1e6:0} MB)";
    }

    void Publish(int major)
    {
        Directory.CreateDirectory(place.Distribution);
        // Another account runs these programs, whatever our umask says.
        File.SetUnixFileMode(place.Distribution, Open);
        File.SetUnixFileMode(Root, Open);
        var target = Path.Combine(place.Distribution, major.ToString(CultureInfo.InvariantCulture));
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
        Directory.Move(Root, target);
        Clear();
    }

    void Clear()
    {
        if (Directory.Exists(work))
            Directory.Delete(work, recursive: true);
    }

    Command Apt(string program, params string[] arguments) => new(program, ["-c", Settings, .. arguments]) { Timeout = TimeSpan.FromMinutes(10) };

    async Task<CommandResult> MustAsync(Command command, string what, CancellationToken ct)
    {
        var result = await command.RunAsync(ct);
        return result.Succeeded ? result : throw Failed($"{what}: {result.Complaint}");
    }

    EmbeddedServerException Failed(string what) => new(what, place.Distribution, FailureLine.Fix(what, otherwise));

    [GeneratedRegex(@"^postgresql-(\d+)$")]
    private static partial Regex ServerPackage();

    [GeneratedRegex(@"^(libc6|libc-.*|libllvm.*|libz3-.*|libperl.*)$|-perl$|-dev$")]
    private static partial Regex Needless();
}
