using Microsoft.AspNetCore.Builder;

namespace Pipelines.Web.Access;

/// <summary>Of an endpoint: the least role that may call it.</summary>
/// <param name="Role">The role.</param>
public sealed record NeedsRole(Role Role);

/// <summary>How endpoints say which role they need.</summary>
public static class NeedsRoleExtensions
{
    /// <summary>Only this role, and those that may more, may call it.</summary>
    /// <example><code>routes.MapPut("/pools/{name}", Set).Needs(Role.Admin);</code></example>
    public static TBuilder Needs<TBuilder>(this TBuilder builder, Role role)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.WithMetadata(new NeedsRole(role));
        return builder;
    }
}
