using System.Diagnostics;
using OpenTelemetry;
using Pipelines.Engine.Tracing;

namespace Pipelines.Cli.Roles;

/// <summary>Takes secrets out of addresses before they are exported: ours may hold a way to sign in after the question mark, and of a channel's all but the host may be one.</summary>
internal sealed class NoSecrets : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        data.SetTag("url.query", null);
        if (data.Parent?.OperationName == Traces.Notification && Uri.TryCreate(data.GetTagItem("url.full") as string, UriKind.Absolute, out var url))
            data.SetTag("url.full", url.GetLeftPart(UriPartial.Authority));
    }
}
