namespace Pipelines.Cli.Roles;

/// <summary>The samples that a build from a checkout puts beside the program.</summary>
internal static class Samples
{
    /// <summary>Copies them to the drop folder where they differ. A program without samples beside it drops none.</summary>
    public static void Drop(string dags, TextWriter output)
    {
        var beside = Path.Combine(AppContext.BaseDirectory, "samples");
        if (!Directory.Exists(beside))
            return;
        foreach (var sample in Directory.EnumerateDirectories(beside))
        {
            var name = Path.GetFileName(sample);
            var target = Path.Combine(dags, name);
            if (Same(sample, target))
                continue;
            // Beside its place first: the importer never meets half of it.
            var making = Path.Combine(dags, $".{name}.{Environment.ProcessId}");
            Copy(sample, making);
            if (Directory.Exists(target))
                Directory.Delete(target, recursive: true);
            Directory.Move(making, target);
            output.WriteLine($"  dropped the sample {name}");
        }
    }

    private static bool Same(string left, string right) => Directory.Exists(right)
        && Contents(left).SequenceEqual(Contents(right))
        && Contents(left).All(file => File.ReadAllBytes(Path.Combine(left, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(right, file))));

    private static List<string> Contents(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];

    private static void Copy(string from, string to)
    {
        foreach (var file in Contents(from))
        {
            var target = Path.Combine(to, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(from, file), target, overwrite: true);
        }
    }
}
