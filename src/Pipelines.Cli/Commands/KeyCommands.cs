using System.CommandLine;
using NodaTime;
using Pipelines.Engine.Codecs;

namespace Pipelines.Cli.Commands;

/// <summary>keys: the key ring of payloads. A key is never shown.</summary>
internal static class KeyCommands
{
    public static Command All() => new("keys", "The keys that encrypt arguments, outputs, signals and steps, which the scheduler, the console and the database never need.") { New(), Add(), List() };

    private static ClientCommand New()
    {
        var file = Ring();
        return new ClientCommand("new", "Makes a key ring with one key, for its owner alone to read. Give it to every worker, and keep a copy: what it has encrypted opens with nothing else.", "pipelines keys new /etc/pipelines/keys")
        {
            file,
        }.RunsHere(session =>
        {
            var path = PathOf(session, file);
            if (File.Exists(path))
                throw new CommandException($"there is a file at {path} already, and a key that is lost cannot be made again. Add a key to it with `pipelines keys add {path}`");
            var (name, line) = PayloadKeyRing.Make(Today);
            OwnFile.Write(path, $"# Keys of Pipelines' payloads, the newest last: it encrypts, and all decrypt. A line that is lost takes with it what it has encrypted.\n{line}\n");
            session.Screen.Document(new { File = path, Key = name });
            session.Screen.Say($"Made the key ring {path} with the key {name}. Start workers with PIPELINES_PAYLOAD_KEYS={path}, and keep a copy of it somewhere else.");
        });
    }

    private static ClientCommand Add()
    {
        var file = Ring();
        return new ClientCommand("add", "Adds a key, which encrypts from now on; those before it still decrypt. Processes that use the file see it within a second.", "pipelines keys add /etc/pipelines/keys")
        {
            file,
        }.RunsHere(session =>
        {
            var path = PathOf(session, file);
            var before = PayloadKeyRing.Load(path).Names.Count;
            var (name, line) = PayloadKeyRing.Make(Today);
            OwnFile.Append(path, File.ReadAllText(path).EndsWith('\n') ? $"{line}\n" : $"\n{line}\n");
            session.Screen.Document(new { File = path, Key = name });
            session.Screen.Say($"The key {name} encrypts from now on; {(before == 1 ? "the one before it still decrypts" : $"the {before} before it still decrypt")}. Bring the file to all other workers and clients: an attempt that needs a key where it is missing waits for it.");
        });
    }

    private static ClientCommand List()
    {
        var file = Ring();
        return new ClientCommand("list", "Lists the names of the keys of a ring, and checks that each is what it was.", "pipelines keys list /etc/pipelines/keys")
        {
            file,
        }.RunsHere(session =>
        {
            var ring = PayloadKeyRing.Load(PathOf(session, file));
            session.Screen.List(
                [.. ring.Names.Reverse().Select(name => new { Key = name, Use = name == ring.Newest ? "encrypts and decrypts" : "decrypts" })],
                "The ring has no key.",
                new("Key", key => key.Key), new("Use", key => key.Use));
        });
    }

    private static Argument<string?> Ring() => new("file") { Description = "The key ring; default: --payload-keys or PIPELINES_PAYLOAD_KEYS.", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };

    private static string PathOf(Session session, Argument<string?> file) => session.GetOrNull(file) ?? session.KeyRing
        ?? throw new CommandException("no key ring is named. Write its file behind the command, or set PIPELINES_PAYLOAD_KEYS");

    private static DateOnly Today => SystemClock.Instance.GetCurrentInstant().InUtc().Date.ToDateOnly();
}
