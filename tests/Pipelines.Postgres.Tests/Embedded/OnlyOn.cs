namespace Pipelines.Postgres.Tests.Embedded;

/// <summary>Needs root, because only root lends the server to another account.</summary>
sealed class FactForRootAttribute : FactAttribute
{
    public FactForRootAttribute()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            Skip = "Only root lends the server to another account.";
    }
}

/// <summary>Needs an ordinary account, because file modes do not stop root.</summary>
sealed class FactForOrdinaryAccountAttribute : FactAttribute
{
    public FactForOrdinaryAccountAttribute()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
            Skip = "File modes do not stop root.";
    }
}

/// <summary>Needs apt and a reachable package source.</summary>
sealed class FactOnDebianAttribute : FactAttribute
{
    public FactOnDebianAttribute()
    {
        if (!File.Exists("/usr/bin/apt-get") || !File.Exists("/etc/debian_version"))
            Skip = "Only the Debian family has apt.";
    }
}
