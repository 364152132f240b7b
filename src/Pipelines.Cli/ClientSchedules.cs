using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Cli.Roles;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Scheduling;
using Pipelines.Postgres;

namespace Pipelines.Cli;

/// <summary>Schedules that are code of DAG assemblies, for one client command: loaded from the database when one is needed, and let go with the command.</summary>
internal sealed class ClientSchedules(Func<Db> db, string home) : IDisposable
{
    private readonly List<IDisposable> _held = [];
    private VersionCache? _versions;

    /// <summary>The author's own schedule of each of these versions.</summary>
    /// <exception cref="CommandException">Its assembly cannot be loaded here.</exception>
    public async Task<Func<int, ISchedule?>> LoadAsync(IReadOnlyList<int> versionIds)
    {
        var schedules = new Dictionary<int, ISchedule?>();
        foreach (var id in versionIds)
        {
            try
            {
                _versions ??= new VersionCache(new PostgresCatalogStore(db()), new BundleCache(home), Load, new UnloadWatch(NullLogger.Instance));
                var use = await _versions.UseAsync(id);
                var scope = use.Version.CreateScope();
                _held.Add(scope);
                _held.Add(use);
                schedules[id] = DagBuilder.CustomScheduleOf(use.Version.CreateDag(scope));
            }
            catch (Exception e) when (e is not (Engine.Ports.StoreUnavailableException or CommandException))
            {
                // Whatever foreign code does while it is loaded is told in one line.
                throw new CommandException($"the schedule is code of the DAG's assembly, which cannot be loaded here: {e.Message}");
            }
        }

        return id => schedules.GetValueOrDefault(id);
    }

    public void Dispose() => _held.ForEach(held => held.Dispose());

    private static LoadedAssembly Load(string directory, string assembly) => LoadedAssembly.Load(
        directory, assembly, services => services.AddSingleton<IConnections>(new Connections(new Dictionary<string, string>())).AddSingleton<IVariables>(new Variables()),
        new ConfigurationBuilder().AddEnvironmentVariables().Build());
}
