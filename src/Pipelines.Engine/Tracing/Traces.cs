using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tracing;

/// <summary>
/// Spans of runs and attempts. A run's ids are made from the run, or its trace is the one that it was started in: so each process
/// tells of its part without asking another. Without a listener nothing is made.
/// </summary>
public static class Traces
{
    /// <summary>The name of the source, for listeners.</summary>
    public const string Source = "Pipelines";

    /// <summary>The span under which a notification is delivered.</summary>
    public const string Notification = "notification";

    private static readonly ActivitySource Spans = new(Source);

    /// <summary>Whether anybody listens.</summary>
    public static bool On => Spans.HasListeners();

    /// <summary>The span of a run, as what happens in it names its parent.</summary>
    public static ActivityContext Of(RunTrace run)
    {
        Span<byte> name = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(name, run.RunId);
        BinaryPrimitives.WriteInt64BigEndian(name[8..], run.MadeAt.UtcTicks);
        Span<byte> made = stackalloc byte[32];
        SHA256.HashData(name, made);
        made[0] |= 1;                                             // ids of zeros are none
        made[16] |= 1;
        var span = ActivitySpanId.CreateFromBytes(made[16..24]);
        return Parent(run) is { } parent
            ? new ActivityContext(parent.TraceId, span, parent.TraceFlags, parent.TraceState, isRemote: true)
            : new ActivityContext(ActivityTraceId.CreateFromBytes(made[..16]), span, ActivityTraceFlags.Recorded, isRemote: true);
    }

    /// <summary>Begins the span of an attempt, and makes it the current one of the caller. Null: nobody listens.</summary>
    /// <param name="run">Its run.</param>
    /// <param name="a">The attempt.</param>
    /// <param name="dag">Its DAG.</param>
    /// <param name="task">Its task.</param>
    /// <param name="worker">Who runs it.</param>
    internal static Activity? Attempt(RunTrace run, Assignment a, string dag, string task, string worker)
    {
        if (Spans.CreateActivity($"{dag}.{task}", ActivityKind.Internal, Of(run)) is not { } span)
            return null;
        span.SetStartTime(a.StartedAt.UtcDateTime);
        span.SetTag("pipelines.dag", dag).SetTag("pipelines.task", task).SetTag("pipelines.run", a.Key.RunId).SetTag("pipelines.attempt", (int)a.Attempt).SetTag("pipelines.worker", worker);
        if (a.Key.MapIndex >= 0)
            span.SetTag("pipelines.map_index", a.Key.MapIndex);
        return span.Start();
    }

    /// <summary>What the caller does now is part of, as a W3C traceparent; null: of nothing.</summary>
    internal static string? Current => Activity.Current is { IdFormat: ActivityIdFormat.W3C } span ? span.Id : null;

    /// <summary>Says that a span has to do with another trace: that of whoever has sent what it waited for.</summary>
    internal static void Link(Activity? span, string? traceParent)
    {
        if (span is not null && ActivityContext.TryParse(traceParent, null, isRemote: true, out var other) && span.Links.All(link => link.Context != other))
            span.AddLink(new ActivityLink(other));
    }

    /// <summary>Makes a span current under which a notification of a run is delivered, so that a webhook passes the run's trace on; also where nobody listens. Null: the run's is not known.</summary>
    internal static Activity? Delivery(string? traceParent)
    {
        if (!ActivityContext.TryParse(traceParent, null, isRemote: true, out var run))
            return null;
        return Spans.StartActivity(Notification, ActivityKind.Producer, run) ?? new Activity(Notification).SetParentId(run.TraceId, run.SpanId, run.TraceFlags).Start();
    }

    /// <summary>Ends the span of an attempt with what came of it.</summary>
    /// <param name="span">The span.</param>
    /// <param name="report">Null: it was not this worker's any more.</param>
    /// <param name="at">The database's time.</param>
    internal static void End(Activity span, Report? report, DateTimeOffset at)
    {
        span.SetTag("pipelines.outcome", report is null ? "taken back" : TaskState.Word(report.Outcome));
        if (report?.Outcome is TaskState.Failed or TaskState.RetryWait)
            span.SetStatus(ActivityStatusCode.Error, report.Why);
        span.SetEndTime(at.UtcDateTime);
        span.Dispose();
    }

    /// <summary>Tells of a run that has ended: from when it was made, so that its wait in the queue is seen.</summary>
    internal static void Ended(EndedRun run)
    {
        var own = Of(run.Trace);
        var before = Activity.Current;
        Activity.Current = null;
        using var span = Parent(run.Trace) is { } parent
            ? Spans.CreateActivity(run.DagId, ActivityKind.Internal, parent)
            : Spans.CreateActivity(run.DagId, ActivityKind.Internal);
        if (span is not null)
        {
            if (span.ParentId is null)
                TraceId(span) = own.TraceId.ToHexString();
            span.SetStartTime(run.Trace.MadeAt.UtcDateTime);
            span.Start();
            SpanId(span) = own.SpanId.ToHexString();
            span.SetTag("pipelines.dag", run.DagId).SetTag("pipelines.run", run.Trace.RunId).SetTag("pipelines.kind", RunKind.Word(run.Kind))
                .SetTag("pipelines.scheduled_for", run.ScheduledFor.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture)).SetTag("pipelines.outcome", RunState.Word(run.State));
            foreach (var link in run.Links)
                Link(span, link);
            if (run.StartedAt is { } started)
                span.AddEvent(new ActivityEvent("started", started));
            if (run.State == 'f')
                span.SetStatus(ActivityStatusCode.Error, $"{run.Failures} failed");
            span.SetEndTime(run.FinishedAt.UtcDateTime);
            span.Stop();
        }

        Activity.Current = before;
    }

    private static ActivityContext? Parent(RunTrace run) => ActivityContext.TryParse(run.Parent, null, isRemote: true, out var parent) ? parent : null;

    // Ids of one's own choosing are what the public surface has no way for: others would make theirs known by a generator.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? SpanId(Activity span);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_traceId")]
    private static extern ref string? TraceId(Activity span);
}
