using System.CommandLine;
using Pipelines.Cli.Output;

namespace Pipelines.Cli.Commands;

/// <summary>pools: limits that tasks share.</summary>
internal static class PoolCommands
{
    public static Command All() => new("pools", "Limits that tasks of any DAG share.") { List(), Set() };

    private static ClientCommand List() => new ClientCommand("list", "Lists the pools, how full they are and what waits for them.", "pipelines pools list")
        .Runs(async session => session.Screen.List(
            [.. (await session.Console.PoolsAsync(session.Cancellation)).Select(pool => new PoolView(pool.Name, pool.Slots, pool.Used, pool.Waiting))],
            "There are no pools. A pool is made by the first DAG that names it, or by `pipelines pools set`.",
            new("Pool", pool => pool.Pool), new("Used", pool => $"{pool.Used} of {pool.Slots}", pool => pool.Used >= pool.Slots ? "yellow" : null),
            new("Waiting", pool => $"{pool.Waiting}")));

    private static ClientCommand Set()
    {
        var name = new Argument<string>("name") { Description = "The pool; it is made when there is none.", HelpName = "NAME" };
        var slots = Arguments.AtLeast(0, new Option<int>("--slots") { Description = "How many tasks may run at once; 0 holds them all.", HelpName = "N", Required = true });
        return new ClientCommand("set", "Sets how many tasks of a pool may run at once; what runs goes on.", "pipelines pools set warehouse --slots 4") { name, slots, SharedOptions.Why() }
            .Runs(async session =>
            {
                await session.Operations.SetPoolAsync(session.Get(name), session.Get(slots), session.By, session.Cancellation);
                session.Screen.Document(new { pool = session.Get(name), slots = session.Get(slots) });
                session.Screen.Say($"The pool {session.Get(name)} has {Text.Count(session.Get(slots), "slot")}.");
            });
    }
}
