using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;

namespace Pipelines.Cli.Commands;

/// <summary>assets: what tasks produce, and the DAGs that are run by that.</summary>
internal static class AssetCommands
{
    public static Command All() => new("assets", "What tasks produce, and which DAGs run when it is updated.") { List(), Show(), Update() };

    /// <summary>Who made an update: "run 12 of orders, task load", or "ann".</summary>
    public static string Who(AssetUpdate update) =>
        update.RunId is { } run ? FormattableString.Invariant($"run {run} of {update.DagId}, task {update.TaskId}") : update.By ?? "";

    private static Argument<string> Name() => new("name") { Description = "The asset's name.", HelpName = "NAME" };

    private static ClientCommand List() => new ClientCommand("list", "Lists the assets: who produces them, which DAGs they run, and when they were updated.", "pipelines assets list")
        .Runs(async session => session.Screen.List(
            [.. (await session.Console.AssetsAsync(session.Cancellation)).Select(AssetView.Of)],
            "No DAG names an asset. In Define: dag.Task(Load).Produces(orders), and dag.Schedule(orders) where it is to run by that.",
            new("Asset", asset => asset.Asset), new("Produced by", asset => string.Join(", ", asset.Producers), Wraps: true), new("Runs", asset => string.Join(", ", asset.Consumers), Wraps: true),
            new("Updated", asset => Text.Time(asset.UpdatedAt)), new("By", asset => asset.Run is { } run ? $"run {run}" : asset.By)));

    private static ClientCommand Show()
    {
        var (name, limit) = (Name(), Arguments.Limit(20, "updates", most: 1000));
        return new ClientCommand("show", "Shows an asset: its newest updates, and what the DAGs that it runs still wait for.", "pipelines assets show warehouse/orders") { name, limit }
            .Runs(async session =>
            {
                var detail = await session.Console.AssetAsync(session.Get(name), session.Get(limit), session.Cancellation)
                    ?? throw new CommandException(UnknownName.Message(
                        "asset", session.Get(name), [.. (await session.Console.AssetsAsync(session.Cancellation)).Select(asset => asset.Name)]));
                session.Screen.Document(AssetDetailView.Of(detail));
                session.Screen.Facts(
                    ("Asset", detail.Asset.Name), ("Produced by", string.Join(", ", detail.Asset.Producers)), ("Updated", Text.Time(detail.Asset.UpdatedAt)));
                foreach (var wait in detail.Waits)
                    session.Screen.Say($"\n{wait.DagId} runs on update of {wait.Condition.Phrase}: {Waits(wait)}");
                session.Screen.Say("");
                session.Screen.Table(
                    detail.Updates,
                    new("At", one => Text.Time(one.Update.At)), new("By", one => Who(one.Update)), new("Runs", one => string.Join(", ", one.Runs)), new("Why", one => one.Update.Why, Wraps: true),
                    new("Extra", one => one.Update.Extra, Wraps: true));
                if (detail.Updates.Count == 0)
                    session.Screen.Say("It has not been updated yet.");
            });
    }

    /// <summary>What a DAG's next run waits for.</summary>
    private static string Waits(AssetWait wait)
    {
        var there = wait.Updated.Count == 0 ? "" : $" (there: {string.Join(", ", wait.Updated)})";
        return wait.Missing is { } missing ? $"its next run waits for {missing.Phrase}{there}"
            : wait.Paused ? $"everything is there, and it is paused: `pipelines dags resume {wait.DagId}`"
            : "everything is there for its next run, which starts when the one before has";
    }

    private static ClientCommand Update()
    {
        var name = Name();
        var extra = new Option<string?>("--extra") { Description = "JSON that the runs see with the update.", HelpName = "JSON" };
        return new ClientCommand(
            "update", "Tells that an asset has been updated outside, which runs the DAGs that wait for it.", "pipelines assets update warehouse/orders --extra 3000 --why 'loaded by hand'")
            { name, extra, SharedOptions.Why() }.Runs(async session =>
            {
                var update = await session.Operations.UpdateAssetAsync(session.Get(name), session.Get(extra), session.By, session.Cancellation);
                var detail = await session.Console.AssetAsync(session.Get(name), 1, session.Cancellation);
                session.Screen.Document(new { asset = session.Get(name), update, consumers = detail!.Asset.Consumers });
                session.Screen.Say($"{session.Get(name)} is updated.");
                if (detail.Waits.Count == 0)
                    session.Screen.Say("No DAG is scheduled by it.");
                foreach (var wait in detail.Waits)
                    session.Screen.Say(wait.Updated.Count == 0 ? $"{wait.DagId} has its run." : wait.Missing is null && !wait.Paused ? $"{wait.DagId} runs now." : $"{wait.DagId}: {Waits(wait)}");
            });
    }
}
