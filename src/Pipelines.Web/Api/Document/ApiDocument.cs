using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api.Document;

/// <summary>The OpenAPI document: what the endpoints say of themselves, with the words and examples that are written down beside it.</summary>
internal static class ApiDocument
{
    private const string About =
        "Everything that the console and the command line read and do. Moments are RFC 3339 in UTC, spans are seconds, states are words. Lists that grow are paged: send 'next' of a page as "
        + "'cursor'. A GET that is polled has an ETag; If-None-Match answers 304. Every POST takes an Idempotency-Key. Problems are application/problem+json; 'code' is for programs.";

    public static void AddServices(IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith(ApiRoutes.Prefix[1..], StringComparison.Ordinal) == true;
        options.CreateSchemaReferenceId = type => typeof(JsonNode).IsAssignableFrom(type.Type) ? null : OpenApiOptions.CreateDefaultSchemaReferenceId(type)?.Replace("Json", "", StringComparison.Ordinal).Replace("ApiProblem", "Problem", StringComparison.Ordinal);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "Pipelines", Version = "v1", Description = About };
            document.Servers = [new OpenApiServer { Url = "/" }];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A token of a user." },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(OneOfAttribute), inherit: false) is [OneOfAttribute words])
                schema.Enum = Enum(words, schema.Type?.HasFlag(JsonSchemaType.Null) == true);
            if (Examples.Of(context.JsonTypeInfo.Type) is { } example)
                schema.Examples = [example];
            return Task.CompletedTask;
        });
    });

    private static List<JsonNode> Enum(OneOfAttribute words, bool orNull)
    {
        List<JsonNode> all = [.. words.Words.Split(' ').Select(word => JsonValue.Create(word))];
        if (orNull)
            all.Add(JsonNullSentinel.JsonNull);
        return all;
    }

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<NeedsRole>().LastOrDefault() is { } needs)
        {
            var role = JsonNamingPolicy.CamelCase.ConvertName(needs.Role.ToString());
            operation.Description += $" Needs the role {role}.";
            (operation.Extensions ??= new Dictionary<string, IOpenApiExtension>())["x-needs-role"] = new JsonNodeExtension(JsonValue.Create(role));
        }

        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
        {
            var (description, example) = Examples.Parameter(parameter.Name!, operation.OperationId!);
            parameter.Description ??= description;
            parameter.Example ??= example;
            if (parameter.Name == "state" && parameter.Schema is OpenApiSchema schema)
                schema.Enum = Enum(new OneOfAttribute(Words.RunStates), orNull: false);
        }

        if (operation.RequestBody is OpenApiRequestBody body)
            body.Description ??= "What is asked for.";
        foreach (var (status, answer) in (operation.Responses ?? []).Where(answer => answer.Value is OpenApiResponse))
            ((OpenApiResponse)answer).Description = Examples.Status(status, context.Description.ActionDescriptor.EndpointMetadata.OfType<Polled>().Any());
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<Polled>().Any())
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = "If-None-Match", In = ParameterLocation.Header, Description = "The ETag of the answer that you have: if nothing has changed the answer is 304.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = JsonValue.Create("W/\"0123456789abcdef01234567\""),
            });
            (operation.Responses ??= [])["304"] = new OpenApiResponse { Description = "Nothing has changed since the ETag that was sent." };
        }
    }
}
