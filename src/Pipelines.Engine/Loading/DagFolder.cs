using System.Globalization;
using System.IO.Enumeration;
using System.Text;

namespace Pipelines.Engine.Loading;

/// <summary>A sub-folder of the watched root: <c>name/</c> with <c>name.dll</c> in it is what DAGs are loaded from.</summary>
/// <param name="Path">Its full path.</param>
public sealed record DagFolder(string Path)
{
    private const string AnyLibrary = "*.dll";
    private static readonly string[] TemporaryEndings = ["~", ".tmp", ".temp", ".swp", ".part", ".partial", ".filepart", ".crdownload"];

    /// <summary>The folder's name, which is also its assembly's.</summary>
    public string Name { get; } = System.IO.Path.GetFileName(Path);

    /// <summary>The assembly's file name.</summary>
    public string AssemblyFile => IsLoose ? AnyLibrary : Name + ".dll";

    /// <summary>It is no folder, but all assemblies that lie beside the folders, where none is loaded from: somebody is to be told.</summary>
    public bool IsLoose => Name == AnyLibrary;

    /// <summary>The sub-folders that hold anything, by name. An empty one is like a missing one: it is about to be filled or removed.</summary>
    public static IReadOnlyList<DagFolder> Scan(string root) =>
    [
        .. Directory.EnumerateDirectories(root)
            .Select(path => new DagFolder(path))
            .Where(folder => !folder.Name.StartsWith('.') && folder.HasFiles())
            .OrderBy(folder => folder.Name, StringComparer.Ordinal),
    ];

    /// <summary>What lies in the root itself and would do nothing there; empty: nothing does.</summary>
    internal static IEnumerable<DagFolder> Loose(string root) => new[] { new DagFolder(System.IO.Path.Combine(root, AnyLibrary)) }.Where(loose => loose.HasFiles());

    /// <summary>
    /// Paths, sizes and times of all files: equal before and after a quiet period means that nobody was copying; equal to
    /// the one of the last import means that there is nothing to read.
    /// </summary>
    public string Fingerprint()
    {
        var text = new StringBuilder();
        IReadOnlyList<FolderFile> files;
        try
        {
            files = Files();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message; // reading it for the import reports why; the other folders must not suffer
        }

        foreach (var file in files)
        {
            text.Append(file.RelativePath).Append('|').Append(file.Length.ToString(CultureInfo.InvariantCulture)).Append('|')
                .Append(file.WrittenTicks.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>
    /// The files that are the folder's content, sorted. Symbols belong to it (stack traces name lines); dot-files and what
    /// editors and copying programs leave behind do not. Linked sub-folders are not followed: they may lead back here.
    /// </summary>
    internal IReadOnlyList<FolderFile> Files()
    {
        try
        {
            return [.. Enumerate().OrderBy(file => file.RelativePath, StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return []; // removed meanwhile
        }
    }

    private bool HasFiles()
    {
        try
        {
            return Enumerate().Any();
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private FileSystemEnumerable<FolderFile> Enumerate()
    {
        var path = IsLoose ? System.IO.Path.GetDirectoryName(Path)! : Path;
        var (prefix, all) = (System.IO.Path.EndsInDirectorySeparator(path) ? path.Length : path.Length + 1, !IsLoose);
        return new FileSystemEnumerable<FolderFile>(
            path,
            (ref FileSystemEntry entry) => FolderFile.Of(ref entry, prefix),
            new EnumerationOptions { RecurseSubdirectories = all, AttributesToSkip = 0, IgnoreInaccessible = false })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && IsContent(entry.FileName) && (all || entry.FileName.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)),
            ShouldRecursePredicate = (ref FileSystemEntry entry) =>
                !entry.FileName.StartsWith(".") && (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
    }

    private static bool IsContent(ReadOnlySpan<char> name)
    {
        if (name.StartsWith(".") || name.StartsWith("~$"))
            return false;
        foreach (var ending in TemporaryEndings)
        {
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }
}

/// <summary>A file of a <see cref="DagFolder"/>; the relative path has forward slashes on every system.</summary>
internal readonly record struct FolderFile(string FullPath, string RelativePath, long Length, long WrittenTicks)
{
    public static FolderFile Of(ref FileSystemEntry entry, int prefix)
    {
        var path = entry.ToFullPath();
        var relative = path[prefix..].Replace('\\', '/');
        if ((entry.Attributes & FileAttributes.ReparsePoint) == 0)
            return new FolderFile(path, relative, entry.Length, entry.LastWriteTimeUtc.Ticks);
        return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target
            ? new FolderFile(path, relative, target.Length, target.LastWriteTimeUtc.Ticks)
            : new FolderFile(path, relative, -1, 0);
    }
}
