namespace Pipelines.Testing.Tests.Examples;

/// <summary>Groups of tasks, and those that run once for each element.</summary>
public sealed class GroupExamples
{
    [Fact]
    public Task Groups() => Example.SucceedAsync(
        dag =>
        {
            var batch = dag.Task(Batch);
            var checks = dag.Group("checks", g =>
            {
                g.Defaults(timeout: TimeSpan.FromMinutes(1));
                g.Task(CheckRows, batch);                // checks.check_rows
                g.Task(CheckSums, batch);
            });
            dag.Task(Publish, batch).After(checks);
        },
        dag =>
        {
            var clean = dag.Group("prepare", g => g.Task(Clean, g.Task(Read)));
            dag.Task(Publish, clean);
        },
        dag =>
        {
            var prepared = dag.Task(Prepare);
            dag.Group("load", g => { g.Task(LoadEu); g.Task(LoadUs); }).After(prepared);
        },
        dag =>
        {
            var checks = dag.Group("checks", g => { g.Task(Prepare); });
            var load = dag.Group("load", g => { g.Task(LoadEu); g.Task(LoadUs); });
            load.After(checks);
        });

    [Fact]
    public async Task Groups_of_each_element()
    {
        var run = await Example.RunAsync(dag =>
        {
            var regions = dag.Task(Regions);
            var sums = dag.MapGroup("region", regions, (g, region) =>
            {
                var raw = g.Task(Download, region);      // region.download, once for each region
                return g.Task(Sum, raw);
            }, maxParallel: 4);
            dag.Task(Total, sums);                       // takes a list
        });
        Assert.Equal(4, run.Output<int>("total"));
        await Example.SucceedAsync(dag =>
        {
            var regions = dag.Task(Regions);
            dag.MapGroup("region", regions, (g, region) => { g.Task(Load, region); g.Task(Check, region); });
        });
    }

    private static int Batch() => 7;

    private static int Read() => 7;

    private static int Clean(int batch) => batch;

    private static void CheckRows(int batch)
    {
    }

    private static void CheckSums(int batch)
    {
    }

    private static void Publish(int batch)
    {
    }

    private static void Prepare()
    {
    }

    private static void LoadEu()
    {
    }

    private static void LoadUs()
    {
    }

    private static string[] Regions() => ["eu", "us"];

    private static string Download(string region) => region;

    private static int Sum(string raw) => raw.Length;

    private static int Total(IReadOnlyList<int> sums) => sums.Sum();

    private static void Load(string region)
    {
    }

    private static void Check(string region)
    {
    }
}
