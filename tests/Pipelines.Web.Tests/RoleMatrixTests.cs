using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Web.Access;
using Pipelines.Web.Tests.Api;

namespace Pipelines.Web.Tests;

/// <summary>Every page and every form, tried by nobody, a viewer, an operator, an admin, and an operator of another DAG.</summary>
public sealed partial class RoleMatrixTests(TestServer server) : ApiFixture(server)
{
    private static readonly Dictionary<string, Role> NotForAll = new() { ["/users"] = Role.Admin, ["/audit"] = Role.Operator };

    private static readonly string[] Open = ["/login", "/problem", "/missing"];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await MakeOrdersAsync(3);
        await SampleApi.FillAsync(World, RunIds[0]);
        await World.RegisterAsync(World.Chain("other", "only"));
        await World.ExecuteAsync("update dag_run set state = 's', finished_at = clock_timestamp() where run_id = $1", RunIds[2]);
    }

    [Fact]
    public void Every_handler_of_every_page_has_its_line()
    {
        var handlers = typeof(WebRole).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(PageModel)) && !type.IsAbstract)
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance).Select(method => Posts().Match(method.Name)).Where(match => match.Success)
                .Select(match => $"{type.FullName} {match.Groups[1].Value}".Trim()));
        Assert.Equal(handlers.Select(Short).Order(StringComparer.Ordinal), Door.All.Select(door => door.Handler).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Each_page_is_shown_to_who_may_see_it_and_to_nobody_else()
    {
        var routes = Services.GetRequiredService<IActionDescriptorCollectionProvider>().ActionDescriptors.Items.OfType<PageActionDescriptor>()
            .Select(page => "/" + page.AttributeRouteInfo!.Template).Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(routes.Count > 40);
        var wrong = new List<string>();
        foreach (var route in routes)
        {
            var url = Filled(route);
            var least = NotForAll.GetValueOrDefault(route, Role.Viewer);
            using (var nobody = Client(null))
            using (var answer = await nobody.GetAsync(new Uri(url, UriKind.Relative)))
                Check(Open.Contains(route) ? answer.Headers.Location is null : answer.Headers.Location?.OriginalString.StartsWith("/login", StringComparison.Ordinal) == true, "nobody", answer);
            foreach (var role in Enum.GetValues<Role>())
            {
                using var browser = await BrowserAsync(role);
                using var answer = await browser.GetAsync(new Uri(url, UriKind.Relative));
                Check(role < least ? answer.StatusCode == HttpStatusCode.Forbidden : (int)answer.StatusCode is < 500 and not (401 or 403), $"{role}", answer);
            }

            using var partner = await PartnerAsync();
            using var seen = await partner.GetAsync(new Uri(url, UriKind.Relative));
            if (Names().IsMatch(route))
                Check(seen.StatusCode == HttpStatusCode.NotFound, "partner", seen);
            else if (seen.IsSuccessStatusCode)
                Check(!(await seen.Content.ReadAsStringAsync()).Contains("orders_daily", StringComparison.Ordinal), "partner is told of orders_daily", seen);

            void Check(bool right, string who, HttpResponseMessage answer)
            {
                if (!right)
                    wrong.Add($"{url} as {who}: {answer.StatusCode} {answer.Headers.Location}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Each_form_is_carried_out_for_who_may_and_refused_to_everybody_else()
    {
        var wrong = new List<string>();
        foreach (var door in Door.All)
        {
            // Something that has failed, whatever the doors before have done with it.
            await World.ExecuteAsync("with i as (update task_instance set state = 'f' where run_id = 4) update dag_run set state = 'f', finished_at = clock_timestamp() where run_id = 4");
            if (!Open.Contains(door.Url))
            {
                using var nobody = Client(null);
                using var answer = await SendAsync(nobody, "/login", door);
                Check(answer, answer.StatusCode == HttpStatusCode.Unauthorized, "nobody");
            }

            foreach (var role in Enum.GetValues<Role>().Where(role => role < door.Role))
            {
                using var browser = await BrowserAsync(role);
                using var answer = await SendAsync(browser, "/settings", door);
                Check(answer, answer.StatusCode == HttpStatusCode.Forbidden, $"{role}");
            }

            if (!door.Own)
            {
                using var partner = await PartnerAsync();
                using var answer = await SendAsync(partner, "/settings", door);
                Check(answer, answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden || Said(answer)?.StartsWith('-') == true, "partner");
            }

            // Who may, whatever else is wrong with it.
            using var allowed = await BrowserAsync(door.Role);
            using var done = await SendAsync(allowed, "/settings", door);
            Check(done, door.Handler is "Login" or "Missing" or "Problem" ? (int)done.StatusCode is 400 or 401 or 404 or 500 or 200 : done.StatusCode is HttpStatusCode.OK or HttpStatusCode.Redirect, $"{door.Role}");
            if (!door.Own)
                Check(done, Said(done) is null or ['+', ..] || Late.Contains(door.Handler), $"{door.Role}, who is told: {Said(done)}");

            void Check(HttpResponseMessage answer, bool right, string who)
            {
                if (!right)
                    wrong.Add($"{door.Handler} as {who}: {answer.StatusCode} {answer.Headers.Location} {Said(answer)}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>Refused because of what the doors before them did, after the role was looked at.</summary>
    private static readonly string[] Late = ["Grid RetryRun", "Runs Cancel", "Backfill Retry", "RunPage Upgrade"];

    private static string Short(string handler)
    {
        var name = handler[(handler.LastIndexOf('.') + 1)..].Replace("Model", "", StringComparison.Ordinal);
        return name;
    }

    private static string Filled(string route) => Part().Replace(route, part => part.Groups[1].Value switch
    {
        "dag" => "orders_daily", "task" => "extract", "name" => "chart.svg", "asset" => "orders", "map" => "0", _ => "1",
    });

    private static string? Said(HttpResponseMessage answer) => answer.Headers.TryGetValues("Set-Cookie", out var cookies)
        ? cookies.Where(cookie => cookie.StartsWith("said=", StringComparison.Ordinal)).Select(cookie => Uri.UnescapeDataString(cookie["said=".Length..].Split(';')[0])).FirstOrDefault()
        : null;

    private static async Task<HttpResponseMessage> SendAsync(HttpClient browser, string page, Door door)
    {
        using var form = await browser.GetAsync(new Uri(page, UriKind.Relative));
        return await PostAsync(browser, door.Url, form, door.Fields.Select(field => field.Split('=', 2)).ToDictionary(field => field[0], field => field[1]));
    }

    private async Task<HttpClient> BrowserAsync(Role role) => Client(await World.SignInAsync(role == Role.Admin ? "tester" : $"some-{role}", char.ToLowerInvariant($"{role}"[0])));

    private async Task<HttpClient> PartnerAsync() => Client(await World.SignInAsync("partner", 'o', dags: ["other"]));

    [GeneratedRegex("^OnPost(.*?)(Async)?$")]
    private static partial Regex Posts();

    [GeneratedRegex(@"\{\**(\w+)(:\w+)?\}")]
    private static partial Regex Part();

    [GeneratedRegex(@"\{\**(dag|run|backfill|asset)\b")]
    private static partial Regex Names();
}
