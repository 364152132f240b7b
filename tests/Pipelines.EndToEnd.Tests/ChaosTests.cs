using System.Diagnostics;
using Xunit.Abstractions;

namespace Pipelines.EndToEnd.Tests;

/// <summary>Nothing is lost, whatever dies: two minutes of the program that hurts everything at once. Its README section says how to ask for an hour.</summary>
public sealed class ChaosTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Two_minutes_in_which_everything_is_hurt_lose_nothing()
    {
        var start = new ProcessStartInfo("dotnet", [Built.Chaos, "--minutes", "2", "--round", "1"]) { RedirectStandardOutput = true };
        using var chaos = Process.Start(start)!;
        var said = await chaos.StandardOutput.ReadToEndAsync();
        await chaos.WaitForExitAsync();
        output.WriteLine(said);
        Assert.True(chaos.ExitCode == 0, said);
    }
}
