using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;

namespace Pipelines.Cli.Remote;

/// <content>Payloads are checked and encrypted here, where the keys are: the server could do neither.</content>
internal sealed partial class HttpOperations
{
    private async Task<NewRun> EncodedAsync(NewRun run, CancellationToken cancellation)
    {
        if (!payloads.Encodes || await console.DagAsync(run.DagId, cancellation) is not { } dag)
            return run;
        return run with { Arguments = Encoded(dag.Spec, run.Arguments), Signal = run.Signal is { } signal ? Encoded(dag.Spec, signal) : null };
    }

    private async Task<string?> EncodedAsync(string dagId, string? arguments, CancellationToken cancellation) =>
        payloads.Encodes && arguments is not null && await console.DagAsync(dagId, cancellation) is { } dag ? Encoded(dag.Spec, arguments) : arguments;

    /// <summary>Of a fork only those arguments are given that are other than the run's: none is required.</summary>
    private async Task<string?> EncodedAsync(ForkRequest request, CancellationToken cancellation)
    {
        if (!payloads.Encodes || request.Arguments is null || await console.RunAsync(request.RunId, cancellation) is not { } run
            || (request.OnOriginalVersion ? run.Spec : (await console.DagAsync(run.Run.DagId, cancellation))?.Spec) is not { } spec)
            return request.Arguments;
        var schema = spec.Arguments?.DeepClone();
        schema?.AsObject().Remove("required");
        return payloads.Encode(RunArguments.Check(spec.Id, schema, request.Arguments), PayloadShape.OfArguments(spec));
    }

    private string? Encoded(DagSpec spec, string? arguments) => payloads.Encode(RunArguments.Check(spec.Id, spec.Arguments, arguments), PayloadShape.OfArguments(spec));

    private NewSignal Encoded(DagSpec spec, NewSignal signal) => signal with
    {
        Payload = payloads.Encode(
            GivenValue.Check($"the signal '{signal.Name}'", spec.Tasks.FirstOrDefault(task => task.Wait?.Signal == signal.Name)?.Wait?.Schema, signal.Payload),
            PayloadShape.OfSignal(spec, signal.Name)),
    };

    private async Task<string?> EncodedFormAsync(NewDecision decision, CancellationToken cancellation)
    {
        if (!payloads.Encodes || !decision.Approves || await console.ApprovalAsync(decision.RunId, decision.TaskId, decision.MapIndex, cancellation) is not { Form: { } schema })
            return decision.Form;
        return payloads.Encode(GivenValue.Check("the form", System.Text.Json.Nodes.JsonNode.Parse(schema), decision.Form));
    }
}
