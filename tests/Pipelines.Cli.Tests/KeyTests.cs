using System.Runtime.Versioning;
using System.Text.Json.Nodes;

namespace Pipelines.Cli.Tests;

/// <summary>The key ring, and what commands show with it, without it, and with another one.</summary>
[SupportedOSPlatform("linux")]
public class KeyTests(TestServer server) : StoreTests(server)
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Ring => Path.Combine(_folder, "keys");

    [Fact]
    public async Task A_ring_is_made_grows_and_is_listed_and_never_shows_a_key()
    {
        (await Ran.CliAsync(["keys", "list"])).IsRefused("no key ring is named");
        (await Ran.CliAsync(["keys", "add", Ring])).IsRefused($"there is no key ring at {Ring}. Make one with `pipelines keys new {Ring}`");
        var made = await Ran.CliAsync(["keys", "new", Ring]);
        made.IsDone($"Made the key ring {Ring} with the key ", $"PIPELINES_PAYLOAD_KEYS={Ring}");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Ring));
        (await Ran.CliAsync(["keys", "new", Ring])).IsRefused($"there is a file at {Ring} already");
        var added = await Ran.CliAsync(["keys", "add", "--payload-keys", Ring, "-o", "json"]);
        var newest = (string)added.Json()["key"]!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Ring));
        var listed = await Ran.CliAsync(["keys", "list", Ring, "-o", "json"]);
        Assert.Equal([newest, "encrypts and decrypts"], listed.Json()[0]!.AsObject().Select(field => (string)field.Value!));
        Assert.Equal(2, listed.Json().AsArray().Count);
        var secrets = (await File.ReadAllLinesAsync(Ring)).Where(line => line[0] != '#').Select(line => line.Split(' ')[1]);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, made.Out + added.Out + listed.Out, StringComparison.Ordinal));
        await File.WriteAllTextAsync(Ring, (await File.ReadAllTextAsync(Ring)).Replace(newest, "2020-01-01-00000000", StringComparison.Ordinal));
        (await Ran.CliAsync(["keys", "list", Ring])).IsRefused("is not the key '2020-01-01-00000000' but another one, or a damaged one");
        (await CliAsync("runs", "list", "--payload-keys", Ring)).IsRefused("is not the key '2020-01-01-00000000'");
    }

    [Fact]
    public async Task A_ring_that_others_read_stays_open_to_them_when_it_grows()
    {
        (await Ran.CliAsync(["keys", "new", Ring])).IsDone();
        await File.WriteAllTextAsync(Ring, (await File.ReadAllTextAsync(Ring)).TrimEnd());
        const UnixFileMode Group = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        File.SetUnixFileMode(Ring, Group);
        var link = Path.Combine(_folder, "current");
        File.CreateSymbolicLink(link, Ring);
        (await Ran.CliAsync(["keys", "add", link])).IsDone();
        Assert.Equal(Ring, new FileInfo(link).LinkTarget);
        Assert.Equal(Group, File.GetUnixFileMode(Ring));
        Assert.Equal(2, (await Ran.CliAsync(["keys", "list", Ring, "-o", "json"])).Json().AsArray().Count);
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Fact]
    public async Task Arguments_and_signals_are_encrypted_where_they_are_typed_and_read_where_the_key_is()
    {
        (await Ran.CliAsync(["keys", "new", Ring])).IsDone();
        (await CliAsync("runs", "start", "report", "--arg", "days=many", "--payload-keys", Ring)).IsRefused("days");
        var run = (long)(await CliAsync("runs", "start", "report", "--arg", "name=Ann Smith", "--signal", "note", "--data", "{\"iban\": \"UA21\"}", "--payload-keys", Ring, "-o", "json")).Json()["run"]!;
        (await CliAsync("runs", "signal", $"{run}", "note", "--data", "\"second UA22\"", "--payload-keys", Ring)).IsDone();
        var stored = (string)(await SqlAsync("select schema_to_xml('pipelines', true, true, '')::text"))!;
        Assert.All(new[] { "Smith", "UA21", "UA22" }, secret => Assert.DoesNotContain(secret, stored, StringComparison.Ordinal));

        var without = await CliAsync("runs", "show", $"{run}");
        without.IsDone("encrypted with key ");
        Assert.DoesNotContain("Smith", without.Out, StringComparison.Ordinal);
        (await CliAsync("runs", "show", $"{run}", "--payload-keys", Ring)).IsDone("Ann Smith");
        (await CliAsync("runs", "signals", $"{run}")).IsDone("encrypted with key ");
        (await CliAsync("runs", "signals", $"{run}", "--payload-keys", Ring)).IsDone("UA21", "second UA22");

        await StartRunsAsync();
        (await CliAsync("runs", "fork", $"{run}", "--from", "send", "--arg", "days=many", "--payload-keys", Ring)).IsRefused("days");
        var fork = (long)(await CliAsync("runs", "fork", $"{run}", "--from", "send", "--arg", "name=Eve Jones", "--payload-keys", Ring, "-o", "json")).Json()["run"]!;
        Assert.DoesNotContain("Jones", (string)(await SqlAsync("select arguments::text from dag_run where run_id = $1", fork))!, StringComparison.Ordinal);
        (await CliAsync("runs", "show", $"{fork}", "--payload-keys", Ring)).IsDone("Eve Jones");

        var other = Path.Combine(_folder, "others");
        (await Ran.CliAsync(["keys", "new", other])).IsDone();
        (await CliAsync("runs", "show", $"{run}", "--payload-keys", other)).IsDone("encrypted with key ");
    }

    [Fact]
    public async Task What_is_typed_without_keys_is_stored_as_it_is()
    {
        (await Ran.CliAsync(["keys", "new", Ring])).IsDone();
        var plain = (long)(await CliAsync("runs", "start", "report", "--arg", "name=Bob", "-o", "json")).Json()["run"]!;
        Assert.Equal("Bob", (string?)(await CliAsync("runs", "show", $"{plain}", "--payload-keys", Ring, "-o", "json")).Json()["arguments"]!["name"]);
        Assert.Equal("""{"name": "Bob"}""", await SqlAsync("select arguments::text from dag_run where run_id = $1", plain));
    }
}

[SupportedOSPlatform("linux")]
public sealed class KeyOverServerTests(TestServer server) : KeyTests(server)
{
    protected override bool OverServer => true;
}
