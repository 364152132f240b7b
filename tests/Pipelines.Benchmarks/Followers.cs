namespace Pipelines.Benchmarks;

/// <summary>Tabs that watch: each reads its page's events, and when these say that there is something new, asks for the page's part as the script does.</summary>
internal sealed class Followers : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Visitor> _visitors = [];
    private readonly List<Task> _reading = [];

    public static async Task<Followers> OpenAsync(Uri address, string session, IReadOnlyList<string> topics)
    {
        var followers = new Followers();
        var greeted = new List<Task>();
        foreach (var topic in topics)
        {
            var visitor = new Visitor(address, session);
            var hello = new TaskCompletionSource();
            followers._visitors.Add(visitor);
            followers._reading.Add(followers.ReadAsync(visitor, topic, hello));
            greeted.Add(hello.Task);
        }

        await Task.WhenAll(greeted);
        return followers;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_reading);
        _visitors.ForEach(visitor => visitor.Dispose());
        _stop.Dispose();
    }

    private async Task ReadAsync(Visitor visitor, string topic, TaskCompletionSource hello)
    {
        try
        {
            await foreach (var line in visitor.LinesAsync($"/ui/events?{topic}", _stop.Token))
            {
                hello.TrySetResult();
                if (line is "event: reload" && topic.StartsWith("dag=", StringComparison.Ordinal))
                    await visitor.GetAsync($"/dags/{topic[4..]}?part=grid");
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The tab is closed.
        }
        catch (Exception e)
        {
            hello.TrySetException(e);
            throw;
        }
    }
}
