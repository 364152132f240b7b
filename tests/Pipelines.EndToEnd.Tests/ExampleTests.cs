using System.CommandLine.Parsing;
using Pipelines.Tests;

namespace Pipelines.EndToEnd.Tests;

/// <summary>What the help and the README show is typed as it stands there; only the address of the database, the drop folder and the key ring are this machine's.</summary>
public sealed class ExampleTests
{
    private const string Hold = "orders";

    [Fact]
    public async Task Each_example_of_the_help_does_what_it_says()
    {
        await using var at = await Installation.CreateAsync(Built.Fixture("Examples"));
        (await at.RunAsync(Typed(Examples.OfPeople[0]))).Succeeded();
        await at.ScalarAsync("select setval(pg_get_serial_sequence('dag_run', 'run_id'), 41), setval(pg_get_serial_sequence('backfill', 'backfill_id'), 5), setval(pg_get_serial_sequence('notification', 'notification_id'), 6)");
        var serving = Examples.OfRoles.Select(role => at.Start(Typed(role))).ToList();
        await at.LoadedAsync("orders_daily");
        await at.UntilAsync("the console answers", () => serving[2].Output.Contains("http", StringComparison.Ordinal));
        foreach (var role in Examples.OfRoles)
            Assert.Contains(role, (await at.RunAsync(Words(role).Split(' ')[0], "--help")).Output, StringComparison.Ordinal);
        at.Open(Hold);

        foreach (var example in Examples.OfPeople[1..])
        {
            await BeforeAsync(Words(example));
            var ended = await at.RunAsync(Typed(example));
            Assert.True(ended.Code == 0, $"{example}\n{ended}");
            await AfterAsync(Words(example));
        }

        await at.ScalarAsync("select setval(pg_get_serial_sequence('dag_run', 'run_id'), 1000)");
        foreach (var example in Examples.OfReadme)
        {
            var ended = await at.RunAsync(Typed(example));
            Assert.True(ended.Code == 0, $"{example}\n{ended}");
        }

        await at.UntilAsync("the signal is taken and the parcel sent", async () => await at.CountAsync(
            "select count(*) from dag_run r join dag_task t using (version_id) join task_instance i using (run_id, task_no) where i.state = 's' and (t.task_id = 'shipped' and r.run_id > 1000 or t.task_id = 'send' and r.priority = 10)") == 2);
        Assert.All(serving, process => Assert.False(process.HasExited, process.ToString()));

        // The run that the examples speak of is held in its second task, where they need one that runs.
        async Task BeforeAsync(string words)
        {
            if (words == "runs signal")                               // from here to undo they speak of runs that wait
            {
                await at.ScalarAsync("select setval(pg_get_serial_sequence('dag_run', 'run_id'), 80)");
                (await at.RunAsync("runs", "start", "ledger_close")).Succeeded();
                (await at.RunAsync("runs", "start", "ledger_close")).Succeeded();
                await at.UntilAsync("people are asked", async () => await at.CountAsync("select count(*) from approval where state = 'a'") == 2);
            }

            if (words == "runs undo")
            {
                await at.RunEndsAsync(81);
                await at.ScalarAsync("select setval(pg_get_serial_sequence('dag_run', 'run_id'), 42)");
            }

            if (words == "backfill retry")
                (await at.RunAsync("runs", "mark", $"{await at.CountAsync("select min(run_id) from dag_run where backfill_id = 7 and state = 'r'")}", "--state", "failed")).Succeeded();
            if (words is "tasks clear" or "runs clear" or "backfill list")
                at.Close(Hold);
            if (words == "backfill list")                             // from here on they speak of one that runs
                (await at.RunAsync("backfill", "create", "orders_daily", "--from", "2026-02-01", "--to", "2026-02-28")).Succeeded();
        }

        async Task AfterAsync(string words)
        {
            switch (words)
            {
                case "dags resume":
                    (await at.RunAsync("dags", "resume", "orders_daily")).Succeeded();
                    break;
                case "runs start" or "tasks mark":
                    Assert.Equal("s", await at.RunStateAsync(42));
                    break;
                case "runs undo":
                    await at.UntilAsync("what was booked is undone", async () => await at.CountAsync("select count(*) from event where run_id = 81 and task_no = (select task_no from dag_task join dag_run using (version_id) where run_id = 81 and task_id = 'book.take_back') and to_state = 's'") == 1);
                    Assert.Equal(1, await at.CountAsync("select count(*) from approval where run_id = 82 and state = 'f'"));
                    break;
                case "tasks clear" or "runs clear":
                    await at.UntilAsync("load runs again", async () => await at.CountAsync("select count(*) from task_instance where run_id = 42 and task_no = 1 and state = 'r'") == 1);
                    break;
                case "runs mark":
                    Assert.Equal("f", await at.RunStateAsync(42));
                    await at.UntilAsync("somebody is to be told, in vain", async () => await at.CountAsync("select count(*) from notification_try where notification_id = 7 and error is not null") > 0);
                    break;
                case "runs cancel":
                    await at.RunEndsAsync(42);
                    break;
                case "runs rerun" or "runs fork":
                    var made = words == "runs rerun" ? 43 : 44;
                    at.Open(Hold);
                    await at.RunEndsAsync(made);
                    Assert.Equal("s", await at.RunStateAsync(made));
                    break;
                case "runs delete":
                    Assert.Equal(0, await at.CountAsync("select count(*) from dag_run where run_id = 42"));
                    break;
                case "backfill create":
                    Assert.Equal(31, await at.CountAsync("select count(*) from dag_run where backfill_id = 6 and state = 's'"));
                    break;
                case "backfill retry":
                    Assert.Equal(0, await at.CountAsync("select count(*) from dag_run where backfill_id = 7 and state = 'f'"));
                    break;
                case "backfill cancel":
                    at.Open(Hold);
                    await at.UntilAsync("what ran has ended", async () => await at.CountAsync("select count(*) from dag_run where backfill_id = 7 and state in ('q', 'r')") == 0);
                    Assert.Equal(1, await at.CountAsync("select count(*) from backfill where backfill_id = 7 and state = 'c'"));
                    break;
            }
        }

        string[] Typed(string example) => [.. CommandLineParser.SplitCommandLine(example.Replace('\'', '"')).Skip(1).Select(word =>
            word.StartsWith("postgres://", StringComparison.Ordinal) ? at.Database : word == "/srv/dags" ? at.Dags : word == "8470" ? "0" : word == "/etc/pipelines/keys" ? Path.Combine(at.Home, "payload.keys") : word)];
    }

    /// <summary>The command without what it is about.</summary>
    private static string Words(string example) => string.Join(' ', example.Split(' ').Skip(1).Take(2));
}
