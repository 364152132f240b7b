using Pipelines.Engine.Ports;
using Pipelines.Web.Api;

namespace Pipelines.Cli.Remote;

/// <content>Locks.</content>
internal sealed partial class HttpConsole
{
    public async Task<IReadOnlyList<LockRow>> LocksAsync(int limit, CancellationToken cancellation) =>
        [.. (await api.GetAsync<Listing<LockJson>>("locks", cancellation)).Items.Take(limit).Select(held => held.Port)];
}
