using System.Text.RegularExpressions;

namespace Pipelines.Architecture.Tests;

/// <summary>The page that compares with Airflow names tests that exist, and the README what differs.</summary>
public sealed partial class ConformanceTests
{
    private const string Page = "tests/Airflow.md";

    [Fact]
    public void Every_named_test_exists()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Repo.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => TestMethod().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).ToHashSet();
        var rows = Rows();
        Assert.True(rows.Count > 60, $"{rows.Count} rows");
        Repo.None(rows.Where(row => row.Tests.Length == 0).Select(row => row.Airflow), "Rows without a test:");
        Repo.None(rows.SelectMany(row => row.Tests).Where(test => !tests.Contains(test)), "No such test:");
    }

    [Fact]
    public void Every_trigger_rule_has_its_row()
    {
        var rows = Rows().Select(row => row.Airflow.Replace("_", "", StringComparison.Ordinal)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Repo.None(Enum.GetNames<TriggerRule>().Where(rule => !rows.Contains(rule)), "Rules without a row:");
    }

    [Fact]
    public void The_README_leads_whoever_comes_from_Airflow_to_it()
    {
        var readme = string.Join('\n', Repo.Lines("README.md"));
        Assert.Contains("## Coming from Airflow", readme, StringComparison.Ordinal);
        Assert.Contains($"({Page})", readme, StringComparison.Ordinal);
    }

    private static List<(string Airflow, string[] Tests)> Rows() =>
    [
        .. Repo.Lines(Page).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| Airflow", StringComparison.Ordinal) && !line.StartsWith("| What |", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => (cells[1], cells[3].Split(", ", StringSplitOptions.RemoveEmptyEntries))),
    ];

    /// <summary>The runner refuses public methods of test classes that are no tests.</summary>
    [GeneratedRegex(@"public (?:async )?(?:Task|void) (\w+)\(")]
    private static partial Regex TestMethod();
}
