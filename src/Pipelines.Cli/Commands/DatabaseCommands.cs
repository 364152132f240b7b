using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Postgres;

namespace Pipelines.Cli.Commands;

/// <summary>db: the store itself.</summary>
internal static class DatabaseCommands
{
    public static Command All() => new("db", "The database that holds everything.") { Migrate(), Status(), Url() };

    private static ClientCommand Migrate() => new ClientCommand(
        "migrate", "Brings the database to this program's schema; safe to repeat and to run from several machines.", "pipelines db migrate --database postgres://me@db/pipelines")
        .Runs(async session =>
        {
            var migrator = new Migrator(session.Db);
            var pending = (await migrator.StatusAsync(session.Cancellation)).Count(migration => migration.AppliedAt is null);
            await migrator.MigrateAsync(session.Cancellation);
            var status = await migrator.StatusAsync(session.Cancellation);
            session.Screen.Document(status.Select(Of));
            session.Screen.Say($"The schema is at migration {status[^1].Name}; {(pending == 0 ? "nothing was to do" : $"{Text.Count(pending, "migration")} applied")}.");
        });

    private static ClientCommand Status() => new ClientCommand("status", "Lists the migrations and when the database got them.", "pipelines db status")
        .Runs(async session =>
        {
            var status = await new Migrator(session.Db).StatusAsync(session.Cancellation);
            session.Screen.List<MigrationView>(
                [.. status.Select(Of)], "", new("Migration", row => row.Name), new("Applied", row => row.AppliedAt is null ? "no" : Text.Time(row.AppliedAt)));
            if (status.Any(migration => migration.AppliedAt is null))
                session.Screen.Say("Run `pipelines db migrate` to apply what is missing.");
        });

    private static ClientCommand Url()
    {
        var password = new Option<bool>("--password") { Description = "Include the password." };
        return new ClientCommand("url", "Prints the database's address, for psql and other programs.", "psql \"$(pipelines db url --password)\"") { password }.Runs(session =>
        {
            var url = ConnectionText.ToUrl(session.Db.ConnectionString, session.Get(password));
            session.Screen.Document(new { url });
            session.Screen.Say(url);
            return Task.CompletedTask;
        });
    }

    private static MigrationView Of(MigrationStatus status) => new(status.Version, status.Name, status.AppliedAt);
}
