using Pipelines;

namespace Spins;

/// <summary>Computes for ever, until the test that counts its calls is over: no interrupt ends it.</summary>
[Dag("spins")]
public sealed class SpinsDag : Dag
{
    public override void Define(DagBuilder dag)
    {
        AppDomain.CurrentDomain.SetData("spins.calls", (int)AppDomain.CurrentDomain.GetData("spins.calls")! + 1);
        while (AppDomain.CurrentDomain.GetData("spins.stop") is null)
            Thread.SpinWait(100);
    }
}

[Dag("spins_beside")]
public sealed class Beside : Dag
{
    public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
}
