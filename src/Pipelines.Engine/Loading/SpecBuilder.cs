using System.Runtime.CompilerServices;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Engine.Loading;

/// <summary>Makes the graphs of a loaded assembly's DAGs, as plain data.</summary>
/// <param name="checkSchedule">Says what is wrong with a spec's cron, zone, start or end; null: nothing.</param>
/// <param name="limit">The longest a constructor with its Define may take; 2 seconds unless said.</param>
public sealed class SpecBuilder(Func<DagSpec, string?> checkSchedule, TimeSpan? limit = null)
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(2);

    /// <summary>The longest that code of a DAG assembly may take while it is loaded.</summary>
    internal TimeSpan Limit { get; } = limit ?? DefaultLimit;

    /// <summary>Builds every DAG that can be built; each other one becomes an error and does not touch the rest.</summary>
    /// <param name="assembly">The caller holds a use of it.</param>
    /// <param name="source">Host and folder, for the errors.</param>
    /// <param name="file">The assembly's file name, for the errors.</param>
    public BuiltSpecs Build(LoadedAssembly assembly, string source, string file)
    {
        var specs = new List<DagSpec>();
        var errors = new List<ImportError>();
        var mayPass = false;
        foreach (var stray in assembly.Strays.Where(stray => stray.DagId is not null || assembly.DagTypes.Count == 0))
        {
            var problem = new Problem(
                $"The class {stray.Type} {stray.Why}.", "A DAG is a public, non-abstract class: [Dag(\"id\")] public sealed class X : Dag.");
            errors.Add(problem.At(source, stray.DagId, file));
        }

        if (assembly.DagTypes.Count == 0 && errors.Count == 0)
        {
            var problem = new Problem("There is no DAG in the assembly.", "Derive a public class from Dag and give it [Dag(\"id\")].");
            errors.Add(problem.At(source, null, file));
        }

        foreach (var sameId in assembly.DagTypes.GroupBy(type => assembly.AttributeOf(type).Id, StringComparer.Ordinal))
        {
            var (spec, problem) = sameId.ToList() is [var only]
                ? BuildOne(assembly, only)
                : (null, new Problem(
                    $"The classes {string.Join(" and ", sameId)} have the same DAG id.", "Give each DAG an id of its own in its [Dag] attribute."));
            if (spec is not null)
                specs.Add(spec);
            if (problem is not null)
                errors.Add(problem.At(source, sameId.Key, file));
            mayPass |= problem is { MayPass: true };
        }

        return new BuiltSpecs(specs, errors, mayPass);
    }

    private (DagSpec? Spec, Problem? Problem) BuildOne(LoadedAssembly assembly, string type)
    {
        var attribute = assembly.AttributeOf(type);
        if (SpecRules.BrokenId(attribute.Id) is { } brokenId)
            return (null, brokenId);
        try
        {
            // One "now" for both: what a schedule of the author's own answers must not depend on when it is asked.
            var now = SystemClock.Instance.GetCurrentInstant();
            var (first, ticks) = Define(assembly, type, attribute, now);
            if (SpecRules.BrokenBy(first, checkSchedule) is { } broken)
                return (null, broken);
            var (second, ticksAgain) = Define(assembly, type, attribute, now);
            return SpecJson.Hash(first) != SpecJson.Hash(second) ? (null, Differing(first, second))
                : ticks.SequenceEqual(ticksAgain) ? (first, null)
                : (null, SpecRules.OfSchedule($"The schedule {first.Schedule?.Type} names other ticks when the DAG is defined a second time."));
        }
        catch (ScheduleException e)
        {
            return (null, SpecRules.OfSchedule(e.Message));
        }
        catch (Exception e)
        {
            return (null, Problem.From(e, $"The constructor or Define of {type}"));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private (DagSpec Spec, IReadOnlyList<Instant> Ticks) Define(LoadedAssembly assembly, string type, DagAttribute attribute, Instant now) => TimeLimit.Run(Limit, $"Define of {type}", () =>
    {
        var scope = assembly.CreateScope();
        try
        {
            var dag = assembly.Create(type, scope);
            var spec = DagBuilder.SpecOf(dag, attribute, type, ArgumentsSchema.Of(dag), out var custom);
            return (spec, custom is null || checkSchedule(spec) is not null ? [] : ScheduleProbe.Ask(spec, custom, now));
        }
        finally
        {
            scope.DisposeAsync().AsTask().GetAwaiter().GetResult(); // this thread is ours: nobody else waits for it
        }
    });

    private static Problem Differing(DagSpec first, DagSpec second)
    {
        var task = first.Tasks.Zip(second.Tasks)
            .FirstOrDefault(pair => HashOf(pair.First) != HashOf(pair.Second));
        var where = task.First is { } old
            ? old.Id == task.Second.Id ? $"task '{old.Id}' differs" : $"'{old.Id}' became '{task.Second.Id}'"
            : SpecJson.Hash(first) != SpecJson.Hash(first with { Schedule = second.Schedule, Jitter = second.Jitter, AutoPauseAfter = second.AutoPauseAfter })
                ? "the schedule, Jitter or AutoPause differs"
            : first.RunTimeout != second.RunTimeout || first.FailFast != second.FailFast ? "RunTimeout or FailFast differs"
            : first.Tasks.Count != second.Tasks.Count ? $"{first.Tasks.Count} tasks became {second.Tasks.Count}" : "the defaults of its arguments differ";
        return new Problem(
            $"Define gave two different graphs when it ran twice: {where}.",
            "Define must depend on nothing but the code: no clock, no random numbers, no database, no static counters.");

        string HashOf(TaskSpec task) => SpecJson.Hash(first with { Tasks = [task] });
    }
}

/// <summary>What <see cref="SpecBuilder"/> made of an assembly.</summary>
/// <param name="Specs">The DAGs that can be registered.</param>
/// <param name="Errors">One for each of the others.</param>
/// <param name="MayPass">One of the errors may be gone at a second look.</param>
public sealed record BuiltSpecs(IReadOnlyList<DagSpec> Specs, IReadOnlyList<ImportError> Errors, bool MayPass);
