using System.Text.RegularExpressions;

namespace Pipelines.Architecture.Tests;

/// <summary>What the README shows is what is there.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = Repo.Text("README.md").ReplaceLineEndings("\n");

    /// <summary>The fixture is compiled with every build.</summary>
    [Fact]
    public void Its_DAG_is_one_that_compiles() =>
        Assert.Equal(Repo.Text("tests/Fixtures/ReadmeDag/SalesDag.cs").ReplaceLineEndings("\n").Trim(), CSharp().Match(Readme).Groups[1].Value.Trim());

    [Fact]
    public void It_names_every_variable_that_the_program_reads()
    {
        var read = Repo.Below("src", ".cs").Concat(["tests/run"]).SelectMany(file => Variable().Matches(Repo.Text(file)).Select(match => match.Value))
            .Where(name => name is not ("PIPELINES_CONNECTION_" or "PIPELINES_CONNECTION_NAME" or "PIPELINES_CHANNEL_NAME" or "PIPELINES_CHANNEL_ON_CALL" or "PIPELINES_TEST_DOWNLOADS")).Distinct();
        Repo.None(read.Where(name => !Readme.Contains(name, StringComparison.Ordinal)), "Variables that the README does not name:");
    }

    [Theory]
    [InlineData("dotnet run --project src/Pipelines.Cli -- demo")]
    [InlineData("bash tests/run")]
    [InlineData("## Benchmarks")]
    [InlineData("## Dependencies")]
    public void It_has(string text) => Assert.Contains(text, Readme, StringComparison.Ordinal);

    [Fact]
    public void The_rules_of_the_engine_name_functions_that_it_has()
    {
        const string folder = "src/Pipelines.Postgres/Sql/Engine";
        var made = Repo.Below(folder, ".sql").SelectMany(file => Made().Matches(Repo.Text(file))).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(made);
        Repo.None(Called().Matches(Repo.Text($"{folder}/README.md")).Select(match => match.Groups[1].Value).Where(name => !made.Contains(name)), "Functions that are no more, in the rules of the engine:");
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"\bPIPELINES_[A-Z_]+")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^create or replace function (\w+)", RegexOptions.Multiline)]
    private static partial Regex Made();

    [GeneratedRegex(@"`([a-z_]{3,})\(")]
    private static partial Regex Called();
}
