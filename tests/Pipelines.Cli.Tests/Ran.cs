using System.Text.Json.Nodes;

namespace Pipelines.Cli.Tests;

/// <summary>What a command line gave back.</summary>
public sealed record Ran(int Code, string Out, string Error)
{
    public static async Task<Ran> CliAsync(params IReadOnlyList<string> args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.InvokeAsync(args, output, error);
        return new Ran(code, output.ToString(), error.ToString());
    }

    public JsonNode Json()
    {
        Assert.True(Code == 0, Error);
        return JsonNode.Parse(Out)!;
    }

    /// <summary>Exit code 1, nothing on stdout, and one line on stderr that holds these parts.</summary>
    public void IsRefused(params string[] parts)
    {
        Assert.Equal(1, Code);
        Assert.Equal("", Out);
        var line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
    }

    /// <summary>As <see cref="IsRefused"/>, but something was shown before.</summary>
    public void IsRefusedAfterPreview(params string[] parts) => (this with { Out = "" }).IsRefused(parts);

    public void IsDone(params string[] parts)
    {
        Assert.Equal(("", 0), (Error, Code));
        Assert.All(parts, part => Assert.Contains(part, Out, StringComparison.Ordinal));
    }
}
