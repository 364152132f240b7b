using System.Net;
using System.Xml.Linq;

namespace Pipelines.Web.Tests;

/// <content>Forms, sent as a browser without script sends them.</content>
public abstract partial class ConsoleFixture
{
    private static readonly string[] NoText = ["submit", "reset", "button", "file"];

    /// <summary>Sends the page's form of this handler with its fields, and follows to the page that comes after.</summary>
    /// <param name="page">The page.</param>
    /// <param name="handler">The form's.</param>
    /// <param name="fields">In place of, or beside, what the form holds.</param>
    protected async Task<(string Path, XElement Page)> PostAsync(XElement page, string handler, params (string Name, string Value)[] fields)
    {
        var form = page.Descendants("form").First(one => Of(one, "action").Contains($"handler={handler}", StringComparison.Ordinal));
        return await PostAsync(Of(form, "action"), [.. Fields(form).Where(field => fields.All(given => given.Name != field.Name)), .. fields]);
    }

    protected async Task<(string Path, XElement Page)> PostAsync(string url, IEnumerable<(string Name, string Value)> fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var answer = await Http.PostAsync(new Uri(url, UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{url}: {answer.StatusCode}\n{text[..Math.Min(text.Length, 2000)]}");
        return (answer.RequestMessage!.RequestUri!.PathAndQuery, Parse(text));
    }

    /// <summary>What a browser would send of a form's fields, no button pressed.</summary>
    protected static IEnumerable<(string Name, string Value)> Fields(XElement form)
    {
        foreach (var field in form.Descendants().Where(one => one.Attribute("name") is not null && one.Attribute("disabled") is null))
        {
            var name = Of(field, "name");
            switch (field.Name.LocalName)
            {
                case "input" when Of(field, "type") is "checkbox" or "radio":
                    if (field.Attribute("checked") is not null)
                        yield return (name, field.Attribute("value")?.Value ?? "on");
                    break;
                case "input" when !NoText.Contains(Of(field, "type")):
                    yield return (name, Of(field, "value"));
                    break;
                case "textarea":
                    yield return (name, field.Value.TrimStart('\n'));
                    break;
                case "select":
                    var options = field.Descendants("option").ToList();
                    var chosen = options.Where(option => option.Attribute("selected") is not null).ToList();
                    foreach (var option in chosen.Count == 0 && field.Attribute("multiple") is null ? options.Take(1) : chosen)
                        yield return (name, option.Attribute("value")?.Value ?? option.Value);
                    break;
            }
        }
    }
}
