using System.Diagnostics;
using System.Net;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Benchmarks;

/// <summary>Who reads a console as a browser does: signed in, over loopback, with compression.</summary>
internal sealed class Visitor : IDisposable
{
    private readonly HttpClient _http;

    public Visitor(Uri address, string session)
    {
        _http = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None, UseCookies = false }) { BaseAddress = address };
        _http.DefaultRequestHeaders.Add("Accept-Encoding", "br, gzip");
        _http.DefaultRequestHeaders.Add("Cookie", $"pipelines={session}");
    }

    /// <summary>The session of an admin.</summary>
    public static async Task<string> SignInAsync(IAccess access)
    {
        await access.SaveAccountAsync(new NewAccount("bench", 'a', null, null), "benchmark", CancellationToken.None);
        var who = await access.ByNameAsync("bench", CancellationToken.None);
        var secret = Secret.Make("ps_");
        await access.SignInAsync(who!.AccountNo, Secret.Hash(secret), TimeSpan.FromHours(1), new SignInFrom(null, null, "link"), CancellationToken.None);
        return secret;
    }

    /// <summary>Reads an answer whole; returns how many bytes came over the wire.</summary>
    public async Task<long> GetAsync(string url)
    {
        using var answer = await _http.GetAsync(new Uri(url, UriKind.Relative));
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"{url} answered {answer.StatusCode}; the figures would be worthless.");
        return (await answer.Content.ReadAsByteArrayAsync()).Length;
    }

    public async Task<List<(double Ms, long Bytes)>> RepeatAsync(int times, Func<string> url)
    {
        var took = new List<(double, long)>();
        for (var i = 0; i < times; i++)
        {
            var began = Stopwatch.GetTimestamp();
            var bytes = await GetAsync(url());
            took.Add((Stopwatch.GetElapsedTime(began).TotalMilliseconds, bytes));
        }

        return took;
    }

    /// <summary>The lines of an answer as they come.</summary>
    public async IAsyncEnumerable<string> LinesAsync(string url, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { { "Accept-Encoding", "identity" } } };
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        answer.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
            yield return line;
    }

    public void Dispose() => _http.Dispose();
}
