using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>The time.</summary>
/// <param name="Now">The database's: what "now" means everywhere.</param>
public sealed record NowJson(DateTimeOffset Now);

/// <summary>A pool.</summary>
/// <param name="Pool">Its name.</param>
/// <param name="Slots">How many it has.</param>
/// <param name="Used">How many are taken.</param>
/// <param name="Waiting">How many instances wait for one.</param>
public sealed record PoolJson(string Pool, int Slots, int Used, int Waiting)
{
    internal static PoolJson Of(PoolRow row) => new(row.Name, row.Slots, row.Used, row.Waiting);

    internal PoolRow Port => new(Pool, Slots, Used, Waiting);
}

/// <summary>A limit that tasks keep to.</summary>
/// <param name="Limit">Its name.</param>
/// <param name="AtOnce">How many run at once; null: it limits how many start.</param>
/// <param name="Starts">How many start in <paramref name="PerSeconds"/>.</param>
/// <param name="PerSeconds">In how many seconds.</param>
/// <param name="Burst">How many start at once after a pause.</param>
/// <param name="Active">How many are admitted or run, over all keys.</param>
/// <param name="Waiting">How many stand in line.</param>
public sealed record LimitJson(string Limit, int? AtOnce, int? Starts, double? PerSeconds, int? Burst, int Active, int Waiting)
{
    internal static LimitJson Of(LimitRow row) => new(row.Name, row.AtOnce, row.Starts, row.PerSeconds, row.Burst, row.Active, row.Waiting);

    internal LimitRow Port => new(Limit, AtOnce, Starts, PerSeconds, Burst, Active, Waiting);
}

/// <summary>A place in the line of a limit.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Key">What it is counted by; empty: all together.</param>
/// <param name="NextAt">Of a rate, when the next may start, if that is known.</param>
/// <param name="Ahead">How many stand before it.</param>
/// <param name="Holders">Some of those that have a place.</param>
public sealed record LimitLineJson(LimitJson Limit, string Key, DateTimeOffset? NextAt, int Ahead, IReadOnlyList<string> Holders)
{
    internal static LimitLineJson Of(LimitLine row) => new(LimitJson.Of(row.Limit), row.Key, row.NextAt, row.Ahead, row.Holders);

    internal LimitLine Port => new(Limit.Port, Key, NextAt, Ahead, Holders);
}

/// <summary>An asset.</summary>
/// <param name="Asset">Its name.</param>
/// <param name="Producers">The tasks that produce it, as <c>dag.task</c>.</param>
/// <param name="Consumers">The DAGs that its updates run.</param>
/// <param name="UpdatedAt">When it was updated last; null: never.</param>
/// <param name="Run">The run of that update.</param>
/// <param name="By">Who told of that update from outside.</param>
public sealed record AssetJson(string Asset, IReadOnlyList<string> Producers, IReadOnlyList<string> Consumers, DateTimeOffset? UpdatedAt, long? Run, string? By)
{
    internal static AssetJson Of(AssetRow row) => new(row.Name, row.Producers, row.Consumers, row.UpdatedAt, row.RunId, row.By);

    internal AssetRow Port => new(Asset, Producers, Consumers, UpdatedAt, Run, By);
}

/// <summary>An asset with its history.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Waits">The DAGs that it runs, and what is there for their next run.</param>
/// <param name="Updates">Its updates, newest first.</param>
public sealed record AssetDetailJson(AssetJson Asset, IReadOnlyList<AssetWaitJson> Waits, IReadOnlyList<AssetUpdateJson> Updates)
{
    internal static AssetDetailJson Of(AssetDetail row) => new(
        AssetJson.Of(row.Asset), [.. row.Waits.Select(wait => new AssetWaitJson(wait.DagId, wait.Paused, AssetConditionJson.Of(wait.Condition), wait.Updated))],
        [.. row.Updates.Select(update => AssetUpdateJson.Of(update.Update) with { Runs = update.Runs })]);

    internal AssetDetail Port => new(
        Asset.Port, [.. Waits.Select(wait => new AssetWait(wait.Dag, wait.Paused, wait.Condition.Port, wait.Updated))], [.. Updates.Select(update => (update.Port, update.Runs ?? []))]);
}

/// <summary>A DAG that is run by assets.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="Paused">Whether it only gathers updates.</param>
/// <param name="Condition">What must be updated.</param>
/// <param name="Updated">The assets that have been.</param>
public sealed record AssetWaitJson(string Dag, bool Paused, AssetConditionJson Condition, IReadOnlyList<string> Updated);

/// <summary>Assets that must be updated: one of the three is given.</summary>
/// <param name="Asset">This one.</param>
/// <param name="All">All of these.</param>
/// <param name="Any">One of these.</param>
public sealed record AssetConditionJson(string? Asset, IReadOnlyList<AssetConditionJson>? All, IReadOnlyList<AssetConditionJson>? Any)
{
    internal static AssetConditionJson Of(AssetCondition row) => new(row.Asset, row.All is { } all ? [.. all.Select(Of)] : null, row.Any is { } any ? [.. any.Select(Of)] : null);

    internal AssetCondition Port => new() { Asset = Asset, All = All is { } all ? [.. all.Select(one => one.Port)] : null, Any = Any is { } any ? [.. any.Select(one => one.Port)] : null };
}

/// <summary>An update of an asset.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="At">When.</param>
/// <param name="Dag">The DAG that produced it; null: it was told from outside.</param>
/// <param name="Run">The run that produced it.</param>
/// <param name="Task">The task that produced it.</param>
/// <param name="By">Who told it from outside.</param>
/// <param name="Why">Their reason.</param>
/// <param name="Extra">What was given with it.</param>
/// <param name="Runs">The runs that it started; null where that is not asked.</param>
public sealed record AssetUpdateJson(
    string Asset, DateTimeOffset At, string? Dag, long? Run, string? Task, string? By, string? Why, JsonNode? Extra, IReadOnlyList<long>? Runs)
{
    internal static AssetUpdateJson Of(AssetUpdate row) => new(row.Asset, row.At, row.DagId, row.RunId, row.TaskId, row.By, row.Why, ApiJson.Parse(row.Extra), null);

    internal AssetUpdate Port => new(Asset, At) { DagId = Dag, RunId = Run, TaskId = Task, By = By, Why = Why, Extra = Extra?.ToJsonString() };
}

/// <summary>A notification.</summary>
/// <param name="Notification">Its number.</param>
/// <param name="Channel">The channel that is told.</param>
/// <param name="What">What it tells.</param>
/// <param name="Dag">The DAG that it is about.</param>
/// <param name="Run">The run.</param>
/// <param name="Task">The task; null: the run.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="At">When it happened.</param>
/// <param name="State">Whether it was delivered.</param>
/// <param name="Tries">How often that was tried.</param>
/// <param name="MostTries">How often it is tried.</param>
/// <param name="DueAt">Of one that waits, when it is tried next.</param>
/// <param name="FinishedAt">When it was delivered or given up.</param>
/// <param name="Error">Why the last try failed.</param>
public sealed record NotificationJson(
    long Notification, string Channel, [property: OneOf(Words.Tellings)] string What, string Dag, long Run, string? Task, short? Attempt, DateTimeOffset At,
    [property: OneOf(Words.NotificationStates)] string State, short Tries, short MostTries, DateTimeOffset DueAt, DateTimeOffset? FinishedAt, string? Error)
{
    internal static NotificationJson Of(NotificationRow row) => new(
        row.Id, row.Channel, Words.Telling.Of(row.What), row.DagId, row.RunId, row.TaskId, row.Attempt, row.At, Words.Notification.Of(row.State), row.Tries, row.MostTries, row.DueAt,
        row.FinishedAt, row.Error);

    internal NotificationRow Port => new(
        Notification, Channel, Words.Telling.Letter(What), Dag, Run, Task, Attempt, At, Words.Notification.Letter(State), Tries, MostTries, DueAt, FinishedAt, Error);
}

/// <summary>A try to deliver a notification.</summary>
/// <param name="Try">Its number, from 1.</param>
/// <param name="At">When it began.</param>
/// <param name="Sender">The process that tried.</param>
/// <param name="EndedAt">When it ended; null: it is under way, or its process died.</param>
/// <param name="Error">Why it failed; null: it has not.</param>
public sealed record NotificationTryJson(short Try, DateTimeOffset At, string Sender, DateTimeOffset? EndedAt, string? Error)
{
    internal static NotificationTryJson Of(NotificationTry row) => new(row.Try, row.At, row.Sender, row.EndedAt, row.Error);

    internal NotificationTry Port => new(Try, At, Sender, EndedAt, Error);
}

/// <summary>A worker.</summary>
/// <param name="Worker">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Queues">The queues that it serves.</param>
/// <param name="Slots">How many attempts it runs at once.</param>
/// <param name="Busy">How many it runs.</param>
/// <param name="Stuck">How many do not stop though they were told to.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="LeaseUntil">Until when it counts as alive without a further sign.</param>
/// <param name="Alive">Whether it is.</param>
public sealed record WorkerJson(
    int Worker, string Name, IReadOnlyList<string> Queues, int Slots, int Busy, int Stuck, DateTimeOffset StartedAt, DateTimeOffset LeaseUntil, bool Alive)
{
    internal static WorkerJson Of(WorkerRow row) => new(row.WorkerId, row.Name, row.Queues, row.Slots, row.Busy, row.Stuck, row.StartedAt, row.LeaseUntil, row.Alive);

    internal WorkerRow Port => new(Worker, Name, Queues, Slots, Busy, Stuck, StartedAt, LeaseUntil, Alive);
}
