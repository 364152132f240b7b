using System.Reflection;
using System.Xml.Linq;
using Pipelines.Testing;

namespace Pipelines.Architecture.Tests;

/// <summary>The surfaces that DAG authors build on: every change of them is seen, and every type says what it is.</summary>
public sealed class SdkTests
{
    public static TheoryData<string> Surfaces => [typeof(Dag).Assembly.GetName().Name!, typeof(DagTest).Assembly.GetName().Name!];

    [Theory]
    [MemberData(nameof(Surfaces))]
    public void Its_surface_is_the_one_on_file(string name)
    {
        var file = $"src/{name}/PublicApi.txt";
        var now = PublicApi.Of(Assembly.Load(name));
        if (Environment.GetEnvironmentVariable("PIPELINES_ACCEPT_API") == "1")
            File.WriteAllText(Path.Combine(Repo.Root, file), string.Join('\n', now) + "\n");
        string[] known = Repo.Exists(file) ? Repo.Lines(file) : [];
        var changes = known.Except(now).Select(line => $"- {line}").Concat(now.Except(known).Select(line => $"+ {line}")).ToList();
        Assert.True(changes.Count == 0,
            $"The public surface of {name} has changed:\n  {string.Join("\n  ", changes)}\n"
            + $"If that is meant: PIPELINES_ACCEPT_API=1 dotnet test tests/Pipelines.Architecture.Tests writes {file}; commit it with the change.");
    }

    /// <summary>The compiler asks it of members; it accepts a file that says otherwise.</summary>
    [Theory]
    [MemberData(nameof(Surfaces))]
    public void Every_public_type_has_a_summary(string name)
    {
        var assembly = Assembly.Load(name);
        var documented = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")
            .Where(member => !string.IsNullOrWhiteSpace((string?)member.Element("summary"))).Select(member => (string)member.Attribute("name")!).ToHashSet();
        Repo.None(PublicApi.Types(assembly).Select(type => $"T:{type.FullName!.Replace('+', '.')}").Where(type => !documented.Contains(type)), "Types without a summary:");
    }

    [Theory]
    [MemberData(nameof(Surfaces))]
    public void Its_classes_are_sealed_unless_made_to_be_derived_from(string name) => Repo.None(
        Assembly.Load(name).GetExportedTypes().Where(type => type.IsClass && !type.IsAbstract && !type.IsSealed && type != typeof(PipelinesException)).Select(type => type.FullName!),
        "Not sealed:");
}
