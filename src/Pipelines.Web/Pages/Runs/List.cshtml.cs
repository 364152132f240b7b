using System.Globalization;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Runs;

/// <summary>The newest runs, of all DAGs, of one, or of a backfill.</summary>
public sealed class RunsModel(Visit visit) : ConsolePage(visit)
{
    public const int Shown = 200;

    private string? _dag;
    private long? _backfill;

    public IReadOnlyList<RunSummary> Runs { get; private set; } = [];

    public char? State { get; private set; }

    public string Filter => (_dag is null ? "" : $" of {_dag}") + (_backfill is null ? "" : $" of backfill {_backfill}");

    public string Href(string state)
    {
        var parts = new[]
        {
            state.Length > 0 ? $"state={state}" : null, _dag is null ? null : $"dag={Uri.EscapeDataString(_dag)}",
            _backfill is null ? null : string.Create(CultureInfo.InvariantCulture, $"backfill={_backfill}"),
        };
        return "/runs?" + string.Join('&', parts.OfType<string>());
    }

    public async Task OnGetAsync(string? dag, string? state, long? backfill, CancellationToken cancellation)
    {
        (_dag, _backfill) = (dag, backfill);
        State = state is ['q' or 'r' or 's' or 'f' or 'c'] ? state[0] : null;
        Runs = await Store.RunsAsync(dag, State, backfill, Shown, cancellation);
        await ClockAsync(cancellation);
    }
}
