using System.Text;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;

namespace Pipelines.Engine.Execution;

/// <summary>What a run that goes on as another one must keep to.</summary>
public static class Continuation
{
    /// <summary>The arguments, when they are such as the DAG takes.</summary>
    /// <exception cref="FailTaskException">They are not.</exception>
    public static byte[] Check(DagSpec spec, byte[] arguments)
    {
        ArgumentNullException.ThrowIfNull(spec);
        try
        {
            var json = Encoding.UTF8.GetString(arguments);
            return Encoding.UTF8.GetBytes(RunArguments.Check(spec.Id, spec.Arguments, json == "null" ? null : json) ?? "null");
        }
        catch (RefusedException e)
        {
            throw new FailTaskException($"The run cannot be continued: {e.Message}.");
        }
    }
}
