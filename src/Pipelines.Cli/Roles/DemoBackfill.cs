using NodaTime;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Postgres;

namespace Pipelines.Cli.Roles;

/// <summary>The sample's four years, backfilled before the eyes of whoever tries Pipelines for the first time.</summary>
internal static class DemoBackfill
{
    private const string Dag = "seattle_weather";
    private const int MaxActive = 32;
    private static readonly LocalDate From = new(2012, 1, 1);
    private static readonly LocalDate To = new(2015, 12, 31);

    public static async Task RunAsync(UpRuntime runtime, TextWriter output, CancellationToken cancellation)
    {
        var dag = await runtime.Console.DagAsync(Dag, cancellation).ConfigureAwait(false) ?? throw new CommandException(
            $"the sample DAG '{Dag}' is not in the drop folder. Run the demo from a checkout with `dotnet run --project src/Pipelines.Cli -- demo`, or see `pipelines dags errors`");
        var schedule = ScheduleOf.Spec(dag.Spec)!;
        var now = Instant.FromDateTimeOffset(await runtime.Console.NowAsync(cancellation).ConfigureAwait(false));
        var ticks = new BackfillRange(From, To).Ticks(schedule, now).ToList();
        var existing = await runtime.Console.ExistingRunsAsync(
            Dag, ticks[0].ScheduledFor.ToDateTimeOffset(), ticks[^1].ScheduledFor.Plus(Duration.FromSeconds(1)).ToDateTimeOffset(), cancellation).ConfigureAwait(false);
        var missing = ticks.Count(tick => !existing.ContainsKey(tick.ScheduledFor.ToDateTimeOffset()));
        if (missing == 0)
        {
            output.WriteLine($"All {ticks.Count:N0} runs of {Dag} are there already.");
        }
        else
        {
            output.WriteLine($"Backfill of {Dag}, {From:uuuu-MM-dd} to {To:uuuu-MM-dd}: {missing:N0} runs of {dag.Spec.Tasks.Count} tasks, {MaxActive} at once.");
            var id = await new PostgresOperations(runtime.Db).CreateBackfillAsync(
                new NewBackfill(Dag, From, To, "missing", NewestFirst: false, MaxActive, missing), "demo", cancellation).ConfigureAwait(false);
            await BackfillProgress.WatchAsync(runtime.Console, id, new Screen(output, OutputFormat.Table).Ansi, cancellation).ConfigureAwait(false);
        }

        output.WriteLine($"All four years on one page:  {runtime.Url}dags/{Dag}?density=year&runs=1500");
    }
}
