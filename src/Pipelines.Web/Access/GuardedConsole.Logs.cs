using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <content>Logs and single tasks: of runs of DAGs that are not seen there is nothing.</content>
internal sealed partial class GuardedConsole
{
    public async Task<LogHead> LogHeadAsync(LogOf log, CancellationToken cancellation) =>
        await sight.SeesAsync("run", log.Key.RunId, cancellation) ? await inner.LogHeadAsync(log, cancellation) : new LogHead(0, 0, 0, 0);

    public async Task<IReadOnlyList<LogBlock>> LogBlocksAsync(LogOf log, LogShow show, int line, bool backward, int most, CancellationToken cancellation) =>
        await sight.SeesAsync("run", log.Key.RunId, cancellation) ? await inner.LogBlocksAsync(log, show, line, backward, most, cancellation) : [];

    public async Task<IReadOnlyList<LogBlock>> LogWindowAsync(LogOf log, LogShow show, int from, int to, CancellationToken cancellation) =>
        await sight.SeesAsync("run", log.Key.RunId, cancellation) ? await inner.LogWindowAsync(log, show, from, to, cancellation) : [];

    public async Task<int> LogLinesBeforeAsync(LogOf log, LogShow show, int line, CancellationToken cancellation) =>
        await sight.SeesAsync("run", log.Key.RunId, cancellation) ? await inner.LogLinesBeforeAsync(log, show, line, cancellation) : 0;

    public async Task<IReadOnlyList<LogMark>> LogMarksAsync(LogOf log, int lines, int parts, CancellationToken cancellation) =>
        await sight.SeesAsync("run", log.Key.RunId, cancellation) ? await inner.LogMarksAsync(log, lines, parts, cancellation) : [];

    public async Task<RunDetail?> InstanceAsync(long runId, string taskId, int mapIndex, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.InstanceAsync(runId, taskId, mapIndex, cancellation) : null;

    public async Task<IReadOnlyDictionary<char, int>> ElementStatesAsync(InstanceKey task, CancellationToken cancellation) =>
        await sight.SeesAsync("run", task.RunId, cancellation) ? await inner.ElementStatesAsync(task, cancellation) : new Dictionary<char, int>();

    public async Task<IReadOnlyList<InstanceRow>> ElementsAsync(InstanceKey task, char? state, int from, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync("run", task.RunId, cancellation) ? await inner.ElementsAsync(task, state, from, limit, cancellation) : [];

    public async Task<GoodRun?> LastGoodAsync(long runId, string taskId, int mapIndex, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.LastGoodAsync(runId, taskId, mapIndex, cancellation) : null;
}
