using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Testing.Model;

/// <summary>A DAG run.</summary>
internal sealed class ModelRun(long id, ModelGraph graph, char kind, DateTimeOffset scheduledFor, int priority)
{
    public long Id { get; } = id;

    /// <summary>That of its version; of a run that was moved while it ran with its own numbers.</summary>
    public ModelGraph Graph { get; set; } = graph;

    /// <summary>The version as it was loaded.</summary>
    public DagSpec Version { get; set; } = graph.Spec;

    /// <summary>s scheduled, m manual, b backfill.</summary>
    public char Kind { get; } = kind;

    public DateTimeOffset ScheduledFor { get; } = scheduledFor;

    /// <summary>The period of data that it stands for.</summary>
    public Interval? Interval { get; init; }

    /// <summary>Of a run that stands for one of another DAG, what it returns, or why nothing is known of that.</summary>
    public JsonNode? Result { get; init; }

    public string? NoResult { get; init; }

    public int Priority { get; set; } = priority;

    public char State { get; private set; } = Transitions.None;

    /// <summary>What runs has been told to stop.</summary>
    public bool Stopping { get; set; }

    /// <summary>How it will end, once that is fixed.</summary>
    public char? Verdict { get; set; }

    public int Remaining { get; set; }

    public int Failures { get; set; }

    public int Epoch { get; set; }

    /// <summary>How instances have ended before it starts; null: none has.</summary>
    public IReadOnlyList<ModelPreset>? Presets { get; set; }

    /// <summary>Tasks that are no part of it: nothing waits for them.</summary>
    public HashSet<int>? LeftOut { get; set; }

    /// <summary>What it was told, in the order in which it came.</summary>
    public List<ModelSignal> Signals { get; } = [];

    /// <summary>The row of each task; none before the first start.</summary>
    public List<ModelInstance> Rows { get; } = [];

    public IEnumerable<ModelInstance> Instances => Rows.Concat(Rows.SelectMany(row => row.Elements));

    public ModelInstance? Find(InstanceKey key) => key.TaskNo >= Rows.Count ? null
        : key.MapIndex < 0 ? Rows[key.TaskNo]
        : key.MapIndex < Rows[key.TaskNo].Elements.Count ? Rows[key.TaskNo].Elements[key.MapIndex]
        : null;

    public void Move(char to, Cause by)
    {
        Transitions.CheckRun(State, to, by);
        State = to;
    }
}

/// <summary>How an instance has ended before its run starts.</summary>
internal sealed record ModelPreset(int Task, int MapIndex, char State, JsonNode? Output);

/// <summary>A task instance: a task's own row, or an element of a mapped task.</summary>
internal sealed class ModelInstance(ModelRun run, ModelTask task, int mapIndex)
{
    public ModelRun Run { get; } = run;

    public ModelTask Task { get; set; } = task;

    /// <summary>Where it is queued, and whose slot it takes.</summary>
    public ModelLane Lane { get; set; } = ModelLane.Of(task);

    public InstanceKey Key { get; } = new(run.Id, task.No, mapIndex);

    /// <summary>Of a mapped task's row, what was made of its list, x included.</summary>
    public List<ModelInstance> Elements { get; } = [];

    public bool IsElement => Key.MapIndex >= 0;

    public char State { get; private set; } = 'n';

    public int Rule => IsElement ? Task.Rule : Task.RowRule;

    public Counters Counters { get; set; }

    public int Priority { get; set; }

    public int Attempt { get; set; }

    public int Tries { get; set; }

    public int Lost { get; set; }

    /// <summary>Of a sensor, how often it said "not yet".</summary>
    public int Polls { get; set; }

    public int? Worker { get; set; }

    /// <summary>When the first attempt that counts began; for those who read it.</summary>
    public DateTimeOffset? FirstStartedAt { get; set; }

    /// <summary>When it came to its state.</summary>
    public DateTimeOffset EndedAt { get; set; }

    public JsonNode? Output { get; set; }

    public string? Why { get; set; }

    public bool Ended => TaskState.Ended(State);

    /// <summary>The same under the number that the task has in another graph, in a run that is not going on.</summary>
    public ModelInstance As(ModelTask task)
    {
        var same = new ModelInstance(Run, task, Key.MapIndex) 
        {
            State = State, Attempt = Attempt, Output = Output, Tries = Tries, Lost = Lost, Polls = Polls, FirstStartedAt = FirstStartedAt, EndedAt = EndedAt, Why = Why,
        };
        same.Elements.AddRange(Elements.Select(element => element.As(task)));
        return same;
    }

    /// <summary>A callback of the run that has no verdict to go by yet: the run does not wait for it.</summary>
    public bool WaitsForVerdict => Task.IsRunCallback && State == 'n';

    public void Move(char to, Cause by, string? why = null)
    {
        Transitions.CheckInstance(State, to, by);
        State = to;
        Why = why;
    }
}

/// <summary>A queue with a pool or none.</summary>
internal sealed record ModelLane(string Queue, string? Pool)
{
    public static ModelLane Of(ModelTask task) => new(task.Spec.Queue, task.Spec.Pool);
}
