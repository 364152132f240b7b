using System.Globalization;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Live;

/// <summary>What people are asked, and what waits for a signal: <c>?watch=approvals</c>.</summary>
internal sealed record ApprovalsTopic : ChangeTopic
{
    public override Task<bool> IsSeenAsync(Sight sight, CancellationToken cancellation) => Task.FromResult(true);

    protected override async Task<string?> FingerprintAsync(IConsole console, CancellationToken cancellation)
    {
        var hash = new HashCode();
        // As many as the page looks at: what one person is asked may stand behind what others are.
        foreach (var row in await console.ApprovalsAsync(open: true, ApprovalInbox.Looked, cancellation))
            hash.Add((row.RunId, row.TaskId, row.MapIndex, row.AskedAt, row.Given));
        foreach (var wait in await console.SignalWaitsAsync(ApprovalInbox.Shown, cancellation))
            hash.Add((wait.RunId, wait.TaskId, wait.MapIndex, wait.Name));
        return hash.ToHashCode().ToString("x8", CultureInfo.InvariantCulture);
    }
}
