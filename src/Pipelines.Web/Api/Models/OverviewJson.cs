using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Api;

/// <summary>What waits, and why.</summary>
/// <param name="Ready">How many task instances could run now.</param>
/// <param name="InLine">How many stand in the line of a limit.</param>
/// <param name="Instances">The first of both, the oldest first.</param>
/// <param name="Waiting">The first of those that wait for a time, another DAG or the run before.</param>
/// <param name="Runs">Runs that have not started, by DAG and backfill.</param>
public sealed record QueueJson(int Ready, int InLine, IReadOnlyList<QueuedInstanceJson> Instances, IReadOnlyList<WaitingInstanceJson> Waiting, IReadOnlyList<QueuedRunsJson> Runs);

/// <summary>A task instance that has no worker.</summary>
/// <param name="Run">Its run.</param>
/// <param name="Dag">Its DAG.</param>
/// <param name="Task">Its task.</param>
/// <param name="MapIndex">The element of a mapped task.</param>
/// <param name="Queue">The queue that it waits in.</param>
/// <param name="Pool">The pool that it takes from.</param>
/// <param name="Limit">The limit in whose line it stands.</param>
/// <param name="QueuedAt">Since when.</param>
/// <param name="Why">Why it does not run.</param>
public sealed record QueuedInstanceJson(long Run, string Dag, string Task, int? MapIndex, string Queue, string? Pool, string? Limit, DateTimeOffset? QueuedAt, string Why)
{
    internal static QueuedInstanceJson Of(QueuedRow row, IReadOnlyList<WorkerRow> workers) => new(
        row.Key.RunId, row.DagId, row.TaskId, Element.Of(row.Key.MapIndex), row.Queue, row.Pool, row.Limit, row.QueuedAt, QueueWhy.Of(row, workers));
}

/// <summary>A task instance that waits without a slot.</summary>
/// <param name="Run">Its run.</param>
/// <param name="Dag">Its DAG.</param>
/// <param name="Task">Its task.</param>
/// <param name="MapIndex">The element of a mapped task.</param>
/// <param name="Until">What it waits for: its next try, a time or poll, another DAG, a signal, people, or the same task in the run before.</param>
/// <param name="For">The other DAG, the signal, or the question.</param>
/// <param name="DueAt">When it goes on or gives up; null: that is not known.</param>
public sealed record WaitingInstanceJson(long Run, string Dag, string Task, int? MapIndex, [property: OneOf("retry time dag signal approval past")] string Until, string? For, DateTimeOffset? DueAt)
{
    internal static WaitingInstanceJson Of(WaitingRow row) => new(
        row.Key.RunId, row.DagId, row.TaskId, Element.Of(row.Key.MapIndex), row.Kind switch { 'y' => "retry", 't' => "time", 'd' => "dag", 's' => "signal", 'a' => "approval", _ => "past" }, row.For, row.DueAt);
}

/// <summary>Runs of a DAG, or of a backfill of it, that have not started.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="Backfill">The backfill; null: the DAG's other runs.</param>
/// <param name="Count">How many.</param>
/// <param name="OldestAt">Since when the first waits.</param>
/// <param name="Why">Why they do not start.</param>
public sealed record QueuedRunsJson(string Dag, long? Backfill, int Count, DateTimeOffset OldestAt, string Why)
{
    internal static QueuedRunsJson Of(QueuedRuns row) => new(row.DagId, row.BackfillId, row.Runs, row.OldestAt, QueueWhy.Of(row));
}

/// <summary>Whether all is well.</summary>
/// <param name="Behind">Something has been due for more than 10 seconds: no scheduler keeps up.</param>
/// <param name="LagSeconds">How long what is longest overdue is so.</param>
/// <param name="Stranded">Tasks are ready, and no worker that is alive takes work.</param>
/// <param name="WorkersAlive">How many workers are alive.</param>
/// <param name="Ready">How many task instances could run now.</param>
/// <param name="InLine">How many stand in the line of a limit.</param>
/// <param name="LastRunMadeAt">When a scheduler made the newest run.</param>
/// <param name="Version">The program's.</param>
/// <param name="Postgres">PostgreSQL's.</param>
/// <param name="PostgresSince">Since when PostgreSQL runs.</param>
/// <param name="Migration">The schema's version.</param>
/// <param name="Bytes">The size of the database.</param>
/// <param name="Connections">How many connections PostgreSQL has.</param>
/// <param name="MostConnections">How many it takes.</param>
public sealed record HealthJson(
    bool Behind, double LagSeconds, bool Stranded, int WorkersAlive, int Ready, int InLine, DateTimeOffset? LastRunMadeAt, string Version, string Postgres, DateTimeOffset PostgresSince, int Migration,
    long Bytes, int Connections, int MostConnections)
{
    internal static HealthJson Of(HealthState state) => new(
        state.Behind, state.Lag.TotalSeconds, state.Stranded, state.Workers.Count(worker => worker.Alive), state.Length.Ready, state.Length.InLine, state.Row.LastMade, HealthState.Version,
        state.Row.Server, state.Row.ServerSince, state.Row.Migration, state.Row.Bytes, state.Row.Connections.Sum(program => program.All), state.Row.MaxConnections);
}

/// <summary>Failures of one task with one error, in one run or more.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="Task">The task.</param>
/// <param name="MapIndex">The element of a mapped task.</param>
/// <param name="What">The error.</param>
/// <param name="Runs">The runs, the newest first; of a DAG that fails all the time only some.</param>
/// <param name="At">When the newest failed.</param>
/// <param name="Lasts">The DAG's newest run is one of them.</param>
public sealed record FailureJson(string Dag, string Task, int? MapIndex, string What, IReadOnlyList<long> Runs, DateTimeOffset At, bool Lasts)
{
    internal static FailureJson Of(FailureGroup group) => new(
        group.Newest.DagId, group.Newest.TaskId, Element.Of(group.Newest.MapIndex), group.What, group.Runs, group.Newest.At, group.Lasts);
}

/// <summary>What a text was found in.</summary>
/// <param name="Dags">DAGs by id, description, owner or tag.</param>
/// <param name="Tasks">Tasks by id.</param>
/// <param name="Run">The run of this number.</param>
/// <param name="Failures">Errors of the last 30 days.</param>
public sealed record FoundJson(IReadOnlyList<FoundDagJson> Dags, IReadOnlyList<FoundTaskJson> Tasks, RunJson? Run, IReadOnlyList<FailureJson> Failures)
{
    internal static FoundJson Of(Found found) => new(
        [.. found.Dags.Select(dag => new FoundDagJson(dag.Spec.Id, dag.Spec.Description))], [.. found.Tasks.Select(task => new FoundTaskJson(task.DagId, task.TaskId))],
        found.Run is { } run ? RunJson.Of(run) : null, [.. found.Errors.Select(FailureJson.Of)]);
}

/// <summary>A DAG that was found.</summary>
/// <param name="Dag">Its id.</param>
/// <param name="Description">What it is for.</param>
public sealed record FoundDagJson(string Dag, string? Description);

/// <summary>A task that was found.</summary>
/// <param name="Dag">Its DAG.</param>
/// <param name="Task">Its id.</param>
public sealed record FoundTaskJson(string Dag, string Task);
