using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Tokens, by which programs sign in.</summary>
internal static class Tokens
{
    private const string Tag = "Access";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/tokens", List).Is("listTokens", Tag, Role.Viewer, "Lists tokens", "Your own, without what they are. An admin sees those of all users, or of one.");
        api.MapPost("/tokens", Create).Is(
            "createToken", Tag, Role.Viewer, "Makes a token",
            "It is told in this answer only, and may no more than you; an admin makes them for others too. A request that was carried out is not carried out again, and the token not told again: "
            + "the answer is then 422, and names its first characters.")
            .Produces<MadeTokenJson>(StatusCodes.Status201Created);
        api.MapPost("/tokens/{token:int}/revoke", Revoke).Is("revokeToken", Tag, Role.Viewer, "Revokes a token", "One of your own; an admin anybody's.").Produces(StatusCodes.Status204NoContent);
    }

    private static async Task<Listing<TokenJson>> List(string? user, IAccounts accounts, CancellationToken cancellation) =>
        new([.. (await accounts.TokensAsync(user, cancellation)).Select(TokenJson.Of)]);

    private static async Task<IResult> Create(NewTokenJson body, IAccounts accounts, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        if (body.Days is < 1 or > 366)
            throw ApiException.Wrong($"'days' cannot be {body.Days}: it must be 1 to 366");
        var wanted = new TokenWanted(body.Name, body.User ?? caller.Context.Features.Get<SignedIn>()!.Name, Words.RoleOf(body.Role), TimeSpan.FromDays(body.Days));
        var made = await accounts.MakeTokenAsync(wanted, caller.By, cancellation);
        caller.Context.Response.Headers.CacheControl = "no-store";
        return Results.Created((string?)null, new MadeTokenJson(made.TokenNo, made.Secret));
    }

    private static async Task<IResult> Revoke(int token, IAccounts accounts, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await accounts.RevokeTokenAsync(token, caller.By, cancellation);
        return Results.NoContent();
    }
}
