using System.Reflection;

namespace Pipelines.EndToEnd.Tests;

/// <summary>What the build has made, where it lies.</summary>
internal static class Built
{
    public const string DagsName = "Pipelines.EndToEnd.Dags";
    public const string LedgeredName = "Pipelines.EndToEnd.Ledgered";

    public static string Program { get; } = Metadata("Program");

    /// <summary>The folder of this project's own DAGs.</summary>
    public static string Dags { get; } = Metadata("Dags");

    /// <summary>The folder of the DAGs whose bodies keep a ledger.</summary>
    public static string Ledgered { get; } = Metadata("Ledgered");

    /// <summary>The program that hurts an installation at random.</summary>
    public static string Chaos => Metadata("Chaos");

    public static string Sample(string name) => Path.Combine(Path.GetDirectoryName(Program)!, "samples", name);

    /// <summary>One of the folders that the loading tests drop.</summary>
    public static string Fixture(string name) => Path.Combine(Metadata("Fixtures"), name);

    private static string Metadata(string key) =>
        typeof(Built).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == key).Value!;
}
