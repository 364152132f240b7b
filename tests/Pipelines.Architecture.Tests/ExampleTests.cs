using System.Net;
using System.Text.RegularExpressions;

namespace Pipelines.Architecture.Tests;

/// <summary>What the documentation shows is code that tests compile and run: each line of an example stands in one of the Examples folders, where tests run it.</summary>
public sealed partial class ExampleTests
{
    private static readonly string Run = Text(Repo.Files.Where(file => file.StartsWith("tests/", StringComparison.Ordinal) && file.Contains("/Examples/", StringComparison.Ordinal)));

    [Theory]
    [InlineData("src/Pipelines.Sdk", 100)]
    [InlineData("src/Pipelines.Testing", 10)]
    public void Examples_of_the_public_API_run(string project, int atLeast)
    {
        var lines = (
            from file in Repo.Below(project, ".cs")
            from Match example in Code().Matches(Documentation(file))
            from line in example.Groups[1].Value.Split('\n')
            let code = Plain(WebUtility.HtmlDecode(line))
            where code.Length > 1
            select (File: file, Code: code)).ToList();
        Assert.True(lines.Count >= atLeast, $"Only {lines.Count} lines of examples were found.");
        Repo.None(lines.Where(line => !Run.Contains(line.Code, StringComparison.Ordinal)).Select(line => $"{line.File}: {line.Code}"), "Examples that no test runs; put them into an Examples folder of the tests:");
    }

    /// <summary>Three dots stand for anything.</summary>
    [Fact]
    public void Examples_of_durable_execution_in_the_readme_run()
    {
        var typed = Text(["tests/Shared/Examples.cs", .. Repo.Below("tests/Pipelines.EndToEnd.Tests", ".cs"), .. Repo.Below("tests/Pipelines.Cli.Tests", ".cs")]);
        var shown = (
            from row in Durable().Match(Repo.Text("README.md").ReplaceLineEndings("\n")).Groups[1].Value.Split('\n')
            where row.StartsWith("| ", StringComparison.Ordinal)
            from Match code in Quoted().Matches(row.TrimEnd(' ', '|').Split(" | ")[^1])
            where !Http().IsMatch(code.Groups[1].Value)
            select Plain(code.Groups[1].Value)).ToList();
        Assert.True(shown.Count >= 40, $"Only {shown.Count} examples were found.");
        Repo.None(shown.Where(code => !Stands(code, code.StartsWith("pipelines ", StringComparison.Ordinal) ? typed : Run)), "Shown in the README, and run by no test:");
    }

    private static bool Stands(string code, string where) => Regex.IsMatch(where, Regex.Escape(code).Replace(@"\.\.\.", ".*?", StringComparison.Ordinal).Replace(@"\ ", @"\s*", StringComparison.Ordinal), RegexOptions.Singleline);

    private static string Text(IEnumerable<string> files) => string.Join('\n', files.SelectMany(Repo.Lines).Select(Plain));

    private static string Documentation(string file) =>
        string.Join('\n', Repo.Lines(file).Select(line => line.TrimStart()).Where(line => line.StartsWith("///", StringComparison.Ordinal)).Select(line => line[3..]));

    /// <summary>Without comments and what stands around it.</summary>
    private static string Plain(string line) => Comment().Replace(line, "").Trim().TrimEnd(';');

    [GeneratedRegex("<code>(.*?)</code>", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\s{2,}//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\n## Durable execution\n(.*?)\n## ", RegexOptions.Singleline)]
    private static partial Regex Durable();

    /// <summary>The API's own tests send these.</summary>
    [GeneratedRegex("^(GET|curl) ")]
    private static partial Regex Http();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
