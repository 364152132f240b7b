using System.Globalization;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

/// <summary>A DAG with groups and a run of it that failed at its third attempt, minute by minute: for the pages of a run.</summary>
internal static class SampleRun
{
    public const string Dag = "daily_sales";

    public static readonly DateTimeOffset Start = new(2026, 11, 18, 2, 5, 11, TimeSpan.Zero);

    /// <summary>Task, upstreams, state, and its attempts as "from-to" in seconds of the run.</summary>
    private static readonly (string Task, string Up, char State, string Attempts)[] Tasks =
    [
        ("ingest.extract_orders", "", 's', "1-49"), ("ingest.extract_customers", "", 's', "1-32"), ("ingest.extract_inventory", "", 's', "1-73"), ("ingest.extract_fx_rates", "", 's', "1-4"),
        ("ingest.land_raw", "ingest.extract_orders ingest.extract_customers ingest.extract_inventory ingest.extract_fx_rates", 's', "76-201"),
        ("quality.check_schema", "ingest.land_raw", 's', "202-204"), ("quality.check_row_counts", "ingest.land_raw", 's', "203-212"), ("quality.check_freshness", "ingest.land_raw", 's', "203-204"),
        ("staging.stg_orders", "quality.check_schema quality.check_row_counts quality.check_freshness", 's', "228-480"), ("staging.stg_customers", "quality.check_schema quality.check_row_counts quality.check_freshness", 's', "228-704"),
        ("marts.build_dim_customer", "staging.stg_customers staging.stg_orders", 's', "710-930"), ("marts.build_dim_product", "staging.stg_orders staging.stg_customers", 's', "712-843"),
        ("marts.build_fct_orders", "marts.build_dim_customer marts.build_dim_product", 'f', "940-1031 1120-1209 1221-1312"), ("marts.build_fct_returns", "marts.build_dim_customer", 's', "940-1182"),
        ("marts.build_fct_inventory", "marts.build_dim_product", 's', "850-1168"),
        ("finance.reconcile_ledger", "marts.build_fct_orders marts.build_fct_returns", 'u', ""), ("finance.approve_adjustments", "finance.reconcile_ledger", 'u', ""), ("finance.post_adjustments", "finance.approve_adjustments", 'u', ""),
        ("publish.refresh_semantic_model", "marts.build_fct_orders marts.build_fct_inventory", 'u', ""), ("publish.export_partner_files", "publish.refresh_semantic_model", 'u', ""),
        ("cleanup", "finance.post_adjustments publish.export_partner_files", 's', "1314-1318"),
    ];

    public static DagSpec Spec { get; } = new()
    {
        Id = Dag, Type = "Tests.DailySales", Cron = "0 3 * * *", TimeZone = "Europe/Berlin", Description = "Sales of the day before, for the mart.", MaxActiveRuns = 4,
        Tasks =
        [
            .. Tasks.Select(task => new TaskSpec
            {
                Id = task.Task, Code = $"Acme.Sales.{task.Task}", Retry = new RetryPolicy { Retries = task.State == 'f' ? 2 : 0 },
                TriggerRule = task.Task == "cleanup" ? TriggerRule.AllDone : TriggerRule.AllSuccess,
                Upstreams = [.. task.Up.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(up => new EdgeSpec(up))],
            }),
        ],
    };

    /// <summary>The failed run, between a run before it and one after it.</summary>
    public static async Task<long> MakeAsync(World world)
    {
        var dag = await world.RegisterAsync(Spec);
        var runs = await world.MakeRunsAsync(dag, new DateTimeOffset(2026, 11, 17, 2, 0, 0, TimeSpan.Zero), 3);
        await world.StartRunsAsync();
        await world.ExecuteAsync("update task_instance set state = 's', attempt = 1, started_at = $1, finished_at = $1 + interval '9 s'", Start.UtcDateTime);
        await world.ExecuteAsync("delete from ready_queue; delete from event");
        await world.ExecuteAsync("update dag_run set state = 's', remaining = 0, created_at = $1, started_at = $1, finished_at = $1 + interval '41 min'", Start.UtcDateTime);
        var run = runs[1];
        await world.ExecuteAsync("update dag_run set state = 'f', failures = 6, finished_at = $2 + interval '1318 s' where run_id = $1", run, Start.UtcDateTime);
        var worker = await world.WorkerAsync();
        for (var no = 0; no < Tasks.Length; no++)
        {
            var (task, _, state, attempts) = Tasks[no];
            var tries = attempts.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('-').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToArray();
            for (var i = 0; i < tries.Length; i++)
            {
                var (from, to, last) = (tries[i][0], tries[i][1], i == tries.Length - 1);
                await MoveAsync(world, run, no, from - 0.9, i + 1, i == 0 ? 'n' : 'y', 'q', null, null);
                await MoveAsync(world, run, no, from, i + 1, 'q', 'r', worker, null);
                await MoveAsync(world, run, no, to, i + 1, 'r', last ? state : 'y', worker, state == 'f' ? "deadlock detected while merging into mart.fct_orders" : null);
            }

            await world.ExecuteAsync(
                "update task_instance set state = $3::text::\"char\", attempt = $4, tries = $4, worker_id = $5, started_at = $6 + make_interval(secs => $7), finished_at = $6 + make_interval(secs => $8) where run_id = $1 and task_no = $2",
                run, no, state.ToString(), (short)tries.Length, worker, Start.UtcDateTime, tries.Length == 0 ? 1312.0 : tries[^1][0], tries.Length == 0 ? 1312.0 : tries[^1][1]);
            if (tries.Length == 0)
            {
                await world.ExecuteAsync("update task_instance set started_at = null where run_id = $1 and task_no = $2", run, no);
                await MoveAsync(world, run, no, 1312, 0, 'n', 'u', null, "1 upstream failed");
            }

            await LogsAsync(world, new InstanceKey(run, no, -1), (short)tries.Length, tries.Length == 0 ? 0 : tries[^1][0], task);
        }

        await world.ExecuteAsync("insert into note values ($1, -1, -1, 'The supplier was told, ticket 815.', 'web:ann', $2)", run, Start.UtcDateTime.AddHours(4));
        return run;
    }

    private static Task MoveAsync(World world, long run, int no, double second, int attempt, char from, char to, int? worker, string? why) => world.ExecuteAsync(
        "insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, worker_id, why) values ($1, $2, $3, -1, $4, $5::text::\"char\", $6::text::\"char\", nullif($7, 0), nullif($8, ''))",
        Start.UtcDateTime.AddSeconds(second), run, no, (short)attempt, from.ToString(), to.ToString(), worker ?? 0, why ?? "");

    private static async Task LogsAsync(World world, InstanceKey key, short attempt, double second, string task)
    {
        if (attempt == 0)
            return;
        var at = (Start.UtcDateTime.AddSeconds(second).Ticks - DateTime.UnixEpoch.Ticks) / 10;
        (char Level, string Text)[] lines = [('I', $"{task} starts"), ('I', "read \u001b[36m1,204,118\u001b[0m rows"), key.TaskNo == 12 ? ('E', "40P01: deadlock detected") : key.TaskNo == 8 ? ('W', "9 files are empty") : ('I', "done")];
        var body = string.Concat(lines.Select((line, i) => $"{at + (i * 1_500_000L)}\t{line.Level}\t{line.Text}\n"));
        await world.ExecuteAsync(
            "insert into log_chunk values ($1, $2, $3, -1, $4, 1, 3, $5, $6, $7)", Start.UtcDateTime.AddSeconds(second + 4), key.RunId, key.TaskNo, attempt,
            lines.Count(line => line.Level == 'W'), lines.Count(line => line.Level == 'E'), System.Text.Encoding.UTF8.GetBytes(body));
    }
}
