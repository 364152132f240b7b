using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>Roles as accounts keep them and as people read them.</summary>
public static class Roles
{
    /// <summary>From the store's character.</summary>
    public static Role Of(char kept) => kept switch { 'a' => Role.Admin, 'o' => Role.Operator, _ => Role.Viewer };

    /// <summary>From its name; null: there is no such role.</summary>
    public static char? Kept(string? name) => name switch { "admin" => 'a', "operator" => 'o', "viewer" => 'v', _ => null };

    public static string Word(char kept) => Of(kept) switch { Role.Admin => "admin", Role.Operator => "operator", _ => "viewer" };

    /// <exception cref="ForbiddenException">They may not.</exception>
    internal static void Check(SignedIn? who, Role needed)
    {
        if (who is null)
            throw new ForbiddenException("This needs an account. Sign in first.");
        if (Of(who.Role) < needed)
            throw new ForbiddenException($"This needs the role {Word(needed)}; the account {who.Name} {(needed == Role.Viewer ? "has none" : $"is signed in as {Word(who.Role)}")}. An admin can change that under Users.");
    }

    private static string Word(Role role) => role switch { Role.Admin => "admin", Role.Operator => "operator", _ => "viewer" };
}
