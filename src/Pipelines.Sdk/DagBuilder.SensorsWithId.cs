namespace Pipelines;

#pragma warning disable CS1591 // one meaning, told once above
#pragma warning disable CA1715 // A, B are the inputs in order, R what the sensor finds: longer names hide the shape
#pragma warning disable CA1719

/// <content>
/// Sensors with a leading string as their id: tasks that are asked again and again, and hold no slot in between. The body says "not yet" with false, or with
/// null; true ends the wait, and so does a value, which is the output. With 0 to 2 inputs, with or without the context, as a value or a Task of one.
/// <see cref="TaskNode{T}.Poll"/> says how often and how long; every minute for 7 days unless said.
/// </content>
public sealed partial class DagBuilder
{
    public TaskNode<None> Sensor(string id, Func<bool> body) =>
        AddSensor<None>(id, body, (_, _) => Polled(body()));

    public TaskNode<None> Sensor(string id, Func<Task<bool>> body) =>
        AddSensor<None>(id, body, (_, _) => Polled(body()));

    public TaskNode<R> Sensor<R>(string id, Func<R?> body)
        where R : class =>
        AddSensor<R>(id, body, (_, _) => Polled(body()));

    public TaskNode<R> Sensor<R>(string id, Func<Task<R?>> body)
        where R : class =>
        AddSensor<R>(id, body, (_, _) => Polled(body()));

    public TaskNode<R> Sensor<R>(string id, Func<R?> body)
        where R : struct =>
        AddSensor<R>(id, body, (_, _) => Polled(body()));

    public TaskNode<R> Sensor<R>(string id, Func<Task<R?>> body)
        where R : struct =>
        AddSensor<R>(id, body, (_, _) => Polled(body()));

    public TaskNode<None> Sensor(string id, Func<TaskContext, bool> body) =>
        AddSensor<None>(id, body, (_, c) => Polled(body(c)));

    public TaskNode<None> Sensor(string id, Func<TaskContext, Task<bool>> body) =>
        AddSensor<None>(id, body, (_, c) => Polled(body(c)));

    public TaskNode<R> Sensor<R>(string id, Func<TaskContext, R?> body)
        where R : class =>
        AddSensor<R>(id, body, (_, c) => Polled(body(c)));

    public TaskNode<R> Sensor<R>(string id, Func<TaskContext, Task<R?>> body)
        where R : class =>
        AddSensor<R>(id, body, (_, c) => Polled(body(c)));

    public TaskNode<R> Sensor<R>(string id, Func<TaskContext, R?> body)
        where R : struct =>
        AddSensor<R>(id, body, (_, c) => Polled(body(c)));

    public TaskNode<R> Sensor<R>(string id, Func<TaskContext, Task<R?>> body)
        where R : struct =>
        AddSensor<R>(id, body, (_, c) => Polled(body(c)));

    public TaskNode<None> Sensor<A>(string id, Func<A, bool> body, IOutput<A> a) =>
        AddSensor<None>(id, body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<None> Sensor<A>(string id, Func<A, Task<bool>> body, IOutput<A> a) =>
        AddSensor<None>(id, body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<R> Sensor<A, R>(string id, Func<A, R?> body, IOutput<A> a)
        where R : class =>
        AddSensor<R>(id, body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<R> Sensor<A, R>(string id, Func<A, Task<R?>> body, IOutput<A> a)
        where R : class =>
        AddSensor<R>(id, body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<R> Sensor<A, R>(string id, Func<A, R?> body, IOutput<A> a)
        where R : struct =>
        AddSensor<R>(id, body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<R> Sensor<A, R>(string id, Func<A, Task<R?>> body, IOutput<A> a)
        where R : struct =>
        AddSensor<R>(id, body, (i, _) => Polled(body(i.Read<A>(0))), a);

    public TaskNode<None> Sensor<A>(string id, Func<A, TaskContext, bool> body, IOutput<A> a) =>
        AddSensor<None>(id, body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<None> Sensor<A>(string id, Func<A, TaskContext, Task<bool>> body, IOutput<A> a) =>
        AddSensor<None>(id, body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<R> Sensor<A, R>(string id, Func<A, TaskContext, R?> body, IOutput<A> a)
        where R : class =>
        AddSensor<R>(id, body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<R> Sensor<A, R>(string id, Func<A, TaskContext, Task<R?>> body, IOutput<A> a)
        where R : class =>
        AddSensor<R>(id, body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<R> Sensor<A, R>(string id, Func<A, TaskContext, R?> body, IOutput<A> a)
        where R : struct =>
        AddSensor<R>(id, body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<R> Sensor<A, R>(string id, Func<A, TaskContext, Task<R?>> body, IOutput<A> a)
        where R : struct =>
        AddSensor<R>(id, body, (i, c) => Polled(body(i.Read<A>(0), c)), a);

    public TaskNode<None> Sensor<A, B>(string id, Func<A, B, bool> body, IOutput<A> a, IOutput<B> b) =>
        AddSensor<None>(id, body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<None> Sensor<A, B>(string id, Func<A, B, Task<bool>> body, IOutput<A> a, IOutput<B> b) =>
        AddSensor<None>(id, body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<R> Sensor<A, B, R>(string id, Func<A, B, R?> body, IOutput<A> a, IOutput<B> b)
        where R : class =>
        AddSensor<R>(id, body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<R> Sensor<A, B, R>(string id, Func<A, B, Task<R?>> body, IOutput<A> a, IOutput<B> b)
        where R : class =>
        AddSensor<R>(id, body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<R> Sensor<A, B, R>(string id, Func<A, B, R?> body, IOutput<A> a, IOutput<B> b)
        where R : struct =>
        AddSensor<R>(id, body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<R> Sensor<A, B, R>(string id, Func<A, B, Task<R?>> body, IOutput<A> a, IOutput<B> b)
        where R : struct =>
        AddSensor<R>(id, body, (i, _) => Polled(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<None> Sensor<A, B>(string id, Func<A, B, TaskContext, bool> body, IOutput<A> a, IOutput<B> b) =>
        AddSensor<None>(id, body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<None> Sensor<A, B>(string id, Func<A, B, TaskContext, Task<bool>> body, IOutput<A> a, IOutput<B> b) =>
        AddSensor<None>(id, body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<R> Sensor<A, B, R>(string id, Func<A, B, TaskContext, R?> body, IOutput<A> a, IOutput<B> b)
        where R : class =>
        AddSensor<R>(id, body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<R> Sensor<A, B, R>(string id, Func<A, B, TaskContext, Task<R?>> body, IOutput<A> a, IOutput<B> b)
        where R : class =>
        AddSensor<R>(id, body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<R> Sensor<A, B, R>(string id, Func<A, B, TaskContext, R?> body, IOutput<A> a, IOutput<B> b)
        where R : struct =>
        AddSensor<R>(id, body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<R> Sensor<A, B, R>(string id, Func<A, B, TaskContext, Task<R?>> body, IOutput<A> a, IOutput<B> b)
        where R : struct =>
        AddSensor<R>(id, body, (i, c) => Polled(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);
}
