namespace Pipelines.Engine.Ports;

/// <summary>
/// Notifications from other processes. They only shorten a wait: polling is the truth, a lost one costs at most one poll.
/// </summary>
public interface IWakeups
{
    /// <summary>Calls back until disposed: on "pipelines_worker" and "pipelines_scheduler" with "", on "pipelines_cancel" with a run's number.</summary>
    IDisposable Subscribe(string channel, Action<string> wake);
}
