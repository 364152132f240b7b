using Microsoft.Playwright;

namespace Pipelines.Web.Tests;

/// <summary>A real Chromium: PIPELINES_CHROMIUM names it, else it is found on the PATH.</summary>
internal static class Chromium
{
    public static Task<IBrowser> LaunchAsync(IPlaywright playwright)
    {
        var program = Environment.GetEnvironmentVariable("PIPELINES_CHROMIUM") is { Length: > 0 } named ? named : OnPath();
        Assert.True(File.Exists(program), $"There is no Chromium{(program is null ? "" : $" at {program}")}. Install it, or name it in PIPELINES_CHROMIUM.");
        return playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu"] });
    }

    private static string? OnPath() =>
        (from name in new[] { "chromium", "chromium-browser", "google-chrome" }
         from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
         let file = Path.Combine(folder, name)
         where File.Exists(file)
         select file).FirstOrDefault();
}
