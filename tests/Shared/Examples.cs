namespace Pipelines.Tests;

/// <summary>
/// The example of each command's help, in an order in which they can be typed: <c>CommandLineTests</c> holds that these are they, and the end-to-end
/// <c>ExampleTests</c> types each of them. (up and demo, which have a server of their own, are run by UpTests and DemoTests.)
/// </summary>
internal static class Examples
{
    /// <summary>What serves until it is stopped.</summary>
    public static readonly string[] OfRoles =
    [
        "pipelines scheduler --database postgres://... --dags /srv/dags",
        "pipelines worker --database postgres://... --slots 32 --queue default --queue gpu",
        "pipelines web --database postgres://... --port 8470",
    ];

    /// <summary>What a person types; the first one before anything serves.</summary>
    public static readonly string[] OfPeople =
    [
        "pipelines db migrate --database postgres://me@db/pipelines",
        "pipelines version",
        "pipelines profile set production --server https://pipelines.example.com",
        "pipelines profile list",
        "pipelines profile remove production",
        "pipelines db status",
        "pipelines workers list",
        "pipelines connections set warehouse --about 'the data warehouse' --from-variable PATH",
        "pipelines connections list",
        "pipelines connections delete warehouse",
        "pipelines variables set max_rows 5000 --about 'of one batch'",
        "pipelines variables list",
        "pipelines variables delete max_rows",
        "pipelines users add ann --role operator --tag sales",
        "pipelines users password ann --generate",
        "pipelines users list",
        "pipelines users link ann",
        "pipelines tokens create ann --name 'nightly checks' --role viewer --days 90",
        "pipelines tokens list",
        "pipelines tokens revoke 1",
        "pipelines users close ann",
        "pipelines keys new /etc/pipelines/keys",
        "pipelines keys add /etc/pipelines/keys",
        "pipelines keys list /etc/pipelines/keys",
        "pipelines workers drain 1",
        "pipelines workers resume 1",
        "pipelines cron next '0 2 * * MON-FRI' --zone Europe/Kyiv",
        "pipelines dags list",
        "pipelines dags errors",
        "pipelines dags show orders_daily",
        "pipelines dags next orders_daily --from 2026-03-28 --count 10",
        "pipelines dags pause orders_daily",
        "pipelines dags resume orders_daily --dry-run",
        "pipelines dags test orders_daily --at 2026-03-01",
        "pipelines pools list",
        "pipelines pools set warehouse --slots 4",
        "pipelines limits list",
        "pipelines locks list",
        "pipelines queues stats",
        "pipelines runs start orders_daily --arg days=3 --wait",
        "pipelines runs show 42",
        "pipelines runs history 42",
        "pipelines runs list --dag orders_daily --state failed",
        "pipelines runs signal 81 shipped --data 7",
        "pipelines runs signals 81",
        "pipelines approvals list",
        "pipelines approvals show 81 post_adjustments",
        "pipelines approvals approve 81 post_adjustments --why 'checked against the bank'",
        "pipelines approvals reject 82 post_adjustments --why 'the bank file is a day old'",
        "pipelines runs undo 81 --why 'the order was a mistake'",
        "pipelines runs note 42 'waiting for the supplier, ticket 815'",
        "pipelines tasks log 42 load --follow",
        "pipelines tasks note 42 load 'loaded twice, harmless'",
        "pipelines assets list",
        "pipelines assets show warehouse/orders",
        "pipelines assets update warehouse/orders --extra 3000 --why 'loaded by hand'",
        "pipelines tasks clear 42 load --why 'the source was late'",
        "pipelines tasks why 42 load",
        "pipelines tasks steps 42 load",
        "pipelines tasks values 42 load",
        "pipelines tasks mark 42 load --state succeeded --why 'loaded by hand'",
        "pipelines runs mark 42 --state failed --why 'the data is not coming'",
        "pipelines notifications list --failed",
        "pipelines notifications show 7",
        "pipelines notifications retry 7",
        "pipelines runs clear 42 --why 'the source was corrected'",
        "pipelines runs cancel 42",
        "pipelines runs rerun 42 --from load --why 'the target was rebuilt'",
        "pipelines runs fork 42 --from load --version current --reuse-steps",
        "pipelines runs upgrade --dag orders_daily --dry-run",
        "pipelines runs delete 42 --yes --why 'a test run'",
        "pipelines backfill preview orders_daily --from 2026-01-01 --to 2026-01-31",
        "pipelines backfill create orders_daily --from 2026-01-01 --to 2026-01-31 --wait",
        "pipelines backfill list --dag orders_daily",
        "pipelines backfill show 7",
        "pipelines backfill pause 7",
        "pipelines backfill resume 7",
        "pipelines backfill speed 7 --max-active 4",
        "pipelines backfill retry 7",
        "pipelines backfill cancel 7",
    ];

    /// <summary>What the README shows beside them; typed after them.</summary>
    public static readonly string[] OfReadme =
    [
        "pipelines runs start ledger_close --key may --signal shipped --data 7",
        "pipelines runs start parcels --arg customer=acme --priority 10",
        "pipelines tasks clear 43 load --from-step insert --dry-run",
        "pipelines runs rerun --dag orders_daily --state failed --since 2026-01-05 --reuse-steps",
    ];
}
