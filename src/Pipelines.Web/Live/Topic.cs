using System.Net.ServerSentEvents;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Live;

/// <summary>Something that pages watch. Equal topics share one poller, whatever number of pages watch it.</summary>
internal abstract record Topic
{
    public abstract Task<View?> LookAsync(IConsole console, CancellationToken cancellation);

    /// <summary>Whether somebody may watch it.</summary>
    public abstract Task<bool> IsSeenAsync(Sight sight, CancellationToken cancellation);
}

/// <summary>What a topic looked like at a moment. The fingerprint names it: a page says which one it shows.</summary>
internal abstract record View(string Fingerprint)
{
    /// <summary>What a page that shows <paramref name="earlier"/> must be told; null: a page that shows something older.</summary>
    public abstract IEnumerable<(string Type, object Data)> Since(View? earlier);
}
