using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Connections and variables: secrets go in, and never come out.</summary>
internal static class Settings
{
    private const string Tag = "Settings";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/connections", ListConnections).Is("listConnections", Tag, Role.Viewer, "Lists the connections", "Without their values. For accounts that see all DAGs.");
        api.MapPut("/connections/{connection}", SetConnection).Is("setConnection", Tag, Role.Admin, "Sets a connection", "Tasks that start from now on get it.");
        api.MapDelete("/connections/{connection}", DeleteConnection).Is("deleteConnection", Tag, Role.Admin, "Deletes a connection", "Tasks that ask for it fail from then on.")
            .Produces(StatusCodes.Status204NoContent);
        api.MapGet("/variables", ListVariables).Is("listVariables", Tag, Role.Viewer, "Lists the variables", "Secret ones without their values. For accounts that see all DAGs.");
        api.MapPut("/variables/{variable}", SetVariable).Is("setVariable", Tag, Role.Admin, "Sets a variable", "Tasks that start from now on get it.");
        api.MapDelete("/variables/{variable}", DeleteVariable).Is("deleteVariable", Tag, Role.Admin, "Deletes a variable", "Tasks that ask for it fail from then on.")
            .Produces(StatusCodes.Status204NoContent);
    }

    private static Task<Listing<SettingJson>> ListConnections(IVault vault, CancellationToken cancellation) => ListAsync(vault, SettingKind.Connection, cancellation);

    private static Task<Listing<SettingJson>> ListVariables(IVault vault, CancellationToken cancellation) => ListAsync(vault, SettingKind.Variable, cancellation);

    private static Task<SettingJson> SetConnection(string connection, SetConnectionJson body, IVault vault, [AsParameters] Caller caller, CancellationToken cancellation) =>
        SetAsync(new NewSetting(SettingKind.Connection, Segment.Of(connection), body.Value, true, body.About), vault, caller, cancellation);

    private static Task<SettingJson> SetVariable(string variable, SetVariableJson body, IVault vault, [AsParameters] Caller caller, CancellationToken cancellation) =>
        SetAsync(new NewSetting(SettingKind.Variable, Segment.Of(variable), body.Value, body.Secret, body.About), vault, caller, cancellation);

    private static Task<IResult> DeleteConnection(string connection, IVault vault, [AsParameters] Caller caller, CancellationToken cancellation) =>
        DeleteAsync(SettingKind.Connection, Segment.Of(connection), vault, caller, cancellation);

    private static Task<IResult> DeleteVariable(string variable, IVault vault, [AsParameters] Caller caller, CancellationToken cancellation) =>
        DeleteAsync(SettingKind.Variable, Segment.Of(variable), vault, caller, cancellation);

    private static async Task<Listing<SettingJson>> ListAsync(IVault vault, SettingKind kind, CancellationToken cancellation) =>
        new([.. (await vault.ListAsync(kind, cancellation)).Select(SettingJson.Of)]);

    private static async Task<SettingJson> SetAsync(NewSetting setting, IVault vault, Caller caller, CancellationToken cancellation)
    {
        await vault.SetAsync(setting with { About = string.IsNullOrWhiteSpace(setting.About) ? null : setting.About.Trim() }, caller.By, cancellation);
        return SettingJson.Of((await vault.ListAsync(setting.Kind, cancellation)).First(row => row.Name == setting.Name.Trim()));
    }

    private static async Task<IResult> DeleteAsync(SettingKind kind, string name, IVault vault, Caller caller, CancellationToken cancellation)
    {
        await vault.DeleteAsync(kind, name, caller.By, cancellation);
        return Results.NoContent();
    }
}
