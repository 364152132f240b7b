namespace Pipelines.Engine.Ports;

/// <summary>What a setting is: a connection's string, or a variable.</summary>
public enum SettingKind
{
    Connection,
    Variable,
}

/// <summary>Connections and variables that people keep in the store. Secrets come and go protected: the store cannot read them.</summary>
public interface ISettings
{
    /// <summary>All of a kind; of secrets without their value.</summary>
    Task<IReadOnlyList<SettingRow>> SettingsAsync(SettingKind kind, CancellationToken cancellation);

    /// <summary>One as it is kept; null: there is none. Waits on the caller's thread, for bodies ask by an indexer.</summary>
    StoredSetting? Read(SettingKind kind, string name);

    Task SetAsync(NewSetting setting, Actor by, CancellationToken cancellation);

    Task DeleteAsync(SettingKind kind, string name, Actor by, CancellationToken cancellation);
}

/// <param name="Value">Null: it is a secret.</param>
public sealed record SettingRow(string Name, string? Value, string? About, string ChangedBy, DateTimeOffset ChangedAt)
{
    public bool Secret => Value is null;
}

/// <param name="Value">Protected when it is a secret.</param>
public sealed record StoredSetting(string Value, bool Secret);

/// <param name="Value">Protected when it is a secret.</param>
/// <param name="About">What it is for; null: nothing was said.</param>
public sealed record NewSetting(SettingKind Kind, string Name, string Value, bool Secret, string? About);
