using System.Xml.Linq;

namespace Pipelines.Architecture.Tests;

/// <summary>Versions are in one place, exact, locked, and told.</summary>
public sealed class PackageTests
{
    private static readonly string[] Projects = [.. Repo.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal))];

    private static readonly (string Id, string Version)[] Central =
    [
        .. XDocument.Parse(Repo.Text("Directory.Packages.props")).Descendants("PackageVersion").Select(item => ((string)item.Attribute("Include")!, (string)item.Attribute("Version")!)),
    ];

    [Fact]
    public void Versions_are_in_one_place() => Repo.None(
        from file in Repo.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal) || file.EndsWith(".props", StringComparison.Ordinal) || file.EndsWith(".targets", StringComparison.Ordinal))
        from item in XDocument.Parse(Repo.Text(file)).Descendants("PackageReference")
        where item.Attribute("Version") is not null || item.Attribute("VersionOverride") is not null || item.Element("Version") is not null
        select $"{file}: {(string?)item.Attribute("Include")}",
        "Versions outside Directory.Packages.props:");

    [Fact]
    public void Versions_are_exact() =>
        Repo.None(Central.Where(package => !System.Version.TryParse(package.Version, out _)).Select(package => $"{package.Id} {package.Version}"), "Not one exact version:");

    [Fact]
    public void Every_project_has_a_lock_file() => Repo.None(
        Projects.Where(project => !Repo.Exists(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json"))), "Projects without packages.lock.json:");

    /// <summary>Fixtures are built by the tests that drop them.</summary>
    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repo.Text("Pipelines.sln").Replace('\\', '/');
        Repo.None(Projects.Where(project => !project.StartsWith("tests/Fixtures/", StringComparison.Ordinal) && !solution.Contains($"\"{project}\"", StringComparison.Ordinal)),
            "Projects that `dotnet test Pipelines.sln` does not see:");
    }

    [Fact]
    public void The_README_names_every_package_with_its_version()
    {
        var rows = Repo.Lines("README.md").Where(line => line.StartsWith('|')).ToList();
        Repo.None(
            Central.Where(package => !rows.Any(row => row.Contains($"{package.Id} ", StringComparison.Ordinal) && row.Contains($"| {package.Version} |", StringComparison.Ordinal)))
                .Select(package => $"{package.Id} {package.Version}"),
            "Missing from the table \"Dependencies\":");
    }
}
