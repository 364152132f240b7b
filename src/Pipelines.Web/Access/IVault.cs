using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>Connections and variables as people set them: a secret goes in as it is, is kept protected, and never comes out.</summary>
public interface IVault
{
    /// <summary>All of a kind; of secrets without their value.</summary>
    Task<IReadOnlyList<SettingRow>> ListAsync(SettingKind kind, CancellationToken cancellation);

    /// <summary>Sets one; a connection is a secret always.</summary>
    /// <param name="setting">With its value as it is.</param>
    /// <param name="by">Who sets it.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task SetAsync(NewSetting setting, Actor by, CancellationToken cancellation);

    Task DeleteAsync(SettingKind kind, string name, Actor by, CancellationToken cancellation);
}

/// <summary>Connections and variables in the store, for whoever reaches it and has the keys.</summary>
public sealed class Vault(ISettings settings, Func<KeyRing> keys) : IVault
{
    public Task<IReadOnlyList<SettingRow>> ListAsync(SettingKind kind, CancellationToken cancellation) => settings.SettingsAsync(kind, cancellation);

    public Task SetAsync(NewSetting setting, Actor by, CancellationToken cancellation)
    {
        if (setting.Value.Length == 0)
            throw new RefusedException($"the {(setting.Kind == SettingKind.Connection ? "connection" : "variable")} needs a value");
        var secret = setting.Secret || setting.Kind == SettingKind.Connection;
        return settings.SetAsync(setting with { Name = setting.Name.Trim(), Secret = secret, Value = secret ? keys().Protect(setting.Value) : setting.Value }, by, cancellation);
    }

    public Task DeleteAsync(SettingKind kind, string name, Actor by, CancellationToken cancellation) => settings.DeleteAsync(kind, name, by, cancellation);
}

/// <summary>Everybody reads names, admins change. What serves all DAGs is not for who sees some: a value may tell of any.</summary>
internal sealed class GuardedVault(IVault inner, SignedIn? who, Sight sight) : IVault
{
    public Task<IReadOnlyList<SettingRow>> ListAsync(SettingKind kind, CancellationToken cancellation)
    {
        Needs(Role.Viewer);
        return inner.ListAsync(kind, cancellation);
    }

    public Task SetAsync(NewSetting setting, Actor by, CancellationToken cancellation)
    {
        Needs(Role.Admin);
        return inner.SetAsync(setting, by, cancellation);
    }

    public Task DeleteAsync(SettingKind kind, string name, Actor by, CancellationToken cancellation)
    {
        Needs(Role.Admin);
        return inner.DeleteAsync(kind, name, by, cancellation);
    }

    private void Needs(Role role)
    {
        Roles.Check(who, role);
        if (sight.Restricted)
            throw new ForbiddenException($"Connections and variables serve all DAGs; the account {who!.Name} is restricted to some.");
    }
}
