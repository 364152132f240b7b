using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Pipelines.Architecture.Tests;

/// <summary>Arrows point down only: in the projects, and in what the compiler made of them.</summary>
public sealed class ArrowTests
{
    private const string Web = "ASP.NET Core";

    /// <summary>What each project of src may reference. A new arrow is a decision: make it here, with the reason in the commit.</summary>
    private static readonly Dictionary<string, (string[] Projects, string[] Packages)> Allowed = new()
    {
        ["Pipelines.Sdk"] = ([], ["Microsoft.Extensions.*.Abstractions"]),
        ["Pipelines.Engine"] = (["Pipelines.Sdk"], ["Microsoft.Extensions.*", "NodaTime"]),
        ["Pipelines.Postgres"] = (["Pipelines.Engine"], ["Npgsql"]),
        ["Pipelines.Web"] = (["Pipelines.Engine"], [Web, "Microsoft.AspNetCore.OpenApi"]),
        ["Pipelines.Testing"] = (["Pipelines.Sdk", "Pipelines.Engine"], []),
        ["Pipelines.Cli"] = (
            ["Pipelines.Sdk", "Pipelines.Engine", "Pipelines.Postgres", "Pipelines.Web", "Pipelines.Testing"],
            [Web, "Spectre.Console", "System.CommandLine", "OpenTelemetry*", "Npgsql", "NodaTime", "Microsoft.Extensions.*"]),
    };

    private static readonly string[] Projects = [.. Repo.Below("src", ".csproj").Where(project => Allowed.ContainsKey(Name(project)))];

    [Fact]
    public void Every_project_has_a_place_in_the_house() =>
        Repo.None(Repo.Below("src", ".csproj").Select(Name).Where(name => !Allowed.ContainsKey(name)), "Projects of src that the table of allowed references does not know:");

    /// <summary>Plugins and DAGs get the Sdk from their folder's props, and reference nothing else of ours.</summary>
    [Theory]
    [InlineData("plugins")]
    [InlineData("dags")]
    public void What_is_dropped_sees_the_Sdk_alone(string folder)
    {
        Repo.None(
            from project in Repo.Below(folder, ".csproj")
            from path in References(XDocument.Parse(Repo.Text(project)), "ProjectReference")
            select $"{Name(project)} -> {Path.GetFileNameWithoutExtension(path)}",
            "References to other projects:");
        Assert.Equal(["Pipelines.Sdk"], References(XDocument.Parse(Repo.Text("dags/Directory.Build.props")), "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))));
    }

    [Fact]
    public void Projects_reference_only_what_they_may() => Repo.None(
        from project in Projects
        let allowed = Allowed[Name(project)]
        let xml = XDocument.Parse(Repo.Text(project))
        from arrow in References(xml, "ProjectReference").Select(path => (To: Path.GetFileNameWithoutExtension(path), Fits: allowed.Projects))
            .Concat(References(xml, "PackageReference").Select(package => (To: package, Fits: allowed.Packages)))
            .Concat(References(xml, "FrameworkReference").Select(framework => (To: framework == "Microsoft.AspNetCore.App" ? Web : framework, Fits: allowed.Packages)))
        where !arrow.Fits.Any(pattern => Matches(pattern, arrow.To))
        select $"{Name(project)} -> {arrow.To}",
        "New arrows:");

    [Fact]
    public void Compiled_assemblies_agree() => Repo.None(
        from project in Projects
        let name = Name(project)
        let allowed = Reachable(name)
        from to in AssemblyReferences(name == "Pipelines.Cli" ? "pipelines" : name)
        where !to.StartsWith("System", StringComparison.Ordinal) && to is not ("netstandard" or "mscorlib" or "Microsoft.CSharp" or "Microsoft.Win32.Primitives")
        let package = to.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) ? Web : to
        where !allowed.Contains(to) && !Packages(allowed).Any(pattern => Matches(pattern, package))
            && !(Packages(allowed).Contains(Web) && to.StartsWith("Microsoft.", StringComparison.Ordinal))
        select $"{name} -> {to}",
        "References in compiled assemblies:");

    [Theory]
    [InlineData("Pipelines.Sdk", "Pipelines.", "Npgsql", "NodaTime", "Microsoft.AspNetCore")]
    [InlineData("Pipelines.Engine", "Pipelines.Postgres", "Pipelines.Web", "Npgsql", "Microsoft.AspNetCore")]
    [InlineData("Pipelines.Web", "Pipelines.Postgres", "Npgsql")]
    [InlineData("Pipelines.Postgres", "Pipelines.Web", "Microsoft.AspNetCore")]
    public void Some_arrows_are_forbidden_for_good(string from, params string[] to) => Repo.None(
        AssemblyReferences(from).Where(name => to.Any(start => name.StartsWith(start, StringComparison.Ordinal))), $"{from} must never see:");

    private static string Name(string project) => Path.GetFileNameWithoutExtension(project);

    /// <summary>Those that only order the build are no arrows.</summary>
    private static IEnumerable<string> References(XDocument project, string kind) => project.Descendants(kind)
        .Where(item => (string?)item.Attribute("ReferenceOutputAssembly") != "false").Select(item => (string?)item.Attribute("Include")).OfType<string>();

    private static HashSet<string> Reachable(string project)
    {
        var reached = new HashSet<string>();
        var open = new Stack<string>([project]);
        while (open.TryPop(out var next))
        {
            if (reached.Add(next))
                Array.ForEach(Allowed[next].Projects, open.Push);
        }

        return reached;
    }

    private static string[] Packages(IEnumerable<string> projects) => [.. projects.SelectMany(project => Allowed[project].Packages)];

    private static bool Matches(string pattern, string name)
    {
        var parts = pattern.Split('*');
        return parts.Length == 1
            ? name == pattern
            : name.StartsWith(parts[0], StringComparison.Ordinal) && name.EndsWith(parts[1], StringComparison.Ordinal);
    }

    private static List<string> AssemblyReferences(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")));
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
