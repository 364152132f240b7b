using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Users, what they did, and who asks.</summary>
internal static class Users
{
    private const string Tag = "Access";
    private const int LongestFilter = 200;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/me", Me).Is("getMe", Tag, Role.Viewer, "Says who asks", "The account of the token or session, and what it may.");
        api.MapGet("/users", List).Is("listUsers", Tag, Role.Admin, "Lists the users", "Open accounts by name, then closed ones.");
        api.MapPut("/users/{user}", Set).Is("setUser", Tag, Role.Admin, "Makes a user, or changes role and restriction", "A closed account is opened again. The last admin stays one.");
        api.MapPost("/users/{user}/close", Close).Is("closeUser", Tag, Role.Admin, "Closes an account", "Its sessions and tokens end; what was done under it stays in the audit.");
        api.MapPost("/users/{user}/password", SetPassword).Is("setPassword", Tag, Role.Admin, "Sets a user's password", "Their sessions end.").Produces(StatusCodes.Status204NoContent);
        api.MapPost("/users/{user}/link", Link).Is(
            "linkUser", Tag, Role.Admin, "Makes a link that signs a user in", "It is good once, within 24 hours, and told in this answer only: a request that is sent again makes another one.")
            .Produces<LinkJson>(StatusCodes.Status201Created);
        api.MapGet("/audit", Audit).Is(
            "listAudit", Tag, Role.Operator, "Lists what people did", "Newest first, with how it was before and after. It tells of all DAGs: an account that is restricted to some is refused.");
    }

    private static MeJson Me(HttpContext context)
    {
        var who = context.Features.Get<SignedIn>()!;
        return new(who.Name, Roles.Word(who.Role), who.OnlyDags, who.OnlyTags);
    }

    private static async Task<Listing<UserJson>> List(IAccounts accounts, CancellationToken cancellation) => new([.. (await accounts.ListAsync(cancellation)).Select(UserJson.Of)]);

    private static async Task<UserJson> Set(string user, SetUserJson body, IAccounts accounts, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await accounts.SaveAsync(new NewAccount(Segment.Of(user), Words.RoleOf(body.Role), body.Dags, body.Tags), caller.By, cancellation);
        return await FindAsync(user, accounts, cancellation);
    }

    private static async Task<UserJson> Close(string user, IAccounts accounts, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await accounts.CloseAsync(Segment.Of(user), caller.By, cancellation);
        return await FindAsync(user, accounts, cancellation);
    }

    private static async Task<IResult> SetPassword(string user, SetPasswordJson body, IAccounts accounts, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await accounts.SetPasswordAsync(Segment.Of(user), body.Password, caller.By, cancellation);
        return Results.NoContent();
    }

    private static async Task<IResult> Link(string user, IAccounts accounts, WebOptions options, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        var link = await accounts.MakeLinkAsync(Segment.Of(user), ConsoleAddress.Of(options, caller.Context.Request), caller.By, cancellation);
        caller.Context.Response.Headers.CacheControl = "no-store";
        return Results.Created((string?)null, new LinkJson(Segment.Of(user), link.ToString()));
    }

    private static async Task<Page<AuditJson>> Audit(string? who, string? what, DateTimeOffset? from, string? cursor, int? limit, IAccounts accounts, CancellationToken cancellation)
    {
        var most = Cursor.Limit(limit);
        var filter = new AuditFilter(Cursor.Read(cursor, 1) is [var before] ? before : null, Text("who", who), Text("what", what), from?.ToUniversalTime(), most + 1);
        return Page<AuditJson>.Of(await accounts.AuditAsync(filter, cancellation), most, AuditJson.Of, row => Cursor.Of(row.Id));
    }

    private static async Task<UserJson> FindAsync(string user, IAccounts accounts, CancellationToken cancellation) =>
        UserJson.Of((await accounts.ListAsync(cancellation)).First(row => row.Name.Equals(Segment.Of(user).Trim(), StringComparison.OrdinalIgnoreCase)));

    private static string? Text(string name, string? given) =>
        given?.Length > LongestFilter ? throw ApiException.Wrong($"'{name}' has {given.Length} characters; {LongestFilter} are the most") : string.IsNullOrWhiteSpace(given) ? null : given.Trim();
}
