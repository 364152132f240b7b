using Microsoft.Extensions.Logging;

namespace Pipelines.Testing.Tests.Examples;

/// <summary>What follows a failure or a success.</summary>
public sealed class CallbackExamples
{
    private readonly List<string> _told = [];

    [Fact]
    public async Task Callbacks_of_a_task()
    {
        await Example.RunAsync(dag => dag.Task(Load).OnFailure(context => Page(context.Failures[0].Error)));
        await Example.RunAsync(dag => dag.Task(Load).OnSuccess(TellTheTeam).OnFailure(PageOnCall));
        await Example.RunAsync(dag => dag.Task("check", () => { }).OnSuccess(TellTheTeam).OnFailure(PageOnCall));
        Assert.Equal(["no disk", "load: no disk\n", "check"], _told);
    }

    [Fact]
    public async Task Callbacks_of_a_run()
    {
        var failed = await Example.RunAsync(dag =>
        {
            dag.OnFailure(PageOnCall).Retry(5, TimeSpan.FromSeconds(10));
            dag.Task(Load);
        });
        Assert.Equal("failed", failed.State);
        var succeeded = await Example.RunAsync(dag =>
        {
            dag.OnSuccess(context => context.Logger.LogInformation("All done"));
        });
        Assert.Contains("Information: All done", succeeded.Tasks.SelectMany(task => task.Log));
        Assert.Equal(["load: no disk\n"], _told);
    }

    private static void Load(TaskContext context) => throw context.Fail("no disk");

    private void Page(string why) => _told.Add(why);

    private void PageOnCall(TaskContext context)
    {
        var text = "";
        foreach (var failure in context.Failures) text += $"{failure.TaskId}: {failure.Error}\n";
        _told.Add(text);
    }

    private void TellTheTeam(TaskContext context) => _told.Add(context.TaskId.Split('.')[0]);
}
