using Pipelines.Engine.Loading;

namespace Pipelines.Engine.Tests.Loading;

public sealed class TimeLimitTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void What_comes_back_is_returned_and_what_it_throws_is_thrown()
    {
        Assert.Equal(7, TimeLimit.Run(TimeSpan.FromMinutes(1), "it", () => 7));
        Assert.Throws<NotSupportedException>(() => TimeLimit.Run<int>(TimeSpan.FromMinutes(1), "it", () => throw new NotSupportedException()));
    }

    [Fact]
    public async Task A_thread_that_only_waits_is_not_left_behind()
    {
        var thread = new TaskCompletionSource<Thread>();
        Assert.Throws<TimeLimitException>(() => TimeLimit.Run(Short, "it", () =>
        {
            thread.SetResult(Thread.CurrentThread);
            return new TaskCompletionSource<int>().Task.Result;
        }));
        var left = await thread.Task;
        await Until.Holds(() => !left.IsAlive);
    }

    [Fact]
    public async Task A_thread_that_computes_is_left_behind_and_yields_to_others()
    {
        using var stop = new CancellationTokenSource();
        var thread = new TaskCompletionSource<(Thread Thread, string Stat)>();
        Assert.Throws<TimeLimitException>(() => TimeLimit.Run(Short, "it", () =>
        {
            thread.SetResult((Thread.CurrentThread, OperatingSystem.IsLinux() ? File.ResolveLinkTarget("/proc/thread-self", false)!.FullName : ""));
            while (!stop.IsCancellationRequested)
                Thread.SpinWait(100);
            return 1;
        }));
        var (left, self) = await thread.Task;
        Assert.True(left is { IsAlive: true, IsBackground: true, Priority: ThreadPriority.Lowest });
        if (OperatingSystem.IsLinux())
            Assert.Equal("10", File.ReadAllText($"{self}/stat").Split(") ")[1].Split(' ')[16]);
        await stop.CancelAsync();
        await Until.Holds(() => !left.IsAlive);
    }
}
