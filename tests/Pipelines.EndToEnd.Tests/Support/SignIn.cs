using System.Net;
using System.Text.RegularExpressions;

namespace Pipelines.EndToEnd.Tests;

/// <summary>Signs in as a person would who starts the program: by the link that it prints.</summary>
internal static partial class SignIn
{
    public static async Task<HttpClient> AsAdminAsync(Uri url, string printed)
    {
        var http = new HttpClient { BaseAddress = url };
        using var home = await http.GetAsync(new Uri(Link().Match(printed).Value));
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        Assert.Equal("/", home.RequestMessage!.RequestUri!.AbsolutePath);
        return http;
    }

    [GeneratedRegex(@"http\S+/login\?code=\S+")]
    public static partial Regex Link();
}
