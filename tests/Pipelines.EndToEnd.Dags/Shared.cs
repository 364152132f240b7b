using System.Globalization;
using Pipelines;

namespace Pipelines.EndToEnd.Dags;

/// <summary>Tells what a body finds that others may have changed.</summary>
[Dag("looks_around", MaxActiveRuns = 100)]
public sealed class LooksAround : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public void Only()
    {
        Console.Error.WriteLine("stderr is there");
        Console.WriteLine($"in {Environment.CurrentDirectory}, {1.5.ToString(CultureInfo.CurrentCulture)}, {DateTimeOffset.UtcNow.ToUnixTimeSeconds()}");
    }
}

/// <summary>Into a folder that is gone when it returns, which is worse than one that is there.</summary>
[Dag("changes_directory")]
public sealed class ChangesDirectory : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public void Only()
    {
        var folder = Directory.CreateTempSubdirectory();
        Environment.CurrentDirectory = folder.FullName;
        folder.Delete();
    }
}

[Dag("redirects_console")]
public sealed class RedirectsConsole : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public void Only()
    {
        using var own = new StringWriter();
        Console.SetOut(own);
        Console.SetError(own);
    }
}

[Dag("closes_console")]
public sealed class ClosesConsole : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public void Only()
    {
        using (var raw = Console.OpenStandardOutput())
        using (Console.In)
        using (Console.Error)
            Console.Out.Close();
        Console.WriteLine("after the end");
    }
}

[Dag("sets_culture")]
public sealed class SetsCulture : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public void Only()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = culture;
        CultureInfo.DefaultThreadCurrentCulture = culture;
        CultureInfo.DefaultThreadCurrentUICulture = culture;
    }
}

/// <summary>Foreground threads, which a process waits for before it ends.</summary>
[Dag("leaks_threads")]
public sealed class LeaksThreads : Dag
{
    public override void Define(DagBuilder dag) => dag.Task(Only);

    public void Only()
    {
        for (var i = 0; i < 300; i++)
            new Thread(() => Thread.Sleep(Timeout.Infinite)).Start();
    }
}
