using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Pipelines.Architecture.Tests;

/// <summary>
/// What the compiled product refers to, whatever its source looks like and whatever switched the analyzer off: no clock of the process, no
/// blocked thread, no zone of the machine.
/// </summary>
public sealed class BannedCallTests
{
    /// <summary>Property reads are calls of their getters.</summary>
    private static readonly HashSet<string> Banned =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
        "System.TimeProvider.GetUtcNow", "System.TimeProvider.GetLocalNow",
        "System.Threading.Thread.Sleep", "System.Threading.Tasks.Task.Wait", "System.Threading.Tasks.Task.WaitAll", "System.Threading.Tasks.Task.WaitAny",
        "System.TimeZoneInfo.get_Local", "System.TimeZoneInfo.IsInvalidTime", "System.TimeZoneInfo.IsAmbiguousTime",
    ];

    public static TheoryData<string> Assemblies => [.. Repo.Below("src", ".csproj").Select(project => Path.GetFileNameWithoutExtension(project))
        .Select(name => name == "Pipelines.Cli" ? "pipelines" : name)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Nothing_compiled_calls_what_is_banned(string assembly)
    {
        var calls = Calls(assembly).ToHashSet();
        Assert.True(calls.Count > 50, $"{calls.Count} calls in {assembly}: the test sees nothing.");
        Repo.None(calls.Intersect(Banned).Order(StringComparer.Ordinal), $"Banned calls in {assembly}:");
    }

    /// <summary>That the test sees such a call at all: this assembly makes one.</summary>
    [Fact]
    public void A_banned_call_is_seen()
    {
        Assert.True(TimeZoneInfo.Local.BaseUtcOffset < TimeSpan.FromDays(1));
        Assert.Contains("System.TimeZoneInfo.get_Local", Calls("Pipelines.Architecture.Tests"));
    }

    private static IEnumerable<string> Calls(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")));
        var metadata = file.GetMetadataReader();
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind != HandleKind.TypeReference)
                continue;
            var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
            yield return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}.{metadata.GetString(member.Name)}";
        }
    }
}
