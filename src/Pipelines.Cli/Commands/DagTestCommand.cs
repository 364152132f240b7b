using System.CommandLine;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Cli.Output;
using Pipelines.Cli.Roles;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Engine.Scheduling;
using Pipelines.Testing;

namespace Pipelines.Cli.Commands;

/// <summary>dags test: one run of a dropped DAG in the terminal, in this process and in memory.</summary>
internal static class DagTestCommand
{
    public static ClientCommand Test()
    {
        var id = Arguments.Dag();
        var dags = new Option<string?>("--dags") { Description = "The folder with the dropped DAGs; default: that of --home.", HelpName = "DIR" };
        var at = new Option<string?>("--at") { Description = "The run of the first tick at or after this moment; default: the first one.", HelpName = "MOMENT" };
        var pairs = new Option<string[]>("--arg") { Description = "An argument of the run; may be repeated.", HelpName = "NAME=VALUE" };
        var json = new Option<string?>("--arguments") { Description = "All arguments as a JSON object.", HelpName = "JSON" };
        return new ClientCommand(
            "test", "Runs a dropped DAG once in this terminal: real bodies, no database, nothing kept. Retries are waited for.", "pipelines dags test orders_daily --at 2026-03-01")
            { id, dags, at, pairs, json }.Runs(async session =>
        {
            var folder = Path.GetFullPath(session.Get(dags) ?? Path.Combine(session.Home, "dags"));
            await using var found = Find(folder, session.Get(id));
            var spec = found.Spec;
            var (scheduledFor, interval) = DagTest.When(spec, session.Get(at), DagBuilder.CustomScheduleOf(found.Create()));
            var arguments = RunArguments.Check(spec.Id, spec.Arguments, RunCommands.ArgumentsOf(spec, session.Get(pairs) ?? [], session.Get(json)));
            var runner = new MemoryRunner(spec, found.Create, new MemorySettings
            {
                ScheduledFor = scheduledFor,
                Interval = interval,
                Arguments = arguments is null ? null : Encoding.UTF8.GetBytes(arguments),
                Connection = name => found.Connections[name], Variable = name => new Variables()[name],
                Database = name => name is not null ? new Npgsql.NpgsqlConnection(Pipelines.Postgres.ConnectionText.Normalize(found.Connections[name]))
                    : throw new FailTaskException("This test has no database of Pipelines. Name a connection, or start a run."),
                Watch = happened => session.Screen.Say(Line(happened)),
            });
            await runner.RunAsync(session.Cancellation);
            var run = new DagTestRun(spec, runner, TimeSpan.Zero);
            session.Screen.Document(new DagTestView(run.DagId, run.State, scheduledFor, [.. run.Tasks.Select(DagTestTaskView.Of)]));
            session.Screen.Say("");
            session.Screen.Table(run.Tasks, new("Task", task => task.Id), new("State", task => task.State), new("Attempts", task => $"{task.Attempts}"), new("Why", task => task.Why, Wraps: true));
            session.Screen.Say($"The run of {run.DagId} scheduled for {Text.Time(scheduledFor)} {run.State}.");
            return run.Succeeded ? 0 : 1;
        });
    }

    /// <summary>Loads folder after folder until one holds the DAG.</summary>
    private static FoundDag Find(string root, string dagId)
    {
        if (!Directory.Exists(root))
            throw new CommandException($"there is no folder {root}. Build a DAG project, or name the folder with --dags");
        var connections = new Connections(new Dictionary<string, string>());
        var errors = new List<ImportError>();
        var known = new List<string>();
        foreach (var folder in DagFolder.Scan(root))
        {
            var assembly = Load(folder, connections, errors);
            if (assembly is null)
                continue;
            var built = new SpecBuilder(ScheduleOf.Problem).Build(assembly, folder.Path, folder.AssemblyFile);
            if (built.Specs.FirstOrDefault(spec => spec.Id == dagId) is { } spec)
                return new FoundDag(spec, assembly, connections);
            errors.AddRange(built.Errors);
            known.AddRange(built.Specs.Select(other => other.Id));
        }

        throw errors.FirstOrDefault(error => error.DagId == dagId) is { } own
            ? new CommandException($"the DAG '{dagId}' cannot be loaded: {own.What} {own.Fix}")
            : new CommandException($"there is no DAG '{dagId}' in {root}; there {(known.Count == 0 ? "is none" : $"are: {string.Join(", ", known.Order(StringComparer.Ordinal))}")}"
                + string.Concat(errors.Select(error => $". {error.File} cannot be loaded: {error.What} {error.Fix}")));
    }

    private static LoadedAssembly? Load(DagFolder folder, IConnections connections, List<ImportError> errors)
    {
        try
        {
            return LoadedAssembly.Load(
                folder.Path, folder.Name, services => services.AddSingleton(connections).AddSingleton<IVariables>(new Variables()), new ConfigurationBuilder().AddEnvironmentVariables().Build());
        }
        catch (Exception e)
        {
            // Whatever a foreign assembly does while it is loaded is told, and the other folders are looked at all the same.
            errors.Add(Problem.From(e, $"Loading {folder.AssemblyFile}").At(folder.Path, null, folder.AssemblyFile));
            return null;
        }
    }

    private static string Line(MemoryEvent happened) => Text.Instance(happened.TaskId, happened.MapIndex ?? -1) + (happened switch
    {
        { State: null, Text: null } => $" starts, attempt {happened.Attempt}",
        { State: null } => $": {happened.Text}",
        { Text: null } => $" {TaskState.Word(happened.State!.Value)} after {Text.Span(happened.Took.TotalSeconds)}",
        _ => $" {TaskState.Word(happened.State!.Value)} after {Text.Span(happened.Took.TotalSeconds)}: {happened.Text}",
    });

    private sealed class FoundDag(DagSpec spec, LoadedAssembly assembly, IConnections connections) : IAsyncDisposable
    {
        private readonly AsyncServiceScope _scope = assembly.CreateScope();

        public DagSpec Spec { get; } = spec;

        public IConnections Connections { get; } = connections;

        public Dag Create() => assembly.Create(Spec.Type, _scope);

        public ValueTask DisposeAsync() => _scope.DisposeAsync();
    }
}

internal sealed record DagTestView(string Dag, string State, DateTimeOffset ScheduledFor, IReadOnlyList<DagTestTaskView> Tasks);

internal sealed record DagTestTaskView(string Task, string State, int Attempts, string? Why)
{
    public static DagTestTaskView Of(DagTestTask task) => new(task.Id, task.State, task.Attempts, task.Why);
}
