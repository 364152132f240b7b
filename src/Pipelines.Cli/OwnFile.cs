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
}
