using Microsoft.AspNetCore.Http;

namespace Pipelines.Web.Access;

/// <summary>Where people reach the console: as it was configured, else as this request did.</summary>
internal static class ConsoleAddress
{
    public static Uri Of(WebOptions options, HttpRequest request) => options.PublicUrl ?? new Uri($"{request.Scheme}://{request.Host}/");
}
