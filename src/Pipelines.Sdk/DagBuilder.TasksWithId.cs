namespace Pipelines;

#pragma warning disable CS1591 // one meaning, told once above
#pragma warning disable CA1715 // A, B, C, D are the inputs in order, R the result: longer names hide the shape
#pragma warning disable CA1719

/// <content>Tasks with a leading string as their id, with 0 to 4 inputs, with or without the context, returning a value, a Task of one, a Task, or nothing.</content>
public sealed partial class DagBuilder
{
    public TaskNode<R> Task<R>(string id, Func<R> body) =>
        Add<R>(id, body, (_, _) => Written(body()));

    public TaskNode<R> Task<R>(string id, Func<Task<R>> body) =>
        Add<R>(id, body, (_, _) => Written(body()));

    public TaskNode<None> Task(string id, Func<Task> body) =>
        Add<None>(id, body, (_, _) => Nothing(body()));

    public TaskNode<None> Task(string id, Action body) =>
        Add<None>(id, body, (_, _) => { body(); return Nothing(); });

    public TaskNode<R> Task<R>(string id, Func<TaskContext, R> body) =>
        Add<R>(id, body, (_, c) => Written(body(c)));

    public TaskNode<R> Task<R>(string id, Func<TaskContext, Task<R>> body) =>
        Add<R>(id, body, (_, c) => Written(body(c)));

    public TaskNode<None> Task(string id, Func<TaskContext, Task> body) =>
        Add<None>(id, body, (_, c) => Nothing(body(c)));

    public TaskNode<None> Task(string id, Action<TaskContext> body) =>
        Add<None>(id, body, (_, c) => { body(c); return Nothing(); });

    public TaskNode<R> Task<A, R>(string id, Func<A, R> body, IOutput<A> a) =>
        Add<R>(id, body, (i, _) => Written(body(i.Read<A>(0))), a);

    public TaskNode<R> Task<A, R>(string id, Func<A, Task<R>> body, IOutput<A> a) =>
        Add<R>(id, body, (i, _) => Written(body(i.Read<A>(0))), a);

    public TaskNode<None> Task<A>(string id, Func<A, Task> body, IOutput<A> a) =>
        Add<None>(id, body, (i, _) => Nothing(body(i.Read<A>(0))), a);

    public TaskNode<None> Task<A>(string id, Action<A> body, IOutput<A> a) =>
        Add<None>(id, body, (i, _) => { body(i.Read<A>(0)); return Nothing(); }, a);

    public TaskNode<R> Task<A, R>(string id, Func<A, TaskContext, R> body, IOutput<A> a) =>
        Add<R>(id, body, (i, c) => Written(body(i.Read<A>(0), c)), a);

    public TaskNode<R> Task<A, R>(string id, Func<A, TaskContext, Task<R>> body, IOutput<A> a) =>
        Add<R>(id, body, (i, c) => Written(body(i.Read<A>(0), c)), a);

    public TaskNode<None> Task<A>(string id, Func<A, TaskContext, Task> body, IOutput<A> a) =>
        Add<None>(id, body, (i, c) => Nothing(body(i.Read<A>(0), c)), a);

    public TaskNode<None> Task<A>(string id, Action<A, TaskContext> body, IOutput<A> a) =>
        Add<None>(id, body, (i, c) => { body(i.Read<A>(0), c); return Nothing(); }, a);

    public TaskNode<R> Task<A, B, R>(string id, Func<A, B, R> body, IOutput<A> a, IOutput<B> b) =>
        Add<R>(id, body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<R> Task<A, B, R>(string id, Func<A, B, Task<R>> body, IOutput<A> a, IOutput<B> b) =>
        Add<R>(id, body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<None> Task<A, B>(string id, Func<A, B, Task> body, IOutput<A> a, IOutput<B> b) =>
        Add<None>(id, body, (i, _) => Nothing(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<None> Task<A, B>(string id, Action<A, B> body, IOutput<A> a, IOutput<B> b) =>
        Add<None>(id, body, (i, _) => { body(i.Read<A>(0), i.Read<B>(1)); return Nothing(); }, a, b);

    public TaskNode<R> Task<A, B, R>(string id, Func<A, B, TaskContext, R> body, IOutput<A> a, IOutput<B> b) =>
        Add<R>(id, body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<R> Task<A, B, R>(string id, Func<A, B, TaskContext, Task<R>> body, IOutput<A> a, IOutput<B> b) =>
        Add<R>(id, body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<None> Task<A, B>(string id, Func<A, B, TaskContext, Task> body, IOutput<A> a, IOutput<B> b) =>
        Add<None>(id, body, (i, c) => Nothing(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<None> Task<A, B>(string id, Action<A, B, TaskContext> body, IOutput<A> a, IOutput<B> b) =>
        Add<None>(id, body, (i, c) => { body(i.Read<A>(0), i.Read<B>(1), c); return Nothing(); }, a, b);

    public TaskNode<R> Task<A, B, C, R>(string id, Func<A, B, C, R> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<R>(id, body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2))), a, b, c);

    public TaskNode<R> Task<A, B, C, R>(string id, Func<A, B, C, Task<R>> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<R>(id, body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2))), a, b, c);

    public TaskNode<None> Task<A, B, C>(string id, Func<A, B, C, Task> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<None>(id, body, (i, _) => Nothing(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2))), a, b, c);

    public TaskNode<None> Task<A, B, C>(string id, Action<A, B, C> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<None>(id, body, (i, _) => { body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2)); return Nothing(); }, a, b, c);

    public TaskNode<R> Task<A, B, C, R>(string id, Func<A, B, C, TaskContext, R> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<R>(id, body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), c)), a, b, c);

    public TaskNode<R> Task<A, B, C, R>(string id, Func<A, B, C, TaskContext, Task<R>> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<R>(id, body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), c)), a, b, c);

    public TaskNode<None> Task<A, B, C>(string id, Func<A, B, C, TaskContext, Task> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<None>(id, body, (i, c) => Nothing(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), c)), a, b, c);

    public TaskNode<None> Task<A, B, C>(string id, Action<A, B, C, TaskContext> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<None>(id, body, (i, c) => { body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), c); return Nothing(); }, a, b, c);

    public TaskNode<R> Task<A, B, C, D, R>(string id, Func<A, B, C, D, R> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<R>(id, body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3))), a, b, c, d);

    public TaskNode<R> Task<A, B, C, D, R>(string id, Func<A, B, C, D, Task<R>> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<R>(id, body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3))), a, b, c, d);

    public TaskNode<None> Task<A, B, C, D>(string id, Func<A, B, C, D, Task> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<None>(id, body, (i, _) => Nothing(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3))), a, b, c, d);

    public TaskNode<None> Task<A, B, C, D>(string id, Action<A, B, C, D> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<None>(id, body, (i, _) => { body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3)); return Nothing(); }, a, b, c, d);

    public TaskNode<R> Task<A, B, C, D, R>(string id, Func<A, B, C, D, TaskContext, R> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<R>(id, body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3), c)), a, b, c, d);

    public TaskNode<R> Task<A, B, C, D, R>(string id, Func<A, B, C, D, TaskContext, Task<R>> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<R>(id, body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3), c)), a, b, c, d);

    public TaskNode<None> Task<A, B, C, D>(string id, Func<A, B, C, D, TaskContext, Task> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<None>(id, body, (i, c) => Nothing(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3), c)), a, b, c, d);

    public TaskNode<None> Task<A, B, C, D>(string id, Action<A, B, C, D, TaskContext> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<None>(id, body, (i, c) => { body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3), c); return Nothing(); }, a, b, c, d);
}
