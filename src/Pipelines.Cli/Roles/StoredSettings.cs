using System.Collections.Concurrent;
using System.Diagnostics;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Cli.Roles;

/// <summary>Connections and variables of the store as bodies get them: unprotected, and kept for some seconds.</summary>
internal sealed class StoredSettings(ISettings store, KeyRing keys)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(SettingKind, string), (string? Value, long Read)> _known = new();

    /// <exception cref="FailTaskException">It is protected by a key that this process has not.</exception>
    public string? Find(SettingKind kind, string name)
    {
        if (_known.TryGetValue((kind, name), out var known) && Stopwatch.GetElapsedTime(known.Read) < Fresh)
            return known.Value;
        try
        {
            var value = Read(kind, name);
            _known[(kind, name)] = (value, Stopwatch.GetTimestamp());
            return value;
        }
        catch (StoreUnavailableException) when (known.Read != 0)
        {
            // What was known before the outage is as good as anybody can say now.
            return known.Value;
        }
    }

    private string? Read(SettingKind kind, string name)
    {
        if (store.Read(kind, name) is not { } kept)
            return null;
        if (!kept.Secret)
            return kept.Value;
        try
        {
            var secret = keys.Unprotect(kept.Value, name);
            if (kind == SettingKind.Variable)
                Mask.Add(secret);
            return secret;
        }
        catch (RefusedException e)
        {
            throw new FailTaskException(e.Message);
        }
    }
}
