using System.Reflection;
using System.Runtime.InteropServices;
using NodaTime;
using Pipelines.Cli.Output;

namespace Pipelines.Cli.Commands;

/// <summary>version: what is installed, for reports of faults.</summary>
internal static class VersionCommand
{
    public static ClientCommand Make() => new ClientCommand("version", "Shows the versions of the program, its time zone data and the runtime.", "pipelines version")
        .Runs(session =>
        {
            var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            var view = new VersionView(version, DateTimeZoneProviders.Tzdb.VersionId, RuntimeInformation.FrameworkDescription);
            session.Screen.Document(view);
            session.Screen.Facts(("pipelines", view.Version), ("Time zones", view.TimeZoneData), ("Runtime", view.Runtime));
            return Task.CompletedTask;
        });
}
