using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Hosting;

/// <summary>
/// <c>/metrics</c> in Prometheus' text format. Gauges are those of the database, whichever console is asked. Counters count from the start of this process, by the numbers
/// of events; a window is counted when the next one begins, so that what commits late is in it.
/// </summary>
internal sealed class Metrics : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly SortedDictionary<string, long> _counted = new(StringComparer.Ordinal);
    private long? _after;
    private long? _upTo;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/metrics", async (IConsole console, Metrics metrics, CancellationToken cancellation) =>
        Results.Text(await metrics.TextAsync(console, cancellation), "text/plain; version=0.0.4; charset=utf-8"));

    public void Dispose() => _one.Dispose();

    private async Task<string> TextAsync(IConsole console, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var now = await console.MetricsAsync(_after, _upTo, cancellation);
            foreach (var (state, count) in now.Events)
                _counted[state] = _counted.GetValueOrDefault(state) + count;
            (_after, _upTo) = (_upTo ?? now.LastEvent, now.LastEvent);
            return Text(now);
        }
        finally
        {
            _one.Release();
        }
    }

    private string Text(MetricsRow now)
    {
        var text = new StringBuilder();
        var alive = now.Workers.Where(worker => worker.Alive).ToList();
        Gauge(text, "runs_open", "Runs that have not ended.", now.Runs.Select(run => ($"dag=\"{Label(run.DagId)}\",state=\"{RunState.Word(run.State)}\"", (double)run.Count)));
        Gauge(text, "queue_depth", "Instances that are ready and wait for a worker.", now.Queues.Select(queue => ($"queue=\"{Label(queue.Queue)}\"", (double)queue.Ready)));
        Gauge(text, "queue_oldest_seconds", "Since when the first in line is ready.", now.Queues.Select(queue => ($"queue=\"{Label(queue.Queue)}\"", queue.Oldest)));
        Gauge(text, "schedule_lag_seconds", "How long the tick that is longest overdue is so.", [("", now.ScheduleLag)]);
        Gauge(text, "workers", "Workers with a lease.", [("", alive.Count)]);
        Gauge(text, "worker_slots", "Attempts that they run at once.", [("", alive.Sum(worker => worker.Slots))]);
        Gauge(text, "worker_busy", "Attempts that they run.", [("", alive.Sum(worker => worker.Busy))]);
        Gauge(text, "pool_slots", "Slots of a pool.", now.Pools.Select(pool => ($"pool=\"{Label(pool.Name)}\"", (double)pool.Slots)));
        Gauge(text, "pool_used", "Slots that are taken.", now.Pools.Select(pool => ($"pool=\"{Label(pool.Name)}\"", (double)pool.Used)));
        Gauge(text, "pool_waiting", "Instances that wait for a slot.", now.Pools.Select(pool => ($"pool=\"{Label(pool.Name)}\"", (double)pool.Waiting)));
        Gauge(text, "import_errors", "What could not be loaded.", [("", now.ImportErrors)]);
        Gauge(text, "backfills_open", "Backfills that have not ended.", [("", now.Backfills)]);
        Gauge(text, "pg_oldest_xact_seconds", "The age of the oldest open transaction.", [("", now.OldestTransaction)]);
        Gauge(text, "dead_tuples", "Rows that wait for vacuum.", now.DeadTuples.Select(table => ($"table=\"{table.Table}\"", (double)table.Rows)));
        Counter(text, "task_starts_total", "Attempts that began.", "r");
        Counter(text, "task_successes_total", "Instances that succeeded.", "s");
        Counter(text, "task_failures_total", "Instances that failed for good.", "f");
        Counter(text, "task_retries_total", "Attempts that failed and are tried again.", "y");
        Counter(text, "lease_expired_total", "Attempts that were lost with their worker.", "lost");
        return text.ToString();
    }

    private void Counter(StringBuilder text, string name, string help, string state) => Series(text, name, "counter", help, [("", _counted.GetValueOrDefault(state))]);

    private static void Gauge(StringBuilder text, string name, string help, IEnumerable<(string Labels, double Value)> series) => Series(text, name, "gauge", help, series);

    private static void Series(StringBuilder text, string name, string type, string help, IEnumerable<(string Labels, double Value)> series)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP pipelines_{name} {help}\n# TYPE pipelines_{name} {type}\n");
        foreach (var (labels, value) in series)
            text.Append(CultureInfo.InvariantCulture, $"pipelines_{name}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {value}\n");
    }

    /// <summary>As the format escapes it.</summary>
    private static string Label(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
