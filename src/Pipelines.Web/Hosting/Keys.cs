using Microsoft.AspNetCore.Http;

namespace Pipelines.Web.Hosting;

/// <summary>Whether keys of one letter act: who speaks to the computer, or hits keys by chance, switches them off (WCAG 2.1.4).</summary>
internal static class Keys
{
    public const string Cookie = "keys";

    public static bool Off(HttpRequest request) => request.Cookies[Cookie] == "off";
}
