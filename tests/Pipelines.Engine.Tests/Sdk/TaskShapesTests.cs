using System.Text;

namespace Pipelines.Engine.Tests.Sdk;

/// <summary>Every shape that a body may have: 0 to 4 inputs, with and without the context, returning a value, a Task of one, a Task or nothing.</summary>
public sealed class TaskShapesTests
{
    private readonly DagBuilder _dag = new();
    private readonly List<string> _ran = [];

    [Fact]
    public async Task Every_shape_runs_with_its_inputs_in_order_and_gives_its_output()
    {
        var a = _dag.Task("a", () => "A");
        var b = _dag.Task("b", () => 2);
        var c = _dag.Task("c", () => 3.5);
        var d = _dag.Task("d", () => true);

        TaskNode<string> value_0 = _dag.Task("value_0", () => Said($""));
        TaskNode<string> task_of_0 = _dag.Task("task_of_0", () => Task.FromResult(Said($"")));
        TaskNode<None> task_0 = _dag.Task("task_0", () => DoneAsync($""));
        TaskNode<None> nothing_0 = _dag.Task("nothing_0", () => Do($""));
        TaskNode<string> value_0_context = _dag.Task("value_0_context", (TaskContext t) => Said($"{t.TaskId}"));
        TaskNode<string> task_of_0_context = _dag.Task("task_of_0_context", (TaskContext t) => Task.FromResult(Said($"{t.TaskId}")));
        TaskNode<None> task_0_context = _dag.Task("task_0_context", (TaskContext t) => DoneAsync($"{t.TaskId}"));
        TaskNode<None> nothing_0_context = _dag.Task("nothing_0_context", (TaskContext t) => Do($"{t.TaskId}"));
        TaskNode<string> value_1 = _dag.Task("value_1", (string w) => Said($"{w}"), a);
        TaskNode<string> task_of_1 = _dag.Task("task_of_1", (string w) => Task.FromResult(Said($"{w}")), a);
        TaskNode<None> task_1 = _dag.Task("task_1", (string w) => DoneAsync($"{w}"), a);
        TaskNode<None> nothing_1 = _dag.Task("nothing_1", (string w) => Do($"{w}"), a);
        TaskNode<string> value_1_context = _dag.Task("value_1_context", (string w, TaskContext t) => Said($"{w} {t.TaskId}"), a);
        TaskNode<string> task_of_1_context = _dag.Task("task_of_1_context", (string w, TaskContext t) => Task.FromResult(Said($"{w} {t.TaskId}")), a);
        TaskNode<None> task_1_context = _dag.Task("task_1_context", (string w, TaskContext t) => DoneAsync($"{w} {t.TaskId}"), a);
        TaskNode<None> nothing_1_context = _dag.Task("nothing_1_context", (string w, TaskContext t) => Do($"{w} {t.TaskId}"), a);
        TaskNode<string> value_2 = _dag.Task("value_2", (string w, int x) => Said($"{w} {x}"), a, b);
        TaskNode<string> task_of_2 = _dag.Task("task_of_2", (string w, int x) => Task.FromResult(Said($"{w} {x}")), a, b);
        TaskNode<None> task_2 = _dag.Task("task_2", (string w, int x) => DoneAsync($"{w} {x}"), a, b);
        TaskNode<None> nothing_2 = _dag.Task("nothing_2", (string w, int x) => Do($"{w} {x}"), a, b);
        TaskNode<string> value_2_context = _dag.Task("value_2_context", (string w, int x, TaskContext t) => Said($"{w} {x} {t.TaskId}"), a, b);
        TaskNode<string> task_of_2_context = _dag.Task("task_of_2_context", (string w, int x, TaskContext t) => Task.FromResult(Said($"{w} {x} {t.TaskId}")), a, b);
        TaskNode<None> task_2_context = _dag.Task("task_2_context", (string w, int x, TaskContext t) => DoneAsync($"{w} {x} {t.TaskId}"), a, b);
        TaskNode<None> nothing_2_context = _dag.Task("nothing_2_context", (string w, int x, TaskContext t) => Do($"{w} {x} {t.TaskId}"), a, b);
        TaskNode<string> value_3 = _dag.Task("value_3", (string w, int x, double y) => Said($"{w} {x} {y}"), a, b, c);
        TaskNode<string> task_of_3 = _dag.Task("task_of_3", (string w, int x, double y) => Task.FromResult(Said($"{w} {x} {y}")), a, b, c);
        TaskNode<None> task_3 = _dag.Task("task_3", (string w, int x, double y) => DoneAsync($"{w} {x} {y}"), a, b, c);
        TaskNode<None> nothing_3 = _dag.Task("nothing_3", (string w, int x, double y) => Do($"{w} {x} {y}"), a, b, c);
        TaskNode<string> value_3_context = _dag.Task("value_3_context", (string w, int x, double y, TaskContext t) => Said($"{w} {x} {y} {t.TaskId}"), a, b, c);
        TaskNode<string> task_of_3_context = _dag.Task("task_of_3_context", (string w, int x, double y, TaskContext t) => Task.FromResult(Said($"{w} {x} {y} {t.TaskId}")), a, b, c);
        TaskNode<None> task_3_context = _dag.Task("task_3_context", (string w, int x, double y, TaskContext t) => DoneAsync($"{w} {x} {y} {t.TaskId}"), a, b, c);
        TaskNode<None> nothing_3_context = _dag.Task("nothing_3_context", (string w, int x, double y, TaskContext t) => Do($"{w} {x} {y} {t.TaskId}"), a, b, c);
        TaskNode<string> value_4 = _dag.Task("value_4", (string w, int x, double y, bool z) => Said($"{w} {x} {y} {z}"), a, b, c, d);
        TaskNode<string> task_of_4 = _dag.Task("task_of_4", (string w, int x, double y, bool z) => Task.FromResult(Said($"{w} {x} {y} {z}")), a, b, c, d);
        TaskNode<None> task_4 = _dag.Task("task_4", (string w, int x, double y, bool z) => DoneAsync($"{w} {x} {y} {z}"), a, b, c, d);
        TaskNode<None> nothing_4 = _dag.Task("nothing_4", (string w, int x, double y, bool z) => Do($"{w} {x} {y} {z}"), a, b, c, d);
        TaskNode<string> value_4_context = _dag.Task("value_4_context", (string w, int x, double y, bool z, TaskContext t) => Said($"{w} {x} {y} {z} {t.TaskId}"), a, b, c, d);
        TaskNode<string> task_of_4_context = _dag.Task("task_of_4_context", (string w, int x, double y, bool z, TaskContext t) => Task.FromResult(Said($"{w} {x} {y} {z} {t.TaskId}")), a, b, c, d);
        TaskNode<None> task_4_context = _dag.Task("task_4_context", (string w, int x, double y, bool z, TaskContext t) => DoneAsync($"{w} {x} {y} {z} {t.TaskId}"), a, b, c, d);
        TaskNode<None> nothing_4_context = _dag.Task("nothing_4_context", (string w, int x, double y, bool z, TaskContext t) => Do($"{w} {x} {y} {z} {t.TaskId}"), a, b, c, d);

        var nodes = new IOutput[]
        {
            value_0, task_of_0, task_0,
            nothing_0, value_0_context, task_of_0_context, task_0_context, nothing_0_context, value_1, task_of_1, task_1, nothing_1, value_1_context, task_of_1_context, task_1_context, nothing_1_context, value_2, task_of_2, task_2, nothing_2, value_2_context, task_of_2_context, task_2_context, nothing_2_context, value_3, task_of_3, task_3, nothing_3, value_3_context, task_of_3_context, task_3_context, nothing_3_context, value_4, task_of_4, task_4, nothing_4, value_4_context, task_of_4_context, task_4_context, nothing_4_context,
        };
        Assert.Equal(40, nodes.Length);
        foreach (var node in nodes)
        {
            var inputs = _dag.Find(node.TaskId)!.Spec.Inputs;
            var expected = string.Join(' ', new[] { "A", "2", "3.5", "True" }.Take(inputs.Count).Concat(node.TaskId.EndsWith("_context", StringComparison.Ordinal) ? [node.TaskId] : []));
            Assert.Equal(new[] { "a", "b", "c", "d" }.Take(inputs.Count), inputs);
            _ran.Clear();
            var output = await _dag.Find(node.TaskId)!.Body(new Inputs(), Context(node.TaskId));
            Assert.Equal([expected], _ran);
            Assert.Equal(node is TaskNode<None> ? null : $"\"{expected}\"", output is null ? null : Encoding.UTF8.GetString(output));
        }
    }

    [Fact]
    public void Methods_of_every_shape_are_told_apart_without_a_cast()
    {
        var a = _dag.Task(Value);
        Assert.IsType<TaskNode<int>>(a);
        Assert.IsType<TaskNode<int>>(_dag.Task(TaskOf, a));
        Assert.IsType<TaskNode<None>>(_dag.Task(JustTask, a));
        Assert.IsType<TaskNode<None>>(_dag.Task(Nothing, a));
        Assert.IsType<TaskNode<int>>(_dag.Task(WithContext, a));
    }

    private static int Value() => 1;

    private static Task<int> TaskOf(int a) => Task.FromResult(a);

    private static Task JustTask(int a) => Task.FromResult(a);

    private static void Nothing(int a) => Assert.Equal(1, a);

    private static async Task<int> WithContext(int a, TaskContext context)
    {
        await Task.Yield();
        return a + context.Attempt;
    }

    private string Said(string text)
    {
        _ran.Add(text);
        return text;
    }

    private void Do(string text) => Said(text);

    private async Task DoneAsync(string text)
    {
        await Task.Yield();
        Said(text);
    }

    private static TaskContext Context(string task) => new()
    {
        RunId = 1, DagId = "d", TaskId = task, ScheduledFor = DateTimeOffset.UnixEpoch, Logger = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
    };

    private sealed class Inputs : ITaskInputs
    {
        public T Read<T>(int index) => (T)new object[] { "A", 2, 3.5, true }[index];

        public byte[]? Raw(int index) => throw new NotSupportedException();
    }
}
