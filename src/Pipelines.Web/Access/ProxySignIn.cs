using System.Net;
using Microsoft.AspNetCore.Http;

namespace Pipelines.Web.Access;

/// <summary>Trusts a reverse proxy that has signed people in already: it names them in a header.</summary>
/// <param name="Header">The header, such as X-Forwarded-User. The proxy must take it away from what comes from outside.</param>
/// <param name="Addresses">From these addresses alone it is believed.</param>
public sealed record ProxySignIn(string Header, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>Who the proxy says is asking; null: the request does not come from it, or it names nobody.</summary>
    internal string? NameFrom(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } from && Addresses.Contains(from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from)
        && context.Request.Headers[Header] is [{ Length: > 0 } name] ? name : null;
}
