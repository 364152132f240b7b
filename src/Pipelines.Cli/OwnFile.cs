using System.Text;

namespace Pipelines.Cli;

/// <summary>Files that only their owner may read.</summary>
internal static class OwnFile
{
    /// <summary>Writes it whole or not at all.</summary>
    public static void Write(string path, string text)
    {
        var draft = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new StreamWriter(new FileStream(draft, options)))
            file.Write(text);
        File.Move(draft, path, overwrite: true);
    }

    /// <summary>
    /// Adds to a file that is there. It keeps its owner, its mode and the links to it: a new file in its place would be closed to others who read it. What stands in it is not touched.
    /// </summary>
    public static void Append(string path, string text)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write);
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }
}
