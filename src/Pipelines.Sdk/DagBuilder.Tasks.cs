namespace Pipelines;

#pragma warning disable CS1591 // one meaning, told once above
#pragma warning disable CA1715 // A, B, C, D are the inputs in order, R the result: longer names hide the shape
#pragma warning disable CA1719

/// <content>Tasks with an id made from their method's name, with 0 to 4 inputs, with or without the context, returning a value, a Task of one, a Task, or nothing.</content>
public sealed partial class DagBuilder
{
    public TaskNode<R> Task<R>(Func<R> body) =>
        Add<R>(IdOf(body), body, (_, _) => Written(body()));

    public TaskNode<R> Task<R>(Func<Task<R>> body) =>
        Add<R>(IdOf(body), body, (_, _) => Written(body()));

    public TaskNode<None> Task(Func<Task> body) =>
        Add<None>(IdOf(body), body, (_, _) => Nothing(body()));

    public TaskNode<None> Task(Action body) =>
        Add<None>(IdOf(body), body, (_, _) => { body(); return Nothing(); });

    public TaskNode<R> Task<R>(Func<TaskContext, R> body) =>
        Add<R>(IdOf(body), body, (_, c) => Written(body(c)));

    public TaskNode<R> Task<R>(Func<TaskContext, Task<R>> body) =>
        Add<R>(IdOf(body), body, (_, c) => Written(body(c)));

    public TaskNode<None> Task(Func<TaskContext, Task> body) =>
        Add<None>(IdOf(body), body, (_, c) => Nothing(body(c)));

    public TaskNode<None> Task(Action<TaskContext> body) =>
        Add<None>(IdOf(body), body, (_, c) => { body(c); return Nothing(); });

    public TaskNode<R> Task<A, R>(Func<A, R> body, IOutput<A> a) =>
        Add<R>(IdOf(body), body, (i, _) => Written(body(i.Read<A>(0))), a);

    public TaskNode<R> Task<A, R>(Func<A, Task<R>> body, IOutput<A> a) =>
        Add<R>(IdOf(body), body, (i, _) => Written(body(i.Read<A>(0))), a);

    public TaskNode<None> Task<A>(Func<A, Task> body, IOutput<A> a) =>
        Add<None>(IdOf(body), body, (i, _) => Nothing(body(i.Read<A>(0))), a);

    public TaskNode<None> Task<A>(Action<A> body, IOutput<A> a) =>
        Add<None>(IdOf(body), body, (i, _) => { body(i.Read<A>(0)); return Nothing(); }, a);

    public TaskNode<R> Task<A, R>(Func<A, TaskContext, R> body, IOutput<A> a) =>
        Add<R>(IdOf(body), body, (i, c) => Written(body(i.Read<A>(0), c)), a);

    public TaskNode<R> Task<A, R>(Func<A, TaskContext, Task<R>> body, IOutput<A> a) =>
        Add<R>(IdOf(body), body, (i, c) => Written(body(i.Read<A>(0), c)), a);

    public TaskNode<None> Task<A>(Func<A, TaskContext, Task> body, IOutput<A> a) =>
        Add<None>(IdOf(body), body, (i, c) => Nothing(body(i.Read<A>(0), c)), a);

    public TaskNode<None> Task<A>(Action<A, TaskContext> body, IOutput<A> a) =>
        Add<None>(IdOf(body), body, (i, c) => { body(i.Read<A>(0), c); return Nothing(); }, a);

    public TaskNode<R> Task<A, B, R>(Func<A, B, R> body, IOutput<A> a, IOutput<B> b) =>
        Add<R>(IdOf(body), body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<R> Task<A, B, R>(Func<A, B, Task<R>> body, IOutput<A> a, IOutput<B> b) =>
        Add<R>(IdOf(body), body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<None> Task<A, B>(Func<A, B, Task> body, IOutput<A> a, IOutput<B> b) =>
        Add<None>(IdOf(body), body, (i, _) => Nothing(body(i.Read<A>(0), i.Read<B>(1))), a, b);

    public TaskNode<None> Task<A, B>(Action<A, B> body, IOutput<A> a, IOutput<B> b) =>
        Add<None>(IdOf(body), body, (i, _) => { body(i.Read<A>(0), i.Read<B>(1)); return Nothing(); }, a, b);

    public TaskNode<R> Task<A, B, R>(Func<A, B, TaskContext, R> body, IOutput<A> a, IOutput<B> b) =>
        Add<R>(IdOf(body), body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<R> Task<A, B, R>(Func<A, B, TaskContext, Task<R>> body, IOutput<A> a, IOutput<B> b) =>
        Add<R>(IdOf(body), body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<None> Task<A, B>(Func<A, B, TaskContext, Task> body, IOutput<A> a, IOutput<B> b) =>
        Add<None>(IdOf(body), body, (i, c) => Nothing(body(i.Read<A>(0), i.Read<B>(1), c)), a, b);

    public TaskNode<None> Task<A, B>(Action<A, B, TaskContext> body, IOutput<A> a, IOutput<B> b) =>
        Add<None>(IdOf(body), body, (i, c) => { body(i.Read<A>(0), i.Read<B>(1), c); return Nothing(); }, a, b);

    public TaskNode<R> Task<A, B, C, R>(Func<A, B, C, R> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<R>(IdOf(body), body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2))), a, b, c);

    public TaskNode<R> Task<A, B, C, R>(Func<A, B, C, Task<R>> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<R>(IdOf(body), body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2))), a, b, c);

    public TaskNode<None> Task<A, B, C>(Func<A, B, C, Task> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<None>(IdOf(body), body, (i, _) => Nothing(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2))), a, b, c);

    public TaskNode<None> Task<A, B, C>(Action<A, B, C> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<None>(IdOf(body), body, (i, _) => { body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2)); return Nothing(); }, a, b, c);

    public TaskNode<R> Task<A, B, C, R>(Func<A, B, C, TaskContext, R> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<R>(IdOf(body), body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), c)), a, b, c);

    public TaskNode<R> Task<A, B, C, R>(Func<A, B, C, TaskContext, Task<R>> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<R>(IdOf(body), body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), c)), a, b, c);

    public TaskNode<None> Task<A, B, C>(Func<A, B, C, TaskContext, Task> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<None>(IdOf(body), body, (i, c) => Nothing(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), c)), a, b, c);

    public TaskNode<None> Task<A, B, C>(Action<A, B, C, TaskContext> body, IOutput<A> a, IOutput<B> b, IOutput<C> c) =>
        Add<None>(IdOf(body), body, (i, c) => { body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), c); return Nothing(); }, a, b, c);

    public TaskNode<R> Task<A, B, C, D, R>(Func<A, B, C, D, R> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<R>(IdOf(body), body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3))), a, b, c, d);

    public TaskNode<R> Task<A, B, C, D, R>(Func<A, B, C, D, Task<R>> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<R>(IdOf(body), body, (i, _) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3))), a, b, c, d);

    public TaskNode<None> Task<A, B, C, D>(Func<A, B, C, D, Task> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<None>(IdOf(body), body, (i, _) => Nothing(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3))), a, b, c, d);

    public TaskNode<None> Task<A, B, C, D>(Action<A, B, C, D> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<None>(IdOf(body), body, (i, _) => { body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3)); return Nothing(); }, a, b, c, d);

    public TaskNode<R> Task<A, B, C, D, R>(Func<A, B, C, D, TaskContext, R> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<R>(IdOf(body), body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3), c)), a, b, c, d);

    public TaskNode<R> Task<A, B, C, D, R>(Func<A, B, C, D, TaskContext, Task<R>> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<R>(IdOf(body), body, (i, c) => Written(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3), c)), a, b, c, d);

    public TaskNode<None> Task<A, B, C, D>(Func<A, B, C, D, TaskContext, Task> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<None>(IdOf(body), body, (i, c) => Nothing(body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3), c)), a, b, c, d);

    public TaskNode<None> Task<A, B, C, D>(Action<A, B, C, D, TaskContext> body, IOutput<A> a, IOutput<B> b, IOutput<C> c, IOutput<D> d) =>
        Add<None>(IdOf(body), body, (i, c) => { body(i.Read<A>(0), i.Read<B>(1), i.Read<C>(2), i.Read<D>(3), c); return Nothing(); }, a, b, c, d);
}
