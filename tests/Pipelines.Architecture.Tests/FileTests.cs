using System.Text.RegularExpressions;

namespace Pipelines.Architecture.Tests;

/// <summary>What lies where, and how long it may be.</summary>
public sealed partial class FileTests
{
    private static readonly string[] Counted = [".cs", ".sql", ".cshtml", ".js", ".css"];
    private static readonly HashSet<string> TopLevel =
    [
        "src", "dags", "plugins", "tests", "Pipelines.sln", "README.md", "CHANGELOG.md", "LICENSE",
        "Directory.Build.props", "Directory.Packages.props", "global.json",
    ];

    [Fact]
    public void The_top_level_is_fixed() => Repo.None(
        Directory.EnumerateFileSystemEntries(Repo.Root).Select(Path.GetFileName).OfType<string>()
            .Where(name => !name.StartsWith('.') && !TopLevel.Contains(name) && name is not ("bin" or "obj" or "TestResults")),
        "Not at the top level, please:");

    [Theory]
    [InlineData("src", 500)]
    [InlineData("dags", 500)]
    [InlineData("plugins", 500)]
    [InlineData("tests", 600)]
    public void No_file_is_too_long(string folder, int most) => Repo.None(
        from file in Repo.Below(folder, Counted)
        let lines = Repo.Lines(file).Length
        where lines > most
        orderby lines descending
        select $"{file}: {lines} lines",
        $"Files over {most} lines; split them by verb:");

    [Fact]
    public void Half_of_the_source_files_fit_on_two_screens()
    {
        var lengths = Repo.Below("src", ".cs").Select(file => (File: file, Lines: Repo.Lines(file).Length)).OrderBy(file => file.Lines).ToList();
        var median = lengths[lengths.Count / 2].Lines;
        Assert.True(median <= 120, $"The median of {lengths.Count} files is {median} lines, over 120. The longest:\n  "
            + string.Join("\n  ", lengths.TakeLast(10).Reverse().Select(file => $"{file.File}: {file.Lines}")));
    }

    [Fact]
    public void Nothing_names_a_place_on_a_developers_machine() => Repo.None(
        from file in Repo.Files
        from line in Repo.Lines(file).Select((text, i) => (Text: text, Number: i + 1))
        where HomePath().IsMatch(line.Text)
        select $"{file}:{line.Number}: {line.Text.Trim()}",
        "Paths that exist on one machine only:");

    [Fact]
    public void Relative_links_lead_somewhere() => Repo.None(
        from file in Repo.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal))
        from Match link in Link().Matches(Fenced().Replace(Repo.Text(file), ""))
        let target = Uri.UnescapeDataString(link.Groups[1].Value.Split('#')[0])
        where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
        where !Repo.Exists(Path.Combine(Path.GetDirectoryName(file)!, target))
        select $"{file}: {target}",
        "Broken links:");

    // Homebrew's own place on Linux is the same on every machine.
    [GeneratedRegex(@"(?<![\w.~$}])/(home(?!/linuxbrew)|root|work)/\w")]
    private static partial Regex HomePath();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fenced();
}
