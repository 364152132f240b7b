using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Backfills;

/// <summary>Ranges of dates that are, or were, being run: <c>?dag=</c> and <c>?state=</c> choose.</summary>
public sealed class BackfillsModel(Visit visit) : ConsolePage(visit)
{
    private const int Shown = 200;

    public IReadOnlyList<BackfillRow> Backfills { get; private set; } = [];

    public string? Dag { get; private set; }

    public char? State { get; private set; }

    public string NewUrl => "/backfills/new" + (Dag is null ? "" : $"?dag={Uri.EscapeDataString(Dag)}");

    public string Href(string state) => "/backfills?" + string.Join('&', new[] { Dag is null ? null : $"dag={Uri.EscapeDataString(Dag)}", state.Length > 0 ? $"state={state}" : null }.OfType<string>());

    public async Task OnGetAsync(string? dag, string? state, CancellationToken cancellation)
    {
        Dag = string.IsNullOrEmpty(dag) ? null : dag;
        State = state is ['r' or 'p' or 's' or 'f' or 'c'] ? state[0] : null;
        Backfills = await Store.BackfillsInStateAsync(Dag, State, Shown, cancellation);
    }
}
