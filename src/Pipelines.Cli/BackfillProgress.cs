using System.Globalization;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;
using Spectre.Console;
using Text = Pipelines.Cli.Output.Text;

namespace Pipelines.Cli;

/// <summary>Shows a backfill until it ends: a live bar in a terminal, a line now and then elsewhere.</summary>
public static class BackfillProgress
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    // Where nobody watches live, a line at every twentieth of the way is enough to see that it moves.
    private const int PlainLines = 20;

    // Bar and text stay within 80 columns.
    private const int BarWidth = 24;

    /// <summary>Watches until the backfill ends.</summary>
    /// <returns>0 if every run of it succeeded, else 1.</returns>
    /// <exception cref="CommandException">There is no such backfill.</exception>
    public static Task<int> WatchAsync(IReads console, long backfillId, IAnsiConsole @out, CancellationToken cancellation) =>
        WatchAsync(console, backfillId, @out, Poll, TimeProvider.System, cancellation);

    internal static async Task<int> WatchAsync(
        IReads console, long backfillId, IAnsiConsole @out, TimeSpan poll, TimeProvider time, CancellationToken cancellation)
    {
        var pace = new BackfillPace(time);
        var last = @out.Profile.Capabilities.Interactive && @out.Profile.Out.IsTerminal
            ? await LiveAsync(console, backfillId, @out, pace, poll, time, cancellation)
            : await PlainAsync(console, backfillId, @out, pace, poll, time, cancellation);
        @out.Profile.Out.Writer.WriteLine(Summary(last));
        return last.State == 's' ? 0 : 1;
    }

    private static Task<BackfillRow> LiveAsync(
        IReads console, long id, IAnsiConsole @out, BackfillPace pace, TimeSpan poll, TimeProvider time, CancellationToken cancellation) =>
        @out.Progress().AutoClear(false).HideCompleted(false)
            .Columns(new ProgressBarColumn { Width = BarWidth }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask($"backfill {id}");
                while (true)
                {
                    var row = await RowAsync(console, id, cancellation);
                    bar.MaxValue = Math.Max(1, row.Total);
                    bar.Value = RunState.Ended(row.State) && row.State == 's' ? bar.MaxValue : Math.Min(Done(row), row.Total);
                    bar.Description = Markup.Escape(Brief(row, pace.Left(Done(row), row.Total)));
                    if (RunState.Ended(row.State))
                    {
                        bar.StopTask();
                        return row;
                    }

                    await Task.Delay(poll, time, cancellation);
                }
            });

    private static async Task<BackfillRow> PlainAsync(
        IReads console, long id, IAnsiConsole @out, BackfillPace pace, TimeSpan poll, TimeProvider time, CancellationToken cancellation)
    {
        var (step, state) = (-1, ' ');
        while (true)
        {
            var row = await RowAsync(console, id, cancellation);
            var left = pace.Left(Done(row), row.Total);
            if (RunState.Ended(row.State))
                return row;
            var now = row.Total == 0 ? 0 : Done(row) * PlainLines / row.Total;
            if (now != step || row.State != state)
                @out.Profile.Out.Writer.WriteLine(Line(row, left));
            (step, state) = (now, row.State);
            await Task.Delay(poll, time, cancellation);
        }
    }

    private static async Task<BackfillRow> RowAsync(IReads console, long id, CancellationToken cancellation) =>
        await console.BackfillAsync(id, cancellation) ?? throw new CommandException($"there is no backfill {id}");

    private static int Done(BackfillRow row) => row.Succeeded + row.Failed + row.Cancelled;

    private static string Line(BackfillRow row, TimeSpan? left) => string.Create(CultureInfo.InvariantCulture,
        $"backfill {row.Id}: {Done(row):N0}/{row.Total:N0}, {row.Succeeded:N0} succeeded, {row.Failed:N0} failed, {row.Running:N0} running") + Outlook(row, left);

    private static string Brief(BackfillRow row, TimeSpan? left) => string.Create(CultureInfo.InvariantCulture,
        $"{Done(row):N0}/{row.Total:N0}, {row.Succeeded:N0} succeeded, {row.Failed:N0} failed") + Outlook(row, left);

    private static string Outlook(BackfillRow row, TimeSpan? left) => (row.State, left?.TotalSeconds) switch
    {
        ('p', _) => ", paused",
        (_, null or 0) => "",
        (_, < 60 and var seconds) => string.Create(CultureInfo.InvariantCulture, $", {Math.Ceiling(seconds):0} s left"),
        (_, var seconds) => $", {Text.Span(seconds)} left",
    };

    private static string Summary(BackfillRow row) => string.Create(CultureInfo.InvariantCulture,
        $"Backfill {row.Id} {(row.State switch { 's' => "succeeded", 'c' => "was cancelled", _ => "ended with failures" })}: "
        + $"{row.Succeeded:N0} succeeded, {row.Failed:N0} failed, {row.Cancelled:N0} cancelled of {row.Total:N0}")
        + (Text.SecondsBetween(row.CreatedAt, row.FinishedAt) is { } seconds ? $", in {Text.Span(seconds)}." : ".")
        + (row.Failed > 0 ? $" See: pipelines runs list --dag {row.DagId} --state failed" : "");
}
