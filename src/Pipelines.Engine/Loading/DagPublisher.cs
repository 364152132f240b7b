using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Loading;

/// <summary>
/// Writes to the catalog what a folder holds. Every call it makes is idempotent and they go in this order, so that after
/// dying anywhere in between the whole can simply be done again.
/// </summary>
internal sealed class DagPublisher(ICatalogStore catalog, string host, Func<RegisteredDag, DagSpec, string, CancellationToken, Task> planned, ILogger logger)
{
    /// <summary>Returns whether all of it was taken in; else it is worth another try later, though the files stay the same.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached: call again with the same folder.</exception>
    public async Task<bool> PublishAsync(LoadedFolder folder, CancellationToken cancellation)
    {
        var errors = folder.Errors.ToList();
        if (folder.Specs.Count > 0)
            await catalog.SaveBundleAsync(folder.Bundle!, cancellation);
        foreach (var spec in folder.Specs)
        {
            if (await RegisterAsync(folder, spec, cancellation) is { } problem)
                errors.Add(problem.At(folder.Source, spec.Id, folder.Bundle!.Assembly + ".dll"));
        }

        if (folder.IsWhole)
            await RetireAsync(folder.Source, folder.DagIds, cancellation);
        await catalog.ReportAsync(folder.Source, errors, cancellation);
        foreach (var error in errors)
            logger.ImportFailed(error.Source, error.DagId ?? "(all)", error.File, error.What, error.Fix);
        return errors.Count == folder.Errors.Count;
    }

    /// <summary>Retires all that came from a folder that is gone.</summary>
    public async Task RemoveAsync(string source, CancellationToken cancellation)
    {
        await RetireAsync(source, [], cancellation);
        await catalog.ReportAsync(source, [], cancellation);
    }

    private async Task<Problem?> RegisterAsync(LoadedFolder folder, DagSpec spec, CancellationToken cancellation)
    {
        try
        {
            RegisteredDag registered;
            try
            {
                registered = await catalog.RegisterAsync(folder.Source, folder.Bundle!.Hash, spec, cancellation);
            }
            catch (DagIdTakenException taken) when (IsGone(taken.Holder))
            {
                // Nobody watches that folder any more (the DAG root was changed, or it was removed while nothing ran).
                await RemoveAsync(taken.Holder, cancellation);
                registered = await catalog.RegisterAsync(folder.Source, folder.Bundle!.Hash, spec, cancellation);
            }

            await planned(registered, spec, folder.Bundle!.Hash, cancellation);
            logger.Registered(spec.Id, registered.IsNew ? "new version" : "known version", folder.Source, spec.Tasks.Count);
            return null;
        }
        catch (DagIdTakenException taken)
        {
            return new Problem(
                $"The DAG id '{spec.Id}' is taken by the folder {taken.Holder}.",
                "Give one of the two another id in its [Dag] attribute, or remove one of the folders. "
                + "If both are one folder on a machine that has changed its name, start Pipelines with --host-name and the former name.");
        }
        catch (RefusedException e)
        {
            return new Problem(e.Message, "Give the pool more slots (pipelines pools set NAME --slots N), or the task fewer. It is tried again.");
        }
        catch (Exception e) when (e is not (StoreUnavailableException or OperationCanceledException))
        {
            return new Problem(
                $"The DAG could not be stored: {e.Message}",
                "It is tried again. If this stays, look into the log of the process that watches the folder.");
        }
    }

    private bool IsGone(string source) =>
        source.StartsWith(host + ":", StringComparison.Ordinal) && !Directory.Exists(source[(host.Length + 1)..]);

    private async Task RetireAsync(string source, IReadOnlyCollection<string> exceptDagIds, CancellationToken cancellation)
    {
        var retired = await catalog.RetireAsync(source, exceptDagIds, cancellation);
        if (retired.Count > 0)
            logger.Retired(string.Join(", ", retired), source);
    }
}
