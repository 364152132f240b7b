using Npgsql;

namespace Pipelines.Cli.Tests;

public sealed class StoreErrorTests(TestServer server) : StoreTests(server)
{
    [Theory]
    [InlineData("dags show wether", "there is no DAG 'wether'; there are: plain, report, weather", "'weather'")]
    [InlineData("dags pause nothing_like_it", "there is no DAG 'nothing_like_it'; there are: plain, report, weather")]
    [InlineData("dags next report", "'report' has no schedule")]
    [InlineData("runs start wether", "there is no DAG 'wether'")]
    [InlineData("runs show 99", "there is no run 99; there is none at all")]
    [InlineData("runs cancel 99", "there is no run 99; there is none at all")]
    [InlineData("runs list --state done", "there is no run state 'done'", "succeeded")]
    [InlineData("runs list --dag wether", "there is no DAG 'wether'")]
    [InlineData("runs start plain --arg a=1", "'plain' takes no arguments")]
    [InlineData("runs start report --arg days", "--arg 'days' is not NAME=VALUE")]
    [InlineData("runs start report --arg days=x", "argument 'days' is \"x\"; it must be a whole number")]
    [InlineData("runs start report --interval-start 2026-01-01", "belong together")]
    [InlineData("runs start report --interval-start 2026-01-02 --interval-end 2026-01-01", "is not before")]
    [InlineData("runs start report --interval-start 2026-02-30 --interval-end 2026-03-01", "'2026-02-30' is not a moment")]
    [InlineData("backfill preview weather --from 2012-01-32 --to 2012-02-01", "--from '2012-01-32' is not a date")]
    [InlineData("backfill preview weather --from 2013-01-01 --to 2012-01-01", "is after its last day")]
    [InlineData("backfill preview weather --from 2999-01-01 --to 2999-01-02", "lies in the future")]
    [InlineData("backfill preview weather --from 2012-01-01 --to 2012-01-02 --existing none", "missing, failed, all")]
    [InlineData("backfill create report --from 2012-01-01 --to 2012-01-02", "'report' has no schedule")]
    [InlineData("backfill create wether --from 2012-01-01 --to 2012-01-02", "there is no DAG 'wether'")]
    [InlineData("backfill show 9", "there is no backfill 9; there is none at all")]
    [InlineData("backfill cancel 9", "there is no backfill 9; there is none at all")]
    [InlineData("runs delete 99 --yes", "there is no run 99")]
    [InlineData("runs note 99 text", "there is no run 99; there is none at all")]
    [InlineData("runs rerun 99 --from make", "there is no run 99; there is none at all")]
    [InlineData("runs start report --key ", "a key has 1 to 200 characters")]
    [InlineData("pools set x --slots -1", "--slots cannot be -1")]
    public async Task What_does_not_exist_or_makes_no_sense_is_one_line(string line, params string[] parts) =>
        (await CliAsync(line.Split(' '))).IsRefused(parts);

    [Fact]
    public async Task A_task_that_does_not_exist_or_has_not_run()
    {
        var run = await RunAsync();
        (await CliAsync("tasks", "log", $"{run}", "mak")).IsRefused("in the DAG 'report' there is no task 'mak'; there are: make, send", "'make'");
        (await CliAsync("tasks", "log", $"{run}", "make")).IsRefused("is queued and has no tasks yet");
        await StartRunsAsync();
        (await CliAsync("tasks", "log", $"{run}", "make")).IsRefused("has not run, so it has no log", $"pipelines tasks why {run} make");
        (await CliAsync("tasks", "why", $"{run}", "make", "--map", "3")).IsRefused("has no element 3");
    }

    [Fact]
    public async Task A_store_that_cannot_be_used_says_what_to_do()
    {
        (await Ran.CliAsync("dags", "list", "--database", Server.ConnectionString("nowhere"))).IsRefused("\"nowhere\" does not exist", "createdb");
        var empty = await Server.CreateDatabaseAsync();
        (await Ran.CliAsync("dags", "list", "--database", empty)).IsRefused("pipelines db migrate");
        (await Ran.CliAsync("dags", "pause", "x", "--database", empty)).IsRefused("pipelines db migrate");
        var wrong = new NpgsqlConnectionStringBuilder(Database) { Password = "hunter2" };
        var ran = await Ran.CliAsync("dags", "list", "--database", wrong.ConnectionString);
        ran.IsRefused("PostgreSQL does not let us in", "--database");
        Assert.DoesNotContain("hunter2", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dag_under_test_must_be_in_the_folder()
    {
        var empty = Directory.CreateTempSubdirectory("pipelines-");
        (await Ran.CliAsync("dags", "test", "nothing", "--dags", empty.FullName)).IsRefused($"there is no DAG 'nothing' in {empty.FullName}; there is none");
        empty.Delete();
        (await Ran.CliAsync("dags", "test", "nothing", "--dags", empty.FullName)).IsRefused($"there is no folder {empty.FullName}");
    }

    [Fact]
    public async Task Migrating_is_told_and_may_be_repeated()
    {
        var empty = await Server.CreateDatabaseAsync();
        (await Ran.CliAsync("db", "status", "--database", empty)).IsDone("001_init", "no", "pipelines db migrate");
        (await Ran.CliAsync("db", "migrate", "--database", empty)).IsDone("The schema is at migration");
        (await Ran.CliAsync("db", "migrate", "--database", empty)).IsDone("nothing was to do");
        var status = (await Ran.CliAsync("db", "status", "--output", "json", "--database", empty)).Json();
        Assert.NotNull(status[0]!["appliedAt"]);
    }
}
