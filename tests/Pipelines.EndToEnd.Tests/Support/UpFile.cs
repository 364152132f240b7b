using System.Text.Json;

namespace Pipelines.EndToEnd.Tests;

/// <summary>What a running `up` leaves in its home.</summary>
internal sealed record UpFile(Uri Url, string Database, int Pid, Dictionary<string, string> Connections)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static string PathIn(TemporaryHome at) => Path.Combine(at.Home, "up.json");

    /// <summary>Waits until `up` or `demo` says that it is ready.</summary>
    public static async Task<UpFile> ReadyAsync(TemporaryHome at, Running up)
    {
        await at.UntilAsync("it is ready", () => up.HasExited || up.Output.Contains("Ready. Press Ctrl-C", StringComparison.Ordinal));
        Assert.False(up.HasExited, up.ToString());
        return JsonSerializer.Deserialize<UpFile>(await File.ReadAllTextAsync(PathIn(at)), Options)!;
    }
}
