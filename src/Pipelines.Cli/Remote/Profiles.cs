using System.Text.Json;

namespace Pipelines.Cli.Remote;

/// <summary>A server that is kept under a name.</summary>
internal sealed record Profile(string Server, string? Token);

/// <summary>The servers that somebody has kept, in their own configuration folder, with tokens: only they read it.</summary>
internal static class Profiles
{
    /// <summary>Another folder than the usual one.</summary>
    public const string FolderVariable = "PIPELINES_CONFIG";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static string PathOf => Path.Combine(
        Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } given ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "pipelines"),
        "profiles.json");

    /// <exception cref="CommandException">There is none of this name.</exception>
    public static Profile Get(string name) => Read() is var all && all.TryGetValue(name, out var profile) ? profile : throw Unknown(name, all);

    public static SortedDictionary<string, Profile> Read()
    {
        try
        {
            return JsonSerializer.Deserialize<SortedDictionary<string, Profile>>(File.ReadAllText(PathOf), Options) ?? [];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or JsonException)
        {
            throw new CommandException($"{PathOf} cannot be read: {e.Message} Mend or delete it");
        }
    }

    public static void Set(string name, Profile profile)
    {
        var all = Read();
        all[name] = profile;
        Write(all);
    }

    /// <exception cref="CommandException">There is none of this name.</exception>
    public static void Remove(string name)
    {
        var all = Read();
        if (!all.Remove(name))
            throw Unknown(name, all);
        Write(all);
    }

    private static CommandException Unknown(string name, SortedDictionary<string, Profile> all) => new(Postgres.UnknownName.Message("profile", name, all.Keys));

    private static void Write(SortedDictionary<string, Profile> all)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf)!);
        OwnFile.Write(PathOf, JsonSerializer.Serialize(all, Options));
    }
}
