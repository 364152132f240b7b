using System.Diagnostics;
using System.Text.Json;

namespace Pipelines.Cli;

/// <summary>What a running <c>up</c> leaves in its home, so that client commands find it. It holds passwords: only its owner reads it.</summary>
/// <param name="Url">The console's address.</param>
/// <param name="Database">The connection string of the store.</param>
/// <param name="Pid">The process, to tell a file that a crash left behind.</param>
/// <param name="Connections">Connection strings of the named connections.</param>
public sealed record UpFile(string Url, string Database, int Pid, IReadOnlyDictionary<string, string> Connections)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Whether the process that wrote it still runs.</summary>
    public bool IsAlive()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            return !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The file of a home; null when there is none.</summary>
    /// <exception cref="CommandException">It is there and cannot be read.</exception>
    public static UpFile? Read(string home)
    {
        var path = PathIn(home);
        try
        {
            return JsonSerializer.Deserialize<UpFile>(File.ReadAllText(path), Options);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or JsonException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message} Run as the user of `pipelines up`, or give --database");
        }
    }

    /// <summary>Writes it whole or not at all, readable by its owner only.</summary>
    public void Write(string home)
    {
        Directory.CreateDirectory(home);
        OwnFile.Write(PathIn(home), JsonSerializer.Serialize(this, Options));
    }

    /// <summary>Takes it away when <c>up</c> stops.</summary>
    public static void Delete(string home) => File.Delete(PathIn(home));

    private static string PathIn(string home) => Path.Combine(home, "up.json");
}
