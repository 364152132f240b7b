using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <content>Workers serve every DAG.</content>
internal sealed partial class GuardedOperations
{
    public Task DrainWorkerAsync(string worker, Actor by, CancellationToken cancellation)
    {
        Needs(Role.Operator);
        Unrestricted("A worker runs tasks of any DAG");
        return inner.DrainWorkerAsync(worker, by, cancellation);
    }

    public Task ResumeWorkerAsync(string worker, Actor by, CancellationToken cancellation)
    {
        Needs(Role.Operator);
        Unrestricted("A worker runs tasks of any DAG");
        return inner.ResumeWorkerAsync(worker, by, cancellation);
    }
}
