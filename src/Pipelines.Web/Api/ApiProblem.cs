using System.Text.Json.Nodes;

namespace Pipelines.Web.Api;

/// <summary>What went wrong, as RFC 9457 has it.</summary>
/// <param name="Type">Names the kind of problem: <c>urn:pipelines:</c> and the code.</param>
/// <param name="Title">The kind of problem in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong here, and how to mend it.</param>
/// <param name="Code">The kind of problem for programs; it stays.</param>
public sealed record ApiProblem(string Type, string Title, int Status, string Detail, [property: OneOf(ApiProblem.Codes)] string Code)
{
    internal const string Codes = "bad_request not_signed_in not_allowed cross_origin not_found method_not_allowed conflict refused too_large unsupported_media_type unavailable internal";
    internal const string ContentType = "application/problem+json";

    /// <summary>The problem of a status.</summary>
    internal static ApiProblem Of(int status, string detail)
    {
        var (code, title) = status switch
        {
            400 => ("bad_request", "The request is not understood"),
            401 => ("not_signed_in", "Nobody is signed in"),
            403 => ("not_allowed", "This is not allowed"),
            404 => ("not_found", "It is not there"),
            405 => ("method_not_allowed", "The address knows no such method"),
            409 => ("conflict", "It cannot be done in the present state"),
            413 => ("too_large", "The request is too large"),
            415 => ("unsupported_media_type", "The body is not JSON"),
            422 => ("refused", "What was asked for cannot be carried out"),
            503 => ("unavailable", "The database is not there"),
            _ => ("internal", "The server has a fault"),
        };
        return new ApiProblem($"urn:pipelines:{code}", title, status, detail, code);
    }
}

/// <summary>A request that ends with a problem.</summary>
internal sealed class ApiException(int status, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    public static ApiException Wrong(string detail) => new(400, detail);

    public static ApiException Missing(string detail) => new(404, detail);
}
