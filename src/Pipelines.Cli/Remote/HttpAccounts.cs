using System.Globalization;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Api;

namespace Pipelines.Cli.Remote;

/// <summary>Users, tokens and the audit, over the API: by who may.</summary>
internal sealed class HttpAccounts(Api api) : IAccounts
{
    public async Task<IReadOnlyList<AccountRow>> ListAsync(CancellationToken cancellation) =>
        [.. (await api.GetAsync<Listing<UserJson>>("users", cancellation)).Items.Select(user => user.Port)];

    public Task SaveAsync(NewAccount account, Actor by, CancellationToken cancellation) => api.ActAsync(
        HttpMethod.Put, $"users/{Api.Name(account.Name)}", new SetUserJson(Web.Access.Roles.Word(account.Role), account.OnlyDags, account.OnlyTags), by, cancellation);

    public Task CloseAsync(string name, Actor by, CancellationToken cancellation) => api.ActAsync(HttpMethod.Post, $"users/{Api.Name(name)}/close", null, by, cancellation);

    public Task SetPasswordAsync(string name, string password, Actor by, CancellationToken cancellation) =>
        api.ActAsync(HttpMethod.Post, $"users/{Api.Name(name)}/password", new SetPasswordJson(password), by, cancellation);

    /// <summary>The server knows its own address.</summary>
    public async Task<Uri> MakeLinkAsync(string name, Uri console, Actor by, CancellationToken cancellation) =>
        new((await api.ActAsync<LinkJson>(HttpMethod.Post, $"users/{Api.Name(name)}/link", null, by, cancellation)).Link);

    public async Task<IReadOnlyList<TokenRow>> TokensAsync(string? account, CancellationToken cancellation) =>
        [.. (await api.GetAsync<Listing<TokenJson>>(account is null ? "tokens" : $"tokens?user={Api.Name(account)}", cancellation)).Items.Select(token => token.Port)];

    public async Task<MadeToken> MakeTokenAsync(TokenWanted token, Actor by, CancellationToken cancellation)
    {
        var body = new NewTokenJson(token.Name, token.Account, Web.Access.Roles.Word(token.Role), (int)token.Life.TotalDays);
        var made = await api.ActAsync<MadeTokenJson>(HttpMethod.Post, "tokens", body, by, cancellation);
        return new MadeToken(made.Token, made.Secret);
    }

    public Task RevokeTokenAsync(int token, Actor by, CancellationToken cancellation) =>
        api.ActAsync(HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"tokens/{token}/revoke"), null, by, cancellation);

    public async Task<IReadOnlyList<AuditRow>> AuditAsync(AuditFilter filter, CancellationToken cancellation)
    {
        var asked = string.Join('&', new[]
        {
            filter.Who is null ? null : $"who={Api.Name(filter.Who)}", filter.What is null ? null : $"what={Api.Name(filter.What)}", filter.From is { } from ? $"from={Api.Moment(from)}" : null,
        }.OfType<string>());
        return [.. (await api.ListAsync<AuditJson>(asked.Length == 0 ? "audit" : $"audit?{asked}", filter.Limit, cancellation)).Select(row => row.Port)];
    }
}

/// <summary>Connections and variables, over the API. The server protects what is secret.</summary>
internal sealed class HttpVault(Api api) : IVault
{
    public async Task<IReadOnlyList<SettingRow>> ListAsync(SettingKind kind, CancellationToken cancellation) =>
        [.. (await api.GetAsync<Listing<SettingJson>>(Place(kind), cancellation)).Items.Select(setting => setting.Port)];

    public Task SetAsync(NewSetting setting, Actor by, CancellationToken cancellation) => api.ActAsync(
        HttpMethod.Put, $"{Place(setting.Kind)}/{Api.Name(setting.Name)}",
        setting.Kind == SettingKind.Connection ? new SetConnectionJson(setting.Value, setting.About) : new SetVariableJson(setting.Value, setting.Secret, setting.About), by, cancellation);

    public Task DeleteAsync(SettingKind kind, string name, Actor by, CancellationToken cancellation) =>
        api.ActAsync(HttpMethod.Delete, $"{Place(kind)}/{Api.Name(name)}", null, by, cancellation);

    private static string Place(SettingKind kind) => kind == SettingKind.Connection ? "connections" : "variables";
}
