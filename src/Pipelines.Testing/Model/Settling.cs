using System.Text.Json.Nodes;

namespace Pipelines.Testing.Model;

/// <content>What follows from the end of instances.</content>
internal sealed partial class ModelWorld
{
    private const int ElementsAtMost = 10_000;

    /// <summary>
    /// Counts ended instances in where they are waited for, decides those, and goes on with what that ended. The order makes no difference to where everything
    /// comes to rest; so it is one at a time here and wave by wave in the SQL.
    /// </summary>
    private sealed class Settling(ModelWorld world, int? worker = null, Func<ModelInstance, bool>? handed = null)
    {
        private readonly Queue<ModelInstance> _ended = new();
        private readonly HashSet<ModelRun> _failedFirst = [];

        public void End(ModelInstance instance) => _ended.Enqueue(instance);

        /// <summary>Decides an instance by its rule, if that can be decided yet.</summary>
        public void Decide(ModelInstance instance)
        {
            if (instance.State != 'n')
                return;
            switch (Next(instance))
            {
                case 'q' when (instance.Task.Spec.DependsOnPast || instance.Task.Spec.LatestOnly) && !instance.IsElement:
                    world.Move(instance, 'w', Cause.Decided, "waits for the previous run");
                    world.Gates.Add(instance);
                    break;
                case 'q':
                    LetGo(instance, Cause.Decided);
                    break;
                case var end and ('k' or 'u'):
                    world.Move(instance, end, Cause.Decided, Why(instance, end));
                    End(instance);
                    break;
            }
        }

        /// <summary>Nothing keeps it any more: a mapped task is expanded, everything else is queued.</summary>
        public void LetGo(ModelInstance instance, Cause by)
        {
            if (instance.Task.OverNo is not null && !instance.IsElement)
            {
                Expand(instance, by);
                return;
            }

            world.Enqueue(instance, by);
            if (handed?.Invoke(instance) == true)
                world.Take(instance, worker!.Value);
        }

        /// <summary>Goes on until nothing follows any more, then ends or stops the runs that it came to.</summary>
        public void Finish(params ReadOnlySpan<ModelRun> runs)
        {
            foreach (var together in _ended.Where(instance => instance.IsElement).GroupBy(element => element.Run.Rows[element.Task.No]).ToList())
                LetNextGo(together.Key, together.Count(), together.Min(element => element.Key.MapIndex));
            while (_ended.TryDequeue(out var instance))
            {
                var run = instance.Run;
                run.Remaining--;
                run.Failures += instance.State is 'f' or 'u' ? 1 : 0;
                if (run.Graph.Spec.FailFast && instance is { State: 'f', Task.Spec.Role: TaskRole.Task } && run.Verdict is null)
                    _failedFirst.Add(run);
                if (instance.IsElement)
                    ElementEnded(instance);
                else
                    RowEnded(instance);
            }

            foreach (var run in runs)
            {
                if (run.Remaining > 0 && _failedFirst.Contains(run))
                    world.Stop(run, 'f');
                else if (run.Remaining == 0 && run.State == 'r')
                    world.EndOrCallBack(run);
                else if (run is { State: 'r', Verdict: 'f' or 'c' })
                    world.UndoNext(run);
            }
        }

        private void Expand(ModelInstance row, Cause by)
        {
            var list = ListOf(row.Run.Rows[row.Task.OverNo!.Value]);
            if (list is null or > ElementsAtMost or 0)
            {
                world.Move(row, list == 0 ? 'k' : 'f', by, list == 0 ? "the list is empty" : list is null ? "the mapped value is not a list" : "the list is too long");
                End(row);
                return;
            }

            if (row.State == 'n')
                world.Move(row, 'w', by);
            var count = list.Value;
            row.Counters = new Counters(count);
            row.Run.Remaining += count;
            for (var i = 0; i < count; i++)
            {
                if (row.Elements.Count == i)
                    row.Elements.Add(new ModelInstance(row.Run, row.Task, i));
                var element = row.Elements[i];
                if (element.State == 'x')
                    world.Move(element, 'n', Cause.Decided);
                Renew(element);
                element.Lane = ModelLane.Of(row.Task);
                element.Priority = row.Priority;
                element.Counters = CountedAnew(element, not: _ended);                     // those are counted in when their turn comes
            }

            foreach (var element in row.Elements.Take(count).Where(element => element.Key.MapIndex < row.Task.HeldBackFrom))
                Decide(element);
        }

        private void ElementEnded(ModelInstance element)
        {
            var row = element.Run.Rows[element.Task.No];
            if (row.State == 'w')
            {
                row.Counters = row.Counters.AfterElement(element.State);
                EndWithElements(row);
            }

            foreach (var edge in element.Task.Below.Where(edge => edge.Kind == EdgeKind.Index))
            {
                if (element.Run.Rows[edge.Down.No].Elements.ElementAtOrDefault(element.Key.MapIndex) is { } below)
                    Count(edge, element, below);
            }
        }

        /// <summary>For elements that ended as many that were held back: the next ones above, else the lowest.</summary>
        private void LetNextGo(ModelInstance row, int count, int lowest)
        {
            if (row.Task.HeldBackFrom == int.MaxValue)
                return;
            var held = row.Elements.Where(element => element.State == 'n').OrderBy(element => element.Key.MapIndex < lowest).Take(count).ToList();
            held.ForEach(Decide);
        }

        private void EndWithElements(ModelInstance row)
        {
            if (row.Counters.Unmet > 0)
                return;
            world.Move(row, EndOf(row), Cause.Decided);
            End(row);
        }

        private void RowEnded(ModelInstance row)
        {
            var withoutElements = row.Elements.All(element => element.State == 'x');
            foreach (var edge in row.Task.Below)
            {
                var below = row.Run.Rows[edge.Down.No];
                if (edge.Kind != EdgeKind.Index)
                    Count(edge, row, below);
                else if (withoutElements)
                    below.Elements.ForEach(element => Count(edge, row, element));
            }
        }

        private void Count(ModelEdge edge, ModelInstance up, ModelInstance down)
        {
            if (down.State != 'n')
                return;
            down.Counters = down.Counters.After(down.Rule, up.State, edge.Kind == EdgeKind.Wait, edge.Refuses(up));
            Decide(down);
        }

        /// <summary>What has nothing above it runs, whatever its rule.</summary>
        private static char Next(ModelInstance instance) =>
            Above(instance).Count == 0 && (instance.Rule < Rules.Teardown || Declared(instance).Count == 0) && !instance.Task.IsRunCallback ? 'q' : Rules.Next(instance.Rule, instance.Counters);

        private static string Why(ModelInstance instance, char end) =>
            end == 'u' ? $"{instance.Counters.Failed} upstream failed" : instance.Counters.Refused > 0 ? "the branch took another way" : "by its trigger rule";
    }

    /// <summary>How a mapped task ends whose elements all have.</summary>
    private static char EndOf(ModelInstance row) => row.Counters switch
    {
        { Failed: > 0 } => row.Elements.Any(element => element.State == 'f') ? 'f' : 'c',
        { Refused: > 0 } => 'u',
        { Ok: > 0 } => 's',
        _ => 'k',
    };

    /// <summary>What it waits for: tasks that are left out of the run do not count.</summary>
    private static List<ModelEdge> Above(ModelInstance instance) => instance.Run.LeftOut is { } leftOut
        ? [.. Declared(instance).Where(edge => !leftOut.Contains(edge.Up.No))]
        : Declared(instance);

    private static List<ModelEdge> Declared(ModelInstance instance) => instance.IsElement ? instance.Task.AboveByIndex : instance.Task.Above;

    /// <summary>The counters of a waiting instance, from what its upstreams have come to.</summary>
    private static Counters CountedAnew(ModelInstance instance, IEnumerable<ModelInstance>? not = null)
    {
        var edges = Above(instance);
        var counters = new Counters(edges.Count);
        foreach (var edge in edges)
        {
            var row = instance.Run.Rows[edge.Up.No];
            var up = edge.Kind == EdgeKind.Index && row.Elements.Any(element => element.State != 'x') ? row.Elements.ElementAtOrDefault(instance.Key.MapIndex) : row;
            if (up is { Ended: true } && not?.Contains(up) != true)
                counters = counters.After(instance.Rule, up.State, edge.Kind == EdgeKind.Wait, edge.Refuses(up));
        }

        return counters;
    }

    /// <summary>How long the list is that a task returned, or the elements of a mapped one that succeeded; null: it is none.</summary>
    private static int? ListOf(ModelInstance over) =>
        over.Task.OverNo is not null ? over.Elements.Count(element => element.State == 's') : (over.Output as JsonArray)?.Count;
}
