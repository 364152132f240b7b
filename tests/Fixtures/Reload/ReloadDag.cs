using System.Runtime.CompilerServices;
using System.Text.Json;
using Pipelines;

namespace Reload;

public sealed record Made(string Version, string Parts);

/// <summary>A DAG whose bodies tell which version they are. Tests change the text in the built assembly, and so have as many versions as they like.</summary>
/// <param name="connections">"gates" is the folder of the files that a body waits for.</param>
[Dag("reload", MaxActiveRuns = 100)]
public sealed class ReloadDag(IConnections connections) : Dag
{
    private const string Version = "version-0001";

    public override void Define(DagBuilder dag)
    {
        var made = dag.Task(Make);
        dag.Task(Hold, made);
        dag.Task(Ignore);
    }

    /// <summary>Own types through the serializer, by us and by the host, and an await: what holds an assembly if anything does.</summary>
    public async Task<Made> Make(TaskContext context)
    {
        await Task.Delay(5, context.Cancellation);
        return JsonSerializer.Deserialize<Made>(JsonSerializer.Serialize(new Made(Version, Parts())))!;
    }

    /// <summary>Needs its private dependency for the first time after the wait: only an assembly that is not being unloaded gets it.</summary>
    public async Task<Made> Hold(Made made, TaskContext context)
    {
        while (!File.Exists(Path.Combine(connections["gates"], $"hold-{context.RunId}")))
            await Task.Delay(20, context.Cancellation);
        return new Made(Version, Parts());
    }

    /// <summary>Hears nothing until its gate opens.</summary>
    public string Ignore(TaskContext context)
    {
        while (!File.Exists(Path.Combine(connections["gates"], $"ignore-{context.RunId}")))
            Thread.Sleep(20);
        return Version + Parts();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Parts() => global::Parts.Catalogue.Version;
}
