namespace Pipelines.Cli.Tests;

public class NotificationTests(TestServer server) : StoreTests(server)
{
    private const string Told = """
        {"id":"told","type":"T","timeZone":"UTC","catchup":"None","maxActiveRuns":2,"notify":[{"channel":"on-call","on":"Failure, Cancellation"}],
         "tasks":[{"id":"a","upstreams":[],"mapped":false,"triggerRule":"AllSuccess","priority":0,"queue":"default"}]}
        """;

    [Fact]
    public async Task What_was_told_is_listed_shown_and_sent_again()
    {
        (await CliAsync("notifications", "list")).IsDone("Nobody was told of anything");
        (await CliAsync("notifications", "list", "--failed")).IsDone("Everything was delivered");
        (await CliAsync("notifications", "show", "1")).IsRefused("there is no notification 1");
        (await CliAsync("notifications", "retry", "1")).IsRefused("there is no notification 1");

        await SqlAsync("select version_id from register_version('test/told', 'b', md5($1), $1::jsonb)", Told);
        var run = await RunAsync("told");
        await CliAsync("runs", "cancel", $"{run}");
        (await CliAsync("notifications", "list")).IsDone("on-call", $"told run {run}", "cancelled", "waiting");
        (await CliAsync("runs", "show", $"{run}")).IsDone("Notification 1 to on-call (run cancelled): waits to be delivered");

        await TryAsync("mail server away");
        var row = (await CliAsync("notifications", "list", "--failed", "-o", "json")).Json()[0]!;
        Assert.Equal(("retrying", 1, "mail server away"), ((string?)row["state"], (int)row["tries"]!, (string?)row["error"]));
        (await CliAsync("notifications", "show", "1")).IsDone("try 1 of 12 failed, the next is due at", "mail server away", "test");

        await SqlAsync("update notification set tries = 12, due_at = now()");
        await SqlAsync("select count(*) from claim_notifications(1, 60, 'test')");
        (await CliAsync("notifications", "list", "--run", $"{run}")).IsDone("failed");
        (await CliAsync("notifications", "show", "1")).IsDone("given up after 12 tries: mail server away", "pipelines notifications retry 1");
        (await CliAsync("notifications", "retry", "1")).IsDone("Notification 1 is sent again now");
        await TryAsync(null);
        (await CliAsync("notifications", "show", "1")).IsDone("delivered at");
        (await CliAsync("runs", "show", $"{run}")).IsDone("(run cancelled): delivered at");
        (await CliAsync("notifications", "retry", "1")).IsRefused("notification 1 was delivered already");
        (await CliAsync("notifications", "list", "--failed")).IsDone("Everything was delivered");
    }

    private async Task TryAsync(string? error)
    {
        await SqlAsync("update notification set due_at = now()");
        await SqlAsync("select record_notification(notification_id, try, $1) from claim_notifications(1, 60, 'test')", error is null ? DBNull.Value : error);
    }
}
