using Pipelines.Engine.Codecs;

namespace Pipelines.Testing;

/// <content>Payloads that are encoded.</content>
public sealed partial class DagTest
{
    private Payloads _payloads = Payloads.None;

    /// <summary>
    /// What bodies hand over goes through this codec, as it does in workers that have it: outputs, steps, cursors, signals, answers, forms. The engine then sees of it what the server sees, so that
    /// a branch, a map or a key that would not work on encrypted payloads does not work in the test either.
    /// </summary>
    /// <param name="codec">Your own, or one that only turns the bytes round.</param>
    /// <example><code>var run = await DagTest.For(new PayrollDag()).WithCodec(new VaultCodec()).RunAsync();</code></example>
    public DagTest WithCodec(IPayloadCodec codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        _payloads = new Payloads(codec);
        return this;
    }

    private Planned Encoded(Planned planned, DagSpec spec) => planned switch
    {
        PlannedSignal signal => signal with { Json = _payloads.Encode(signal.Json, PayloadShape.OfSignal(spec, signal.Name)) },
        PlannedAnswer answer => answer with { Json = _payloads.Encode(answer.Json) },
        PlannedDecision decision => decision with { Form = _payloads.Encode(decision.Form) },
        _ => planned,
    };
}
