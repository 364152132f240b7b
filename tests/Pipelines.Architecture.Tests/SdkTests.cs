using System.Xml.Linq;

namespace Pipelines.Architecture.Tests;

/// <summary>The surface that DAG authors build on: every change of it is seen, and every type says what it is.</summary>
public sealed class SdkTests
{
    private const string File = "src/Pipelines.Sdk/PublicApi.txt";
    private static readonly Type[] Types = [.. typeof(Dag).Assembly.GetExportedTypes()];

    [Fact]
    public void Its_surface_is_the_one_on_file()
    {
        var now = PublicApi.Of(typeof(Dag).Assembly);
        if (Environment.GetEnvironmentVariable("PIPELINES_ACCEPT_API") == "1")
            System.IO.File.WriteAllText(Path.Combine(Repo.Root, File), string.Join('\n', now) + "\n");
        string[] known = Repo.Exists(File) ? Repo.Lines(File) : [];
        var changes = known.Except(now).Select(line => $"- {line}").Concat(now.Except(known).Select(line => $"+ {line}")).ToList();
        Assert.True(changes.Count == 0,
            $"The public surface of Pipelines.Sdk has changed:\n  {string.Join("\n  ", changes)}\n"
            + $"If that is meant: PIPELINES_ACCEPT_API=1 dotnet test tests/Pipelines.Architecture.Tests writes {File}; commit it with the change.");
    }

    /// <summary>The compiler asks it of members; it accepts a file that says otherwise.</summary>
    [Fact]
    public void Every_public_type_has_a_summary()
    {
        var documented = XDocument.Load(Path.ChangeExtension(typeof(Dag).Assembly.Location, ".xml")).Descendants("member")
            .Where(member => !string.IsNullOrWhiteSpace((string?)member.Element("summary"))).Select(member => (string)member.Attribute("name")!).ToHashSet();
        Repo.None(Types.Select(type => $"T:{type.FullName!.Replace('+', '.')}").Where(name => !documented.Contains(name)), "Types without a summary:");
    }

    [Fact]
    public void Its_classes_are_sealed_unless_made_to_be_derived_from() => Repo.None(
        Types.Where(type => type.IsClass && !type.IsAbstract && !type.IsSealed && type != typeof(PipelinesException)).Select(type => type.FullName!), "Not sealed:");
}
