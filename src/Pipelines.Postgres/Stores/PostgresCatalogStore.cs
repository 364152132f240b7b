using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>Bundles, DAGs, their versions and import errors in PostgreSQL.</summary>
public sealed class PostgresCatalogStore(Db db) : ICatalogStore
{
    public Task SaveBundleAsync(Bundle bundle, CancellationToken cancellation) => db.EngineAsync(
        connection => connection.Statement("catalog/save_bundle", bundle.Hash, bundle.Folder, bundle.Assembly, bundle.Zip).ExecuteAsync(cancellation),
        cancellation);

    public Task<byte[]?> LoadBundleAsync(string hash, CancellationToken cancellation) => db.EngineAsync(
        connection => connection.Statement("catalog/load_bundle", hash).ScalarAsync<byte[]>(cancellation), cancellation);

    public Task<StoredVersion?> LoadVersionAsync(int versionId, CancellationToken cancellation) => db.EngineAsync(
        async connection => (await connection.Statement("catalog/load_version", versionId).ListAsync(
            row => new StoredVersion(row.GetInt32(0), row.GetString(1), SpecJson.Read(row.GetString(2)), row.GetString(3), row.GetString(4)),
            cancellation).ConfigureAwait(false)).SingleOrDefault(),
        cancellation);

    public Task<RegisteredDag> RegisterAsync(string source, string bundleHash, DagSpec spec, CancellationToken cancellation) => db.EngineAsync(
        async connection =>
        {
            // A version is the graph and the assembly that defines it: the same graph in a new assembly may have new bodies.
            var hash = $"{SpecJson.Hash(spec)[..32]}{bundleHash[..32]}";
            var command = connection.Statement("catalog/register", source, bundleHash, hash, Json(SpecJson.Write(spec)),
                Typed(spec.RunTimeout?.TotalSeconds, NpgsqlDbType.Double));
            try
            {
                return (await command.ListAsync(row => new RegisteredDag(row.GetInt32(0), row.GetInt32(1), row.GetBoolean(2)), cancellation).ConfigureAwait(false))[0];
            }
            catch (PostgresException e) when (e.SqlState == "PL002")
            {
                throw new DagIdTakenException(spec.Id, e.MessageText);
            }
            catch (PostgresException e) when (e.SqlState == "PL004")
            {
                throw new RefusedException(e.MessageText);
            }
        },
        cancellation);

    public Task PlanAsync(int dagNo, int versionId, SchedulePlan plan, CancellationToken cancellation) => db.EngineAsync(
        connection => connection.Statement(
            "catalog/plan", dagNo, versionId, Text(plan.Key), plan.Phrase, Moment(plan.From?.ToDateTimeUtc()),
            Typed(plan.MinGap?.TotalSeconds, NpgsqlDbType.Double), Typed(plan.AutoPauseAfter, NpgsqlDbType.Integer)).ExecuteAsync(cancellation),
        cancellation);

    public Task ReportAsync(string source, IReadOnlyList<ImportError> errors, CancellationToken cancellation) => db.EngineAsync(
        async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
            await connection.Statement("catalog/clear_errors", source).ExecuteAsync(cancellation).ConfigureAwait(false);
            foreach (var error in errors)
                await connection.Statement("catalog/report_error", source, error.DagId ?? "", error.File, error.What, error.Fix)
                    .ExecuteAsync(cancellation).ConfigureAwait(false);
            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
            return true;
        },
        cancellation);

    public Task<IReadOnlyList<string>> RetireAsync(string source, IReadOnlyCollection<string> exceptDagIds, CancellationToken cancellation) =>
        ListAsync("catalog/retire", cancellation, source, exceptDagIds.ToArray());

    public Task<IReadOnlyList<string>> SourcesAsync(string prefix, CancellationToken cancellation) => ListAsync("catalog/sources", cancellation, prefix);

    private Task<IReadOnlyList<string>> ListAsync(string query, CancellationToken cancellation, params object?[] values) => db.EngineAsync<IReadOnlyList<string>>(
        async connection => await connection.Statement(query, values).ListAsync(row => row.GetString(0), cancellation).ConfigureAwait(false), cancellation);
}
