using System.CommandLine;
using Pipelines.Tests;

namespace Pipelines.Cli.Tests;

public sealed class CommandLineTests
{
    public static TheoryData<string> Leaves() => [.. Walk(CommandLine.Build()).Where(command => command.Subcommands.Count == 0).Select(Words)];

    [Theory]
    [MemberData(nameof(Leaves))]
    public async Task Every_command_says_what_it_does_and_how_it_is_typed(string path)
    {
        var command = Walk(CommandLine.Build()).Single(one => Words(one) == path);
        var example = Assert.IsAssignableFrom<IHasExample>(command).Example;
        Assert.NotEmpty(command.Description!);
        if (example.StartsWith("pipelines ", StringComparison.Ordinal))
        {
            var parsed = CommandLine.Build().Parse(example["pipelines ".Length..].Replace('\'', '"'));
            Assert.Empty(parsed.Errors);
            Assert.Equal(path, Words(parsed.CommandResult.Command));
        }

        var help = await Ran.CliAsync([.. path.Split(' '), "--help"]);
        help.IsDone(command.Description!, example);
    }

    [Fact]
    public void The_examples_that_are_typed_end_to_end_are_those_of_the_help()
    {
        var shown = Walk(CommandLine.Build()).OfType<IHasExample>().Select(command => command.Example).Where(example => example.StartsWith("pipelines ", StringComparison.Ordinal));
        Assert.Equal(shown.Order(StringComparer.Ordinal), Examples.OfPeople.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("dags list --outpt json", "there is no flag '--outpt'", "--output")]
    [InlineData("dags lst", "there is no command 'lst'", "list, show, errors", "'list'")]
    [InlineData("dags", "give a command: list, show")]
    [InlineData("", "give a command: dags")]
    [InlineData("runs show abc", "'abc' is not a whole number")]
    [InlineData("runs list --limit 0", "--limit cannot be 0")]
    [InlineData("approvals list --limit 2000", "--limit cannot be 2000; give 1 to 1000")]
    [InlineData("approvals list --limit 2000 --server http://127.0.0.1:1", "--limit cannot be 2000; give 1 to 1000")]
    [InlineData("dags list --output xml", "--output cannot be 'xml'", "table or json")]
    [InlineData("backfill preview x --from 2026-01-01", "--to")]
    [InlineData("cron next '61 * * * *'", "minute", "0 to 59")]
    [InlineData("cron next '0 0 30 2 *'", "never fires")]
    [InlineData("cron next '* * * * *' --zone Kyiv", "'Kyiv' is unknown", "Europe/Kyiv")]
    [InlineData("cron next @daily --from tomorrow", "--from 'tomorrow' is not a moment", "2026-01-31")]
    [InlineData("dags list --home /nowhere/at/all", "nothing runs at the home '/nowhere/at/all'", "pipelines up", "--database")]
    [InlineData("dags list --database nonsense", "postgres://")]
    [InlineData("dags list --database Host=127.0.0.1;Port=1;Database=x;Username=me;Password=hunter2", "cannot be reached", "--database")]
    public async Task A_mistake_is_one_line_with_the_fix(string line, params string[] parts)
    {
        var ran = await Ran.CliAsync([.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line.Replace('\'', '"'))]);
        ran.IsRefused(parts);
        Assert.DoesNotContain("hunter2", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ticks_on_the_day_clocks_change_say_so()
    {
        var ran = await Ran.CliAsync("cron", "next", "30 3 * * *", "--zone", "Europe/Kyiv", "--from", "2026-03-28", "--count", "2", "-o", "json");
        var second = ran.Json()[1]!;
        Assert.Equal("2026-03-29 04:00 +03", (string?)second["local"]);
        Assert.Equal("2026-03-29T01:00:00Z", (string?)second["scheduledFor"]);
        Assert.Equal("2026-03-28T01:30:00Z", (string?)second["intervalStart"]);
        Assert.Equal(23.5, (double)second["hours"]!);
    }

    [Fact]
    public async Task Stopping_a_command_is_130_and_says_nothing()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        using var error = new StringWriter();
        var code = await CommandLine.InvokeAsync(["dags", "list", "--database", "Host=127.0.0.1;Port=1;Database=x"], TextWriter.Null, error, stop.Token);
        Assert.Equal((130, ""), (code, error.ToString()));
    }

    [Fact]
    public async Task A_home_names_the_database_until_its_up_has_ended()
    {
        var home = Directory.CreateTempSubdirectory("pipelines-home-").FullName;
        try
        {
            new UpFile("http://localhost:5000", "Host=/tmp;Database=a;Username=b;Password=c", Environment.ProcessId, new Dictionary<string, string>()).Write(home);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(home, "up.json")));
            (await Ran.CliAsync("db", "url", "--home", home)).IsDone("postgres://b@localhost/a?host=");
            (await Ran.CliAsync("db", "url", "--password", "--home", home)).IsDone("postgres://b:c@localhost/a?host=");
            (UpFile.Read(home)! with { Pid = int.MaxValue }).Write(home);
            (await Ran.CliAsync("db", "url", "--home", home)).IsRefused("nothing runs at the home");
            await File.WriteAllTextAsync(Path.Combine(home, "up.json"), "{");
            (await Ran.CliAsync("db", "url", "--home", home)).IsRefused("up.json cannot be read");
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static IEnumerable<Command> Walk(Command command) => command.Subcommands.SelectMany(Walk).Prepend(command);

    private static string Words(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand
        ? $"{Words(parent)} {command.Name}"
        : command.Name;
}
