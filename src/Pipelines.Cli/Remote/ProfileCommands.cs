using System.CommandLine;

namespace Pipelines.Cli.Remote;

/// <summary>profile: servers that are kept under a name.</summary>
internal static class ProfileCommands
{
    public static Command All() => new("profile", "Servers that are kept under a name, for --profile.") { Set(), List(), Remove() };

    private static ClientCommand Set()
    {
        var (name, server, file) = (Name(), ServerOptions.ServerOption(), ServerOptions.TokenFileOption());
        server.Required = true;
        file.Description = "A file with the token, which is kept as well, readable by you only; left out: the token is given each time.";
        return new ClientCommand("set", "Keeps a server under a name.", "pipelines profile set production --server https://pipelines.example.com") { name, server, file }.RunsHere(session =>
        {
            var profile = new Profile(ServerOptions.Address(session.Get(server)!).ToString(), session.Get(file) is { } path ? ServerOptions.ReadToken(path) : null);
            Profiles.Set(session.Get(name), profile);
            session.Screen.Document(new { profile = session.Get(name), server = profile.Server, token = profile.Token is not null });
            session.Screen.Say($"{session.Get(name)} is {profile.Server}{(profile.Token is null ? $"; give its token as {ServerOptions.TokenVariable}, or keep it with --token-file" : ", with its token")}.");
        });
    }

    private static ClientCommand List() => new ClientCommand("list", "Lists the servers that are kept.", "pipelines profile list").RunsHere(session => session.Screen.List(
        [.. Profiles.Read().Select(one => new { Profile = one.Key, one.Value.Server, Token = one.Value.Token is not null })],
        "No server is kept. Keep one with: pipelines profile set NAME --server URL --token-file FILE",
        new("Profile", one => one.Profile), new("Server", one => one.Server), new("Token", one => one.Token ? "kept" : "not kept")));

    private static ClientCommand Remove()
    {
        var name = Name();
        return new ClientCommand("remove", "Forgets a server and its token.", "pipelines profile remove production") { name }.RunsHere(session =>
        {
            Profiles.Remove(session.Get(name));
            session.Screen.Document(new { profile = session.Get(name), removed = true });
            session.Screen.Say($"{session.Get(name)} is forgotten.");
        });
    }

    private static Argument<string> Name() => new("name") { Description = "The name.", HelpName = "NAME" };
}
