using System.ComponentModel;
using System.Diagnostics;

namespace Pipelines.EndToEnd.Tests;

/// <summary>
/// libfaketime, which makes one process believe that it is another time: the system's, or the distribution's package unpacked beside
/// the tests, which leaves the system as it is.
/// </summary>
internal static class FakeClock
{
    private const string Name = "libfaketimeMT.so.1";
    private static readonly Lazy<string?> Found = new(() => Installed() ?? Unpacked());

    public static bool IsThere => Found.Value is not null;

    /// <summary>What a process must be started with to be so many hours off. Its monotonic clock stays right, as that of a wrong machine does.</summary>
    public static Dictionary<string, string> Off(int hours) => new()
    {
        ["LD_PRELOAD"] = Found.Value!,
        ["FAKETIME"] = hours < 0 ? $"{hours}h" : $"+{hours}h",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",                   // the fix for an old glibc: with it, every wait of .NET ends at once
        ["NO_FAKE_STAT"] = "1",
    };

    /// <summary>What a process must be started with to look into a file once a second for how far its clock is off, such as <c>+2h</c>.</summary>
    public static Dictionary<string, string> Stepped(string file)
    {
        var environment = Off(0);
        environment.Remove("FAKETIME");
        environment["FAKETIME_TIMESTAMP_FILE"] = file;
        environment["FAKETIME_CACHE_DURATION"] = "1";
        return environment;
    }

    private static string? Installed() => new[] { "/usr/lib", "/usr/lib64", "/usr/local/lib" }.Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateDirectories(folder).Append(folder))
        .SelectMany(folder => new[] { Path.Combine(folder, "faketime", Name), Path.Combine(folder, Name) })
        .FirstOrDefault(File.Exists);

    /// <summary>Null: there is no apt, or it reaches nothing.</summary>
    private static string? Unpacked()
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "faketime")).FullName;
        if (Library() is { } known)
            return known;
        // A machine that was never updated knows no packages: then into lists of our own.
        string[] lists = ["-o", $"Dir::State={folder}/state", "-o", "Dir::State::status=/var/lib/dpkg/status", "-o", $"Dir::Cache={folder}/cache"];
        if (!Run("apt-get", "-q", "download", "libfaketime"))
        {
            Directory.CreateDirectory(Path.Combine(folder, "state", "lists", "partial"));
            Directory.CreateDirectory(Path.Combine(folder, "cache", "archives", "partial"));
            if (!Run("apt-get", [.. lists, "-q", "update"]) || !Run("apt-get", [.. lists, "-q", "download", "libfaketime"]))
                return null;
        }

        foreach (var package in Directory.GetFiles(folder, "*.deb"))
            Run("dpkg-deb", "-x", package, folder);
        return Library();

        string? Library() => Directory.EnumerateFiles(folder, Name, SearchOption.AllDirectories).FirstOrDefault();

        bool Run(string program, params string[] arguments)
        {
            var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
            try
            {
                using var process = Process.Start(start)!;
                process.OutputDataReceived += (_, _) => { };
                process.ErrorDataReceived += (_, _) => { };
                process.BeginOutputReadLine();
                process.BeginErrorReadLine();
                if (process.WaitForExit(TimeSpan.FromMinutes(1)))
                    return process.ExitCode == 0;
                process.Kill(entireProcessTree: true);
                return false;
            }
            catch (Win32Exception)
            {
                return false;
            }
        }
    }
}

/// <summary>Needs libfaketime: installed, or to be had with apt.</summary>
internal sealed class FactWithFakeClockAttribute : FactAttribute
{
    public FactWithFakeClockAttribute()
    {
        if (!OperatingSystem.IsLinux() || !FakeClock.IsThere)
            Skip = "libfaketime is not installed, and apt does not bring it.";
    }
}
