using System.Net;
using System.Xml;
using System.Xml.Linq;

namespace Pipelines.Web.Tests;

/// <summary>Sends the forms of pages as a browser without script does.</summary>
internal static class FormPress
{
    /// <summary>A signed-in client that keeps cookies and follows redirects.</summary>
    public static HttpClient Browser(Uri address, string session)
    {
        var cookies = new CookieContainer();
        cookies.Add(address, new Cookie("pipelines", session));
        return new HttpClient(new HttpClientHandler { CookieContainer = cookies }) { BaseAddress = address };
    }

    public static async Task<XElement> PageAsync(this HttpClient http, string url)
    {
        using var reader = XmlReader.Create(
            new StringReader((await http.GetStringAsync(new Uri(url, UriKind.Relative))).TrimStart()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }

    /// <summary>Presses a button; returns the page that is shown then, by address and text.</summary>
    /// <param name="http">From <see cref="Browser"/>.</param>
    /// <param name="url">Where the page is.</param>
    /// <param name="button">The words on the button.</param>
    /// <param name="fields">What is filled in; null takes a box's tick away.</param>
    public static async Task<(string Url, string Html)> PressAsync(this HttpClient http, string url, string button, params (string Name, string? Value)[] fields)
    {
        var page = await http.PageAsync(url);
        var pressed = page.Descendants("button").First(one => one.Value == button || (string?)one.Attribute("aria-label") == button);
        var form = pressed.Attribute("form") is { } id
            ? page.Descendants("form").Single(one => (string?)one.Attribute("id") == id.Value)
            : pressed.Ancestors("form").First();
        var values = new List<KeyValuePair<string, string>>();
        foreach (var input in form.Descendants("input").Where(input => (string?)input.Attribute("type") is not "checkbox" || input.Attribute("checked") is not null))
            Add((string?)input.Attribute("name"), (string?)input.Attribute("value"));
        foreach (var area in form.Descendants("textarea"))
            Add((string?)area.Attribute("name"), area.Value);
        Add((string?)pressed.Attribute("name"), (string?)pressed.Attribute("value"));
        foreach (var (name, value) in fields)
        {
            values.RemoveAll(one => one.Key == name);
            Add(name, value);
        }

        var action = (string?)pressed.Attribute("formaction") ?? (string?)form.Attribute("action") ?? "";
        using var content = new FormUrlEncodedContent(values);
        using var answer = await http.PostAsync(new Uri(new Uri(http.BaseAddress!, url), action), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{action}: {answer.StatusCode}\n{text[..Math.Min(text.Length, 2000)]}");
        return (answer.RequestMessage!.RequestUri!.PathAndQuery, text);

        void Add(string? name, string? value)
        {
            if (name is not null && value is not null)
                values.Add(new(name, value));
        }
    }
}
