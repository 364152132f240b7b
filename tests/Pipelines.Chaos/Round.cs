using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;
using Npgsql;
using Pipelines.Engine.Ports;
using Pipelines.EndToEnd.Tests;
using Pipelines.Postgres;
using Pipelines.Postgres.Embedded;

namespace Pipelines.Chaos;

/// <summary>One installation: work without an end, hurt for a while, then left alone until it has ended, then judged.</summary>
/// <param name="Seed">Of what is hurt when.</param>
/// <param name="Time">For so long it was hurt.</param>
/// <param name="Verdict">The ledger's.</param>
/// <param name="Blows">What was done.</param>
/// <param name="Recovered">Of each kind of blow: seconds until the next task succeeded.</param>
/// <param name="Fenced">Reports of attempts that were taken back, which changed nothing.</param>
/// <param name="Calm">Seconds until all runs had ended after the last blow.</param>
internal sealed partial record Round(int Seed, TimeSpan Time, Verdict Verdict, IReadOnlyList<Blow> Blows, ILookup<BlowKind, double> Recovered, int Fenced, double Calm)
{
    /// <summary>So many runs are open at least while there is time.</summary>
    private const int Busy = 12;

    /// <summary>Nothing takes longer than this when nobody hurts it any more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public bool ProvesSomething => Verdict.Lost > 0 && Blows.Count >= 10 * Time.TotalMinutes;

    public static async Task<Round> RunAsync(int seed, TimeSpan time, CancellationToken cancellation)
    {
        await using var at = await Installation.CreateAsync(Built.Ledgered);
        await using var ledger = await Ledger.OpenAsync(at);
        await using var nemesis = new Nemesis(at, seed);
        await at.LoadedAsync("ledgered_days");
        (await at.RunAsync("pools", "set", "narrow", "--slots", "6")).Succeeded();
        await using var db = new Db(at.Database);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var refused = new List<string>();
        var feeding = FeedAsync(at, new PostgresOperations(db), refused, enough.Token);
        await nemesis.HurtAsync(time);
        await enough.CancelAsync();
        var days = await feeding;

        var calm = Stopwatch.StartNew();
        for (var open = true; open && calm.Elapsed < Patience; await Task.Delay(100, CancellationToken.None))
        {
            await nemesis.WatchAsync();
            open = await at.CountAsync("select (select count(*) from dag_run where state in ('q', 'r')) + (select count(*) from backfill where state = 'r') + (60 - least(60, (select count(*) from dag_run where kind = 's')))") > 0;
        }

        var seconds = calm.Elapsed.TotalSeconds;
        var verdict = await ledger.LookAsync(at, 60 + days, null, nemesis.Frozen);
        verdict = verdict with { Faults = [.. verdict.Faults, .. nemesis.Fallen.Select(process => new Fault(FaultKind.Unexplained, $"ended by itself: {process}")), .. refused.Select(why => new Fault(FaultKind.Unexplained, $"a backfill was refused: {why}"))] };
        foreach (var (run, task) in verdict.Faults.Where(fault => fault.Task is not null).Select(fault => (fault.Run!.Value, fault.Task!)).Distinct().Take(3))
        {
            var evidence = await ledger.EvidenceAsync(at, run, task);
            Console.WriteLine($"Task {task} of run {run}:\n{evidence}\n{nemesis.Said(Numbers().Matches(evidence).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture)))}");
        }

        var succeeded = await at.Store.ListAsync("select at from event where to_state = 's' and task_no is not null order by at", row => row.GetDateTime(0));
        var recovered = nemesis.Blows.SelectMany(blow => After(blow.At).Take(1).Select(next => (blow.Kind, Seconds: (next - blow.At).TotalSeconds))).ToLookup(one => one.Kind, one => one.Seconds);
        return new(seed, time, verdict, nemesis.Blows, recovered, nemesis.Fenced, seconds);

        IEnumerable<DateTime> After(DateTime moment)
        {
            var place = succeeded.BinarySearch(moment);
            return succeeded.Skip(place < 0 ? ~place : place);
        }
    }

    [GeneratedRegex(@"(?<=:|in )\d{3,}\b")]
    private static partial Regex Numbers();

    public override string ToString() =>
        $"Seed {Seed}: {Time.TotalMinutes:0.#} min, {Blows.Count} blows, {Verdict.Runs} runs, {Verdict.Instances} tasks in {Verdict.Attempts} attempts, {Verdict.Lost} lost and {Verdict.GivenBack} given back with their worker, "
        + $"{Fenced} late reports fenced off, calm after {Calm:0.0} s: {(Verdict.Faults.Count == 0 ? "nothing was lost" : $"{Verdict.Faults.Count} FAULTS")}";

    /// <summary>Backfills, a month at a time. Of one whose answer was lost the store is asked whether it is there. Nothing that is hurt is a reason to refuse one.</summary>
    /// <returns>So many days were asked for.</returns>
    private static async Task<int> FeedAsync(Installation at, PostgresOperations operations, List<string> refused, CancellationToken enough)
    {
        var first = new LocalDate(2020, 1, 1);
        for (var day = first; ; await Task.Delay(200, CancellationToken.None))
        {
            if (enough.IsCancellationRequested)
                return Period.DaysBetween(first, day);
            try
            {
                // What no scheduler has made runs of yet is work, too: without a look at it a second without a scheduler would leave five months more to do.
                if (await at.CountAsync("select count(*) from dag_run where state in ('q', 'r')") >= Busy || await at.CountAsync("select count(*) from backfill where state = 'r' and not paced") > 0)
                    continue;
                if (await at.CountAsync("select count(*) from backfill where from_date = $1", day.ToDateOnly()) == 0)
                    await operations.CreateBackfillAsync(new NewBackfill("ledgered_days", day, day.PlusDays(29), "missing", false, 16, 30), "chaos", CancellationToken.None);
                day = day.PlusDays(30);
            }
            catch (Exception e) when (e is NpgsqlException or StoreUnavailableException)
            {
            }
            catch (RefusedException e)
            {
                refused.Add(e.Message);
            }
        }
    }
}
