using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Operate;

/// <summary>What tasks share: slots of pools, limits of how many run at once or start in a time.</summary>
public sealed class PoolsModel(Visit visit) : ConsolePage(visit)
{
    public const int ShownKeys = 100;

    public IReadOnlyList<PoolRow> Pools { get; private set; } = [];

    public ILookup<string, PoolUse> Use { get; private set; } = Array.Empty<PoolUse>().ToLookup(use => use.Pool);

    public IReadOnlyList<LimitRow> Limits { get; private set; } = [];

    public IReadOnlyList<LimitKeyRow> Keys { get; private set; } = [];

    /// <summary>Such as "2 start in 1 s, 5 at once after a pause".</summary>
    public static string Lets(LimitRow limit) => limit.AtOnce is { } most ? $"{most} at once"
        : FormattableString.Invariant($"{limit.Starts} start in {Views.Times.Length(TimeSpan.FromSeconds(limit.PerSeconds ?? 0))}") + (limit.Burst > 1 ? $", {limit.Burst} at once after a pause" : "");

    /// <summary>Locks that running tasks hold.</summary>
    public IReadOnlyList<LockRow> Locks { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellation)
    {
        Pools = await Store.PoolsAsync(cancellation);
        Use = (await Store.PoolUseAsync(cancellation)).ToLookup(use => use.Pool);
        Limits = await Store.LimitsAsync(cancellation);
        Keys = await Store.LimitKeysAsync(ShownKeys, cancellation);
        Locks = await Store.LocksAsync(ShownKeys, cancellation);
        await ClockAsync(cancellation);
    }

    public Task<IActionResult> OnPostSetAsync([FromForm] string? pool, [FromForm] int? slots, CancellationToken cancellation) => ActAsync("/pools", async (operations, by) =>
    {
        if (slots is not { } given)
            throw new RefusedException("how many slots is not given; give 0 or more");
        await operations.SetPoolAsync((pool ?? "").Trim(), given, by, cancellation);
        return $"The pool {pool} has {given} {(given == 1 ? "slot" : "slots")}; what runs goes on.";
    });
}
