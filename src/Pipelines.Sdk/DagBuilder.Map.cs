namespace Pipelines;

#pragma warning disable CS1591 // one meaning, told once above
#pragma warning disable CA1715

/// <content>
/// Mapped tasks: one instance for each element of a list that an upstream returns, known only when it has. A task that takes
/// the mapped task's output gets all results in the order of the elements. An empty list skips.
/// </content>
public sealed partial class DagBuilder
{
    public TaskNode<IReadOnlyList<R>> Map<A, R>(Func<A, R> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<IReadOnlyList<R>>(IdOf(body), body, (i, _) => Written(body(i.Read<A>(0))), mapped: true, over), maxParallel);

    public TaskNode<IReadOnlyList<R>> Map<A, R>(Func<A, Task<R>> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<IReadOnlyList<R>>(IdOf(body), body, (i, _) => Written(body(i.Read<A>(0))), mapped: true, over), maxParallel);

    public TaskNode<None> Map<A>(Func<A, Task> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<None>(IdOf(body), body, (i, _) => Nothing(body(i.Read<A>(0))), mapped: true, over), maxParallel);

    public TaskNode<None> Map<A>(Action<A> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<None>(IdOf(body), body, (i, _) => { body(i.Read<A>(0)); return Nothing(); }, mapped: true, over), maxParallel);

    public TaskNode<IReadOnlyList<R>> Map<A, R>(Func<A, TaskContext, R> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<IReadOnlyList<R>>(IdOf(body), body, (i, c) => Written(body(i.Read<A>(0), c)), mapped: true, over), maxParallel);

    public TaskNode<IReadOnlyList<R>> Map<A, R>(Func<A, TaskContext, Task<R>> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<IReadOnlyList<R>>(IdOf(body), body, (i, c) => Written(body(i.Read<A>(0), c)), mapped: true, over), maxParallel);

    public TaskNode<None> Map<A>(Func<A, TaskContext, Task> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<None>(IdOf(body), body, (i, c) => Nothing(body(i.Read<A>(0), c)), mapped: true, over), maxParallel);

    public TaskNode<None> Map<A>(Action<A, TaskContext> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<None>(IdOf(body), body, (i, c) => { body(i.Read<A>(0), c); return Nothing(); }, mapped: true, over), maxParallel);

    public TaskNode<IReadOnlyList<R>> Map<A, R>(string id, Func<A, R> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<IReadOnlyList<R>>(id, body, (i, _) => Written(body(i.Read<A>(0))), mapped: true, over), maxParallel);

    public TaskNode<IReadOnlyList<R>> Map<A, R>(string id, Func<A, Task<R>> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<IReadOnlyList<R>>(id, body, (i, _) => Written(body(i.Read<A>(0))), mapped: true, over), maxParallel);

    public TaskNode<None> Map<A>(string id, Func<A, Task> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<None>(id, body, (i, _) => Nothing(body(i.Read<A>(0))), mapped: true, over), maxParallel);

    public TaskNode<None> Map<A>(string id, Action<A> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<None>(id, body, (i, _) => { body(i.Read<A>(0)); return Nothing(); }, mapped: true, over), maxParallel);

    public TaskNode<IReadOnlyList<R>> Map<A, R>(string id, Func<A, TaskContext, R> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<IReadOnlyList<R>>(id, body, (i, c) => Written(body(i.Read<A>(0), c)), mapped: true, over), maxParallel);

    public TaskNode<IReadOnlyList<R>> Map<A, R>(string id, Func<A, TaskContext, Task<R>> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<IReadOnlyList<R>>(id, body, (i, c) => Written(body(i.Read<A>(0), c)), mapped: true, over), maxParallel);

    public TaskNode<None> Map<A>(string id, Func<A, TaskContext, Task> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<None>(id, body, (i, c) => Nothing(body(i.Read<A>(0), c)), mapped: true, over), maxParallel);

    public TaskNode<None> Map<A>(string id, Action<A, TaskContext> body, IOutput<IEnumerable<A>> over, int maxParallel = int.MaxValue) =>
        Limited(Add<None>(id, body, (i, c) => { body(i.Read<A>(0), c); return Nothing(); }, mapped: true, over), maxParallel);

    private static TaskNode<T> Limited<T>(TaskNode<T> node, int maxParallel) =>
        maxParallel == int.MaxValue ? node : node.MaxParallel(maxParallel);
}
