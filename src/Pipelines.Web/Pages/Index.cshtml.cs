using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages;

/// <summary>Home: what needs somebody, what runs, what comes. <c>part=home</c> gives only what changes.</summary>
public sealed class IndexModel(Visit visit, WebOptions options) : ConsolePage(visit)
{
    public const int ShownGroups = 8;
    public const int ShownDags = 10;

    private const int ShownRunning = 6;
    private const int ShownRetries = 3;
    private const int ShownAsked = 5;
    private const int Bars = 14;
    private const int Hours = 2;

    public static readonly IReadOnlyDictionary<string, TimeSpan> Windows = new Dictionary<string, TimeSpan>
    {
        ["1h"] = TimeSpan.FromHours(1), ["24h"] = TimeSpan.FromDays(1), ["7d"] = TimeSpan.FromDays(7), ["30d"] = TimeSpan.FromDays(30),
    };

    public string Window { get; private set; } = "24h";

    public string? Owner { get; private set; }

    public string? Tag { get; private set; }

    public string? DropFolder => options.DropFolder;

    /// <summary>Those of the owner and tag.</summary>
    public IReadOnlyList<DagLine> Dags { get; private set; } = [];

    public IReadOnlyList<string> Owners { get; private set; } = [];

    public IReadOnlyList<string> Tags { get; private set; } = [];

    /// <summary>Some DAGs with their newest runs: those in trouble first, then those that ran last.</summary>
    public IReadOnlyList<(DagLine Dag, IReadOnlyList<RunMark> Recent)> Shown { get; private set; } = [];

    public Figures Figures { get; private set; } = null!;

    internal IReadOnlyList<FailureGroup> Failures { get; private set; } = [];

    public IReadOnlyList<RetryingTask> Retrying { get; private set; } = [];

    public IReadOnlyList<DagLine> Late { get; private set; } = [];

    public IReadOnlyList<ImportError> Errors { get; private set; } = [];

    public IReadOnlyList<RunningRun> Running { get; private set; } = [];

    public IReadOnlyList<PoolRow> Pools { get; private set; } = [];

    public IReadOnlyList<(DagLine Dag, Instant At)> Next { get; private set; } = [];

    /// <summary>What whoever looks is asked: some, those that run out first.</summary>
    public IReadOnlyList<ApprovalRow> Asked { get; private set; } = [];

    /// <summary>How many more that is.</summary>
    public int AskedMore { get; private set; }

    public bool Quiet => Failures.Count + Retrying.Count + Late.Count + Errors.Count + Asked.Count == 0;

    public string Href(string? window = null, string? owner = null, string? tag = null) => Links.With(
        "/", ("window", window ?? Window, "24h"), ("owner", owner ?? Owner, ""), ("tag", tag ?? Tag, ""));

    public async Task<IActionResult> OnGetAsync(string? window, string? owner, string? tag, string? part, CancellationToken cancellation)
    {
        Window = window is not null && Windows.ContainsKey(window) ? window : "24h";
        (Owner, Tag) = (string.IsNullOrEmpty(owner) ? null : owner, string.IsNullOrEmpty(tag) ? null : tag);
        await ClockAsync(cancellation);
        var all = await Store.DagLinesAsync(cancellation);
        Owners = [.. all.Select(dag => dag.Spec.Owner).OfType<string>().Distinct().Order(StringComparer.OrdinalIgnoreCase)];
        Tags = [.. all.SelectMany(dag => dag.Spec.Tags ?? []).Distinct().Order(StringComparer.OrdinalIgnoreCase)];
        Dags = Owner is null && Tag is null ? all : [.. all.Where(dag => (Owner is null || dag.Spec.Owner == Owner) && (Tag is null || dag.Spec.Tags?.Contains(Tag) == true))];
        IReadOnlyList<string>? names = Owner is null && Tag is null ? null : [.. Dags.Select(dag => dag.Spec.Id)];
        var since = Now - Windows[Window];

        Figures = await Store.FiguresAsync(since, names, cancellation);
        Failures = FailureGroup.Of(await Store.FailuresAsync(since, names, cancellation), Dags.ToDictionary(dag => dag.Spec.Id, StringComparer.Ordinal));
        Retrying = await Store.RetryingAsync(names, ShownRetries, cancellation);
        Running = await Store.RunningAsync(names, ShownRunning, cancellation);
        Errors = await Store.ImportErrorsAsync(cancellation);
        var asked = (await Store.ApprovalsAsync(open: true, ApprovalInbox.Looked, cancellation)).Where(row => ApprovalInbox.IsFor(row, Visit.Who) && names?.Contains(row.DagId) != false).ToList();
        Asked = [.. asked.OrderBy(row => row.ExpiresAt ?? DateTimeOffset.MaxValue).ThenBy(row => row.AskedAt).Take(ShownAsked)];
        AskedMore = asked.Count - Asked.Count;
        Pools = await Store.PoolsAsync(cancellation);
        Late = [.. Dags.Where(dag => !dag.Paused && !dag.Retired && dag.NextDue < Now - TimeSpan.FromMinutes(1)).OrderBy(dag => dag.NextDue).Take(ShownRetries)];
        Next = HttpContext.RequestServices.GetRequiredService<Forecast>().Ticks(Dags.Where(dag => !dag.Paused), Now, Now.AddHours(Hours));

        var some = Dags.Where(dag => !dag.Retired).OrderBy(dag => dag.Last?.State switch { 'f' => 0, 'r' => 1, null => 3, _ => 2 }).ThenByDescending(dag => dag.Last?.RunId).Take(ShownDags).ToList();
        var recent = await Store.RecentRunsAsync([.. some.Select(dag => dag.Spec.Id)], Bars, cancellation);
        Shown = [.. some.Select(dag => (dag, recent.GetValueOrDefault(dag.Spec.Id, [])))];
        return part == "home" ? Partial("_Home", this) : Page();
    }

    /// <summary>Runs the failed task again, with all below it, in each run of its group: <c>task/run.run.run</c>.</summary>
    public Task<IActionResult> OnPostRetryAsync(string? group, string? back, CancellationToken cancellation) => ActAsync(Url.IsLocalUrl(back) ? back : "/", async (operations, by) =>
    {
        var parts = (group ?? "").Split('/');
        var runs = parts[^1].Split('.').Select(text => long.TryParse(text, out var run) ? run : -1).ToList();
        if (parts.Length < 2 || runs.Contains(-1))
            throw new RefusedException("nothing is named that could be retried");
        var task = string.Join('/', parts[..^1]);
        var cleared = 0;
        foreach (var run in runs)
            cleared += (await operations.ClearTasksAsync(new ClearRequest(run, task), by with { Once = by.Once is null ? null : $"{by.Once}.{run}" }, cancellation)).Sum(one => one.Cleared);
        return $"{task}: {cleared} task {(cleared == 1 ? "instance" : "instances")} in {runs.Count} {(runs.Count == 1 ? "run" : "runs")} will run again.";
    });
}
