using System.Runtime.CompilerServices;

namespace Pipelines.Engine.Tests.Loading;

/// <summary>A temporary home with a watched root, and the built fixtures to drop into it.</summary>
public sealed class DropFolder : IDisposable
{
    private static readonly string Fixtures = Path.Combine(AppContext.BaseDirectory, "fixtures");

    public string Home { get; } = Directory.CreateTempSubdirectory("pipelines-loading-").FullName;

    public string Root => Directory.CreateDirectory(Path.Combine(Home, "dags")).FullName;

    /// <summary>Copies a fixture's output over the folder of that name.</summary>
    public string Drop(string fixture, string folder)
    {
        var target = Directory.CreateDirectory(Path.Combine(Root, folder)).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Fixtures, fixture)))
        {
            var copy = Path.Combine(target, Path.GetFileName(file));
            File.Copy(file, copy, overwrite: true);
            File.SetLastWriteTimeUtc(copy, DateTime.UtcNow); // File.Copy keeps the time; a fresh one is what most copying programs give
        }

        return target;
    }

    /// <summary>The Reload fixture with another version in its texts.</summary>
    public string DropReload(int version, string fixture = "Reload")
    {
        var target = Drop(fixture, "Reload");
        var file = Path.Combine(target, "Reload.dll");
        File.WriteAllBytes(file, ReloadVersion.Patched(File.ReadAllBytes(file), version));
        return target;
    }

    /// <summary>A folder of one file.</summary>
    public string DropFile(string folder, string file, byte[] content)
    {
        var target = Directory.CreateDirectory(Path.Combine(Root, folder)).FullName;
        File.WriteAllBytes(Path.Combine(target, file), content);
        return target;
    }

    public static byte[] Bytes(string fixture, string file) => File.ReadAllBytes(Path.Combine(Fixtures, fixture, file));

    public static string PathOf(string fixture, string file) => Path.Combine(Fixtures, fixture, file);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Home, recursive: true);
        }
        catch (IOException)
        {
            // Left to the system's own cleaning of temporary folders.
        }
    }
}

public static class Until
{
    /// <summary>Waits for a condition; a deadline turns a hang into a failure.</summary>
    public static async Task Holds(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"Not so within 30 s: {what}");
            await Task.Delay(10);
        }
    }
}
