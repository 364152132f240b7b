using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Configure;

/// <summary>Connections or variables: their names for everybody, their change for admins. A secret goes in and is never shown.</summary>
public sealed class KeepModel(Visit visit, IVault vault) : ConsolePage(visit)
{
    public IReadOnlyList<SettingRow> Rows { get; private set; } = [];

    public SettingKind Kind { get; private set; }

    /// <summary>The one that is being changed.</summary>
    public SettingRow? Edited { get; private set; }

    /// <summary>The one whose deletion is to be confirmed.</summary>
    public string? Deleting { get; private set; }

    public string Word => Kind == SettingKind.Connection ? "connection" : "variable";

    private string Back => $"/{Word}s";

    public async Task OnGetAsync(string? edit, string? delete, CancellationToken cancellation)
    {
        Kind = KindOf();
        Rows = await vault.ListAsync(Kind, cancellation);
        Edited = Rows.FirstOrDefault(row => row.Name == edit);
        Deleting = Rows.FirstOrDefault(row => row.Name == delete)?.Name;
    }

    public Task<IActionResult> OnPostSaveAsync(string? name, string? value, string? about, bool secret, CancellationToken cancellation)
    {
        Kind = KindOf();
        return ActAsync(Back, async (_, by) =>
        {
            await vault.SetAsync(new NewSetting(Kind, name ?? "", value ?? "", secret, string.IsNullOrWhiteSpace(about) ? null : about.Trim()), by, cancellation);
            return $"The {Word} {name} is set; tasks that start from now on get it.";
        });
    }

    public Task<IActionResult> OnPostDeleteAsync(string? name, CancellationToken cancellation)
    {
        Kind = KindOf();
        return ActAsync(Back, async (_, by) =>
        {
            await vault.DeleteAsync(Kind, name ?? "", by, cancellation);
            return $"The {Word} {name} is gone.";
        });
    }

    private SettingKind KindOf() => Request.Path == "/variables" ? SettingKind.Variable : SettingKind.Connection;
}
