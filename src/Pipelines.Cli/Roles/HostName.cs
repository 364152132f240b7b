using System.CommandLine;
using System.Text.RegularExpressions;

namespace Pipelines.Cli.Roles;

/// <summary>
/// Names this machine in the sources of DAGs ("host:/folder"). It must stay the same over restarts: a DAG belongs to its source, and
/// a machine with another name would be refused the ids of its own DAGs.
/// </summary>
internal static partial class HostName
{
    public const string Variable = "PIPELINES_HOST_NAME";

    public static Option<string?> Option() => new("--host-name")
    {
        Description = $"Names this machine in the sources of DAGs; the same at every start. Default: {Variable}, else the machine's name, without what a container's changes at each start.",
        HelpName = "NAME",
    };

    /// <exception cref="CommandException">The name that was given cannot be one.</exception>
    public static string Of(string? option, string? unlessGiven = null)
    {
        var given = option ?? Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(given))
            return unlessGiven ?? Stable(Environment.MachineName, Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is not null);
        return given.Length <= 100 && given.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? given
            : throw new CommandException($"'{given}' cannot be a host name. Use letters, digits, '-', '_' and '.', at most 100.");
    }

    /// <summary>What stays of a machine's name when its container is made anew.</summary>
    /// <param name="machine">Docker's is a random number unless it was given one; a pod of a Deployment has that of its Deployment and two random parts.</param>
    /// <param name="inKubernetes">A machine outside may be called so for good.</param>
    internal static string Stable(string machine, bool inKubernetes) =>
        ContainerId().IsMatch(machine) ? "container"
        : inKubernetes && PodOfDeployment().Match(machine) is { Success: true } pod ? pod.Groups[1].Value
        : machine;

    [GeneratedRegex("^[0-9a-f]{12}$")]
    private static partial Regex ContainerId();

    [GeneratedRegex("^(.+)-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$")]
    private static partial Regex PodOfDeployment();
}
