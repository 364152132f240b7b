using System.Net;

namespace Pipelines.Web.Access;

/// <summary>Sign-ins by address: one address cannot try the accounts of everybody. Kept by this process; accounts have a lock of their own in the store.</summary>
public sealed class Throttle(TimeProvider time)
{
    private const int Most = 20;
    private const int MostAddresses = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Dictionary<IPAddress, (long Since, int Count)> _tries = [];
    private readonly Lock _gate = new();

    /// <summary>Counts a try; false: there have been too many within a minute.</summary>
    internal bool Allows(IPAddress? address)
    {
        var from = address ?? IPAddress.None;
        lock (_gate)
        {
            if (_tries.Count >= MostAddresses)
                _tries.Clear();
            var (since, count) = _tries.GetValueOrDefault(from);
            if (count == 0 || time.GetElapsedTime(since) > Window)
                (since, count) = (time.GetTimestamp(), 0);
            _tries[from] = (since, count + 1);
            return count < Most;
        }
    }
}
