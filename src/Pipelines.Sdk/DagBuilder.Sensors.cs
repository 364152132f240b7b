namespace Pipelines;

#pragma warning disable CS1591 // one meaning, told once above
#pragma warning disable CA1715 // A, B are the inputs in order, R what the sensor finds: longer names hide the shape
#pragma warning disable CA1719

/// <content>
/// Sensors with an id made from their method's name: tasks that are asked again and again, and hold no slot in between. The body says "not yet" with false, or with
/// null; true ends the wait, and so does a value, which is the output. With 0 to 2 inputs, with or without the context, as a value or a Task of one.
/// <see cref="TaskNode{T}.Poll"/> says how often and how long; every minute for 7 days unless said.
/// </content>
public sealed partial class DagBuilder
{
    public TaskNode<None> Sensor(Func<bool> body) =>
        AddSensor<None>(IdOf(body), body, (_, _) => Polled(body()));

    public TaskNode<None> Sensor(Func<Task<bool>> body) =>
        AddSensor<None>(IdOf(body), body, (_, _) => Polled(body()));

    public TaskNode<R> Sensor<R>(Func<R?> body)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (_, _) => Polled(body()));

    public TaskNode<R> Sensor<R>(Func<Task<R?>> body)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (_, _) => Polled(body()));

    public TaskNode<R> Sensor<R>(Func<R?> body)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (_, _) => Polled(body()));

    public TaskNode<R> Sensor<R>(Func<Task<R?>> body)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (_, _) => Polled(body()));

    public TaskNode<None> Sensor(Func<TaskContext, bool> body) =>
        AddSensor<None>(IdOf(body), body, (_, c) => Polled(body(c)));

    public TaskNode<None> Sensor(Func<TaskContext, Task<bool>> body) =>
        AddSensor<None>(IdOf(body), body, (_, c) => Polled(body(c)));

    public TaskNode<R> Sensor<R>(Func<TaskContext, R?> body)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (_, c) => Polled(body(c)));

    public TaskNode<R> Sensor<R>(Func<TaskContext, Task<R?>> body)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (_, c) => Polled(body(c)));

    public TaskNode<R> Sensor<R>(Func<TaskContext, R?> body)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (_, c) => Polled(body(c)));

    public TaskNode<R> Sensor<R>(Func<TaskContext, Task<R?>> body)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (_, c) => Polled(body(c)));

    public TaskNode<None> Sensor<A>(Func<A, bool> body, IOutput<A> a) =>
        AddSensor<None>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<None> Sensor<A>(Func<A, Task<bool>> body, IOutput<A> a) =>
        AddSensor<None>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<R> Sensor<A, R>(Func<A, R?> body, IOutput<A> a)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<R> Sensor<A, R>(Func<A, Task<R?>> body, IOutput<A> a)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<R> Sensor<A, R>(Func<A, R?> body, IOutput<A> a)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<R> Sensor<A, R>(Func<A, Task<R?>> body, IOutput<A> a)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<None> Sensor<A>(Func<A, TaskContext, bool> body, IOutput<A> a) =>
        AddSensor<None>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<None> Sensor<A>(Func<A, TaskContext, Task<bool>> body, IOutput<A> a) =>
        AddSensor<None>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<R> Sensor<A, R>(Func<A, TaskContext, R?> body, IOutput<A> a)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<R> Sensor<A, R>(Func<A, TaskContext, Task<R?>> body, IOutput<A> a)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<R> Sensor<A, R>(Func<A, TaskContext, R?> body, IOutput<A> a)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<R> Sensor<A, R>(Func<A, TaskContext, Task<R?>> body, IOutput<A> a)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<None> Sensor<A, B>(Func<A, B, bool> body, IOutput<A> a, IOutput<B> b) =>
        AddSensor<None>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<None> Sensor<A, B>(Func<A, B, Task<bool>> body, IOutput<A> a, IOutput<B> b) =>
        AddSensor<None>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<R> Sensor<A, B, R>(Func<A, B, R?> body, IOutput<A> a, IOutput<B> b)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<R> Sensor<A, B, R>(Func<A, B, Task<R?>> body, IOutput<A> a, IOutput<B> b)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<R> Sensor<A, B, R>(Func<A, B, R?> body, IOutput<A> a, IOutput<B> b)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<R> Sensor<A, B, R>(Func<A, B, Task<R?>> body, IOutput<A> a, IOutput<B> b)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<None> Sensor<A, B>(Func<A, B, TaskContext, bool> body, IOutput<A> a, IOutput<B> b) =>
        AddSensor<None>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<None> Sensor<A, B>(Func<A, B, TaskContext, Task<bool>> body, IOutput<A> a, IOutput<B> b) =>
        AddSensor<None>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<R> Sensor<A, B, R>(Func<A, B, TaskContext, R?> body, IOutput<A> a, IOutput<B> b)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<R> Sensor<A, B, R>(Func<A, B, TaskContext, Task<R?>> body, IOutput<A> a, IOutput<B> b)
        where R : class =>
        AddSensor<R>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<R> Sensor<A, B, R>(Func<A, B, TaskContext, R?> body, IOutput<A> a, IOutput<B> b)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<R> Sensor<A, B, R>(Func<A, B, TaskContext, Task<R?>> body, IOutput<A> a, IOutput<B> b)
        where R : struct =>
        AddSensor<R>(IdOf(body), body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    private TaskNode<T> AddSensor<T>(string name, Delegate code, TaskBody body, params ReadOnlySpan<IOutput> inputs)
    {
        var node = Add<T>(name, code, body, mapped: false, inputs);
        if (Find(node.TaskId) is { } task)
            task.Spec = task.Spec with { Poll = new PollPolicy() };
        return node;
    }

    private static Task<byte[]?> Polled(bool ready) => System.Threading.Tasks.Task.FromResult(ready ? null : NotYet);

    private static async Task<byte[]?> Polled(Task<bool> ready) => await ready.ConfigureAwait(false) ? null : NotYet;

    private static Task<byte[]?> Polled<R>(R? found)
        where R : class => System.Threading.Tasks.Task.FromResult<byte[]?>(found is null ? NotYet : OutputJson.Write(found));

    private static async Task<byte[]?> Polled<R>(Task<R?> found)
        where R : class => await found.ConfigureAwait(false) is { } value ? OutputJson.Write(value) : NotYet;

    private static Task<byte[]?> Polled<R>(R? found)
        where R : struct => System.Threading.Tasks.Task.FromResult<byte[]?>(found is null ? NotYet : OutputJson.Write(found.Value));

    private static async Task<byte[]?> Polled<R>(Task<R?> found)
        where R : struct => await found.ConfigureAwait(false) is { } value ? OutputJson.Write(value) : NotYet;
}
