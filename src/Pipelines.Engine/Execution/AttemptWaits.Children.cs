using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tracing;

namespace Pipelines.Engine.Execution;

/// <content>Runs of other DAGs that the body starts and waits for. Which one it has started is kept as a step; the store knows it by its name, should the process die between the two.</content>
internal sealed partial class AttemptWaits
{
    public async Task<EndedChild> RunAsync(ChildRequest request, byte[]? arguments, CancellationToken cancellation)
    {
        var name = request.Name ?? request.Dag;
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName || name.Any(char.IsControl))
            throw new FailTaskException($"The name of a started run has 1 to {LongestName} characters, and none that controls a terminal: '{name}' has not.");
        if (request.Timeout <= TimeSpan.Zero)
            throw new FailTaskException($"Run '{name}': a timeout must be longer than zero, not {request.Timeout}.");
        var started = JsonSerializer.Deserialize<long>(await steps.RunAsync(
            $"run {name}", async () => JsonSerializer.SerializeToUtf8Bytes(await StartAsync(request, name, arguments, cancellation).ConfigureAwait(false)), RetryPolicy.None, cancellation).ConfigureAwait(false));
        DateTimeOffset? due = request.Timeout is { } limit ? await steps.MomentAsync($"run {name}", cancellation).ConfigureAwait(false) + limit : null;
        var child = await Patience.UntilThereAsync(() => children.ReadChildAsync(started, request.Result, cancellation), time, cancellation).ConfigureAwait(false)
            ?? throw new FailTaskException($"Run {started} of '{request.Dag}', which was waited for, has been deleted. Clear this task to start another one.");
        switch (child.State)
        {
            case 's' when request.Result is not null && child.Output is null:
                throw new FailTaskException($"No result: {child.NoOutput}.");
            case 's':
                return new EndedChild(child.RunId, payloads.Decode(child.Output, $"The result of run {child.RunId}"));
            case 'f' or 'c':
                throw new FailTaskException(
                    $"Run {child.RunId} of '{request.Dag}', which this task has started, {(child.State == 'f' ? "failed" : "was cancelled")}. See `pipelines runs show {child.RunId}`.");
        }

        if (now() < due || due is null)
            throw Park(due, null, string.Create(CultureInfo.InvariantCulture, $"waits for run {child.RunId} of {request.Dag}"), (child.RunId, request.Dag));
        await Patience.UntilThereAsync(
            async () =>
            {
                await children.StopChildAsync(
                    assignment.Key.RunId, child.RunId, $"run {assignment.Key.RunId}, which has started it, waited for it no longer than {request.Timeout}", cancellation).ConfigureAwait(false);
                return true;
            },
            time,
            cancellation).ConfigureAwait(false);
        throw new TimeoutException($"Run {child.RunId} of '{request.Dag}' did not end within {request.Timeout}.");
    }

    private async Task<long> StartAsync(ChildRequest request, string name, byte[]? arguments, CancellationToken cancellation)
    {
        var child = new NewChild(
            request.Dag, name, arguments is null ? null : Encoding.UTF8.GetString(arguments), request.ParentClose == ParentClosePolicy.Cancel,
            Traces.Current);
        try
        {
            return await Patience.UntilThereAsync(
                () => children.StartChildAsync(workerId, assignment.Key, assignment.Attempt, child, cancellation), time, cancellation).ConfigureAwait(false);
        }
        catch (RefusedException e)
        {
            throw new FailTaskException($"No run of '{request.Dag}' was started: {e.Message}.");
        }
    }
}
