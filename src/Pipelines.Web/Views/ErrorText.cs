using System.Text.Json;

namespace Pipelines.Web.Views;

/// <summary>The error of an attempt: what its event keeps as {type, message, stack}.</summary>
internal sealed record ErrorText(string? Type, string Message, string? Stack)
{
    public static ErrorText? Of(string? detail, string? why)
    {
        if (detail is null)
            return why is null ? null : new(null, why, null);
        try
        {
            using var json = JsonDocument.Parse(detail);
            var message = Text(json.RootElement, "message");
            return message is null && why is null ? null : new(Text(json.RootElement, "type"), message ?? why!, Text(json.RootElement, "stack"));
        }
        catch (JsonException)
        {
            return new(null, why ?? detail, null);
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
