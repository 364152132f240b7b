namespace Pipelines.Architecture.Tests;

/// <summary>The checkout that these tests were built from, without what builds and editors leave in it.</summary>
internal static class Repo
{
    private static readonly HashSet<string> Left = [".git", ".pipelines", ".vs", ".idea", "bin", "obj", "TestResults"];
    private static readonly HashSet<string> Texts =
        [".cs", ".csproj", ".props", ".targets", ".sln", ".sql", ".cshtml", ".js", ".css", ".md", ".json", ".jsonl", ".txt", ".yml", ".svg", ".editorconfig", ""];

    public static string Root { get; } = FindRoot();

    /// <summary>All text files, as paths below the root with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> Below(string folder, params string[] extensions) => Files.Where(file =>
        file.StartsWith(folder + "/", StringComparison.Ordinal) && (extensions.Length == 0 || extensions.Contains(Path.GetExtension(file))));

    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    public static bool Exists(string path) => Path.Exists(Path.Combine(Root, path));

    /// <summary>Fails with one line for each thing found.</summary>
    public static void None(IEnumerable<string> found, string rule) =>
        Assert.True(found.ToList() is { Count: 0 }, $"{rule}\n  {string.Join("\n  ", found)}");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Pipelines.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("These tests read the checkout: run them from where they were built.");
    }

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(entry => !Left.Contains(entry.Name) && entry.LinkTarget is null))
        {
            if (entry is DirectoryInfo inner)
            {
                foreach (var file in Walk(inner.FullName))
                    yield return file;
            }
            else if (Texts.Contains(Path.GetExtension(entry.Name)))
            {
                yield return Path.GetRelativePath(Root, entry.FullName).Replace('\\', '/');
            }
        }
    }
}
