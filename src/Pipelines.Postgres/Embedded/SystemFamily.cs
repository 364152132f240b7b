using System.Runtime.Versioning;

namespace Pipelines.Postgres.Embedded;

/// <summary>Which packages this system installs, and the one command that installs PostgreSQL.</summary>
static class SystemFamily
{
    [SupportedOSPlatformGuard("linux")]
    public static bool IsDebian =>
        OperatingSystem.IsLinux() && File.Exists("/usr/bin/apt-get") && (File.Exists("/etc/debian_version") || Is("debian") || Is("ubuntu"));

    public static string InstallCommand(int? major)
    {
        if (OperatingSystem.IsWindows())
            return $"winget install PostgreSQL.PostgreSQL.{major ?? 17}";
        if (OperatingSystem.IsMacOS())
            return $"brew install postgresql@{major ?? 17}";
        if (IsDebian)
            return major is null ? "sudo apt-get install postgresql" : $"sudo apt-get install postgresql-{major}";
        if (Is("fedora") && !Is("rhel") && !Is("centos"))
            return "sudo dnf install postgresql-server";
        if (Is("rhel") || Is("centos"))
        {
            // The plain package of releases 8 and 9 is older than we accept; later ones have no modules.
            return Value("VERSION_ID") is ['8' or '9', ..] ? $"sudo dnf module install postgresql:{major ?? 15}/server" : "sudo dnf install postgresql-server";
        }

        if (Is("alpine"))
            return $"sudo apk add postgresql{major ?? 16}";
        if (Is("arch"))
            return "sudo pacman -S postgresql";
        if (Is("suse") || Is("opensuse"))
            return "sudo zypper install postgresql-server";
        return $"install the PostgreSQL {major ?? Binaries.OldestMajor} server with this system's package manager";
    }

    static bool Is(string family) => $"{Value("ID")} {Value("ID_LIKE")}".Split(' ').Contains(family, StringComparer.OrdinalIgnoreCase);

    static string Value(string key)
    {
        const string file = "/etc/os-release";
        if (!File.Exists(file))
            return "";
        var line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(key + "=", StringComparison.Ordinal));
        return line is null ? "" : line[(key.Length + 1)..].Trim('"', '\'');
    }
}
