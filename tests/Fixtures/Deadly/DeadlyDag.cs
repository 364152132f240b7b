using Pipelines;

namespace Deadly;

/// <summary>Ends the process that loads it, in the way that the environment names.</summary>
[Dag("deadly")]
public sealed class DeadlyDag : Dag
{
    public override void Define(DagBuilder dag)
    {
        switch (Environment.GetEnvironmentVariable("E2E_DEATH"))
        {
            case "exit":
                Environment.Exit(3);
                break;
            case "failfast":
                Environment.FailFast("on purpose");
                break;
            case "overflow":
                Deeper(1);
                break;
        }

        dag.Task("only", () => 1);
    }

    private static int Deeper(int depth) => depth + Deeper(depth + 1) % 7;
}
