using System.Net;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace Pipelines.Web.Tests;

/// <summary>A database of its own and a started console over it, for one test class.</summary>
[Collection(OnPostgres.Name)]
public abstract partial class ConsoleFixture(TestServer server) : IAsyncLifetime
{
    private WebApplication _app = null!;

    protected World World { get; private set; } = null!;

    /// <summary>Signed in as an admin.</summary>
    protected HttpClient Http { get; private set; } = null!;

    /// <summary>The session cookie of <see cref="Http"/>.</summary>
    protected string SignedIn { get; private set; } = null!;

    protected IServiceProvider Services => _app.Services;

    public virtual async Task InitializeAsync()
    {
        World = await World.CreateAsync(server);
        _app = WebRole.Build(new WebOptions(0, "/srv/dags") { PublicUrl = new Uri("http://console.test/") }, World.Backend);
        await _app.StartAsync();
        SignedIn = await World.SignInAsync("tester", 'a');
        Http = Client(SignedIn);
    }

    public virtual async Task DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await World.DisposeAsync();
    }

    /// <summary>A browser with this session; null: nobody has signed in. It does not follow redirects.</summary>
    protected HttpClient Client(string? session)
    {
        var cookies = new CookieContainer();
        if (session is not null)
            cookies.Add(WebRole.Address(_app), new Cookie("pipelines", session));
        return new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = WebRole.Address(_app) };
    }

    /// <summary>Sends a form as its page would: with the page's token and cookies. The page is the one that is posted to.</summary>
    protected static async Task<HttpResponseMessage> PostAsync(HttpClient browser, string url, params (string Name, string Value)[] fields)
    {
        using var page = await browser.GetAsync(new Uri(url.Split('?')[0], UriKind.Relative));
        return await PostAsync(browser, url, page, fields.ToDictionary(field => field.Name, field => field.Value));
    }

    protected static async Task<HttpResponseMessage> PostAsync(HttpClient browser, string url, HttpResponseMessage page, IReadOnlyDictionary<string, string> fields)
    {
        var token = Parse(await page.Content.ReadAsStringAsync()).Descendants("input").First(input => Of(input, "name") == "__RequestVerificationToken");
        using var form = new HttpRequestMessage(HttpMethod.Post, new Uri(url, UriKind.Relative))
        {
            Content = new FormUrlEncodedContent(fields.Where(field => field.Key != "__RequestVerificationToken").Append(new("__RequestVerificationToken", Of(token, "value")))),
        };
        return await browser.SendAsync(form);
    }

    /// <summary>A page, parsed as XML: unquoted, unclosed or unescaped markup fails here.</summary>
    protected async Task<XElement> PageAsync(string url, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await Http.GetAsync(new Uri(url, UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(expected == answer.StatusCode, $"{url}: {answer.StatusCode}\n{text[..Math.Min(text.Length, 2000)]}");
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("@if", text, StringComparison.Ordinal);            // Razor takes "word@if" for an address
        return Parse(text);
    }

    protected static XElement Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html.TrimStart()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }

    protected static string Of(XElement element, string attribute) => (string?)element.Attribute(attribute) ?? "";

    /// <summary>The grid's cells as task, run, state.</summary>
    protected static Dictionary<(string Task, long Run), string> Cells(XElement page)
    {
        var table = page.Descendants("table").Single(t => Of(t, "class").StartsWith("grid", StringComparison.Ordinal));
        var runs = table.Element("thead")!.Element("tr")!.Elements("th").Skip(1).Select(th => long.Parse(Of(th, "data-run"), System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        return table.Element("tbody")!.Elements("tr")
            .SelectMany(tr => tr.Elements("td").Select((td, i) => (Key: (Of(tr, "data-task"), runs[i]), State: Of(td, "class").Split(' ')[0])))
            .ToDictionary(cell => cell.Key, cell => cell.State);
    }
}
