using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Authentication;
using System.Text.Json;
using Pipelines.Engine.Ports;
using Pipelines.Web.Api;

namespace Pipelines.Cli.Remote;

/// <summary>Requests to the API of one server. What goes wrong is told in one line, like at home.</summary>
internal sealed class Api : IDisposable
{
    private const int PageSize = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    private readonly Server _server;
    private readonly HttpClient _http;

    public Api(Server server)
    {
        _server = server;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.All, ConnectTimeout = TimeSpan.FromSeconds(15) })
        {
            BaseAddress = new Uri(server.Address, "api/v1/"), Timeout = Patience,
        };
        if (server.Token is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
    }

    /// <summary>A name as a part of an address.</summary>
    public static string Name(string name) => Uri.EscapeDataString(name);

    public static string Moment(DateTimeOffset at) => Name(at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));

    /// <summary>Null: it is not there.</summary>
    public async Task<T?> FindAsync<T>(string address, CancellationToken cancellation)
        where T : class
    {
        using var answer = await SendAsync(HttpMethod.Get, address, null, cancellation);
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync<T>(answer, cancellation);
    }

    public async Task<T> GetAsync<T>(string address, CancellationToken cancellation)
    {
        using var answer = await SendAsync(HttpMethod.Get, address, null, cancellation);
        return await ReadAsync<T>(answer, cancellation);
    }

    /// <summary>So many elements of a list, page by page; of one that is not there none.</summary>
    public async Task<List<T>> ListAsync<T>(string address, int limit, CancellationToken cancellation)
    {
        var items = new List<T>();
        for (string? cursor = ""; cursor is not null && items.Count < limit;)
        {
            var size = Math.Min(PageSize, limit - items.Count);
            var page = await FindAsync<Page<T>>(
                $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit={size}{(cursor.Length == 0 ? "" : $"&cursor={Name(cursor)}")}", cancellation);
            items.AddRange(page?.Items ?? []);
            cursor = page?.Next;
        }

        return items;
    }

    public async Task<byte[]?> DownloadAsync(string address, CancellationToken cancellation)
    {
        using var answer = await SendAsync(HttpMethod.Get, address, null, cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        if (!answer.IsSuccessStatusCode)
            throw await ProblemAsync(answer, cancellation);
        return await answer.Content.ReadAsByteArrayAsync(cancellation);
    }

    /// <summary>Changes something, with the reason in the history.</summary>
    /// <param name="method">Of the request.</param>
    /// <param name="address">Below the API's.</param>
    /// <param name="body">Becomes JSON.</param>
    /// <param name="by">Who, and why.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <param name="trace">The traceparent that the request is part of.</param>
    public async Task<T> ActAsync<T>(HttpMethod method, string address, object? body, Actor by, CancellationToken cancellation, string? trace = null)
    {
        using var answer = await ChangeAsync(method, address, body, by, cancellation, trace);
        return await ReadAsync<T>(answer, cancellation);
    }

    public async Task ActAsync(HttpMethod method, string address, object? body, Actor by, CancellationToken cancellation)
    {
        using var answer = await ChangeAsync(method, address, body, by, cancellation);
        if (!answer.IsSuccessStatusCode)
            throw await ProblemAsync(answer, cancellation);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> ChangeAsync(HttpMethod method, string address, object? body, Actor by, CancellationToken cancellation, string? trace = null)
    {
        using var content = body is null ? null : JsonContent.Create(body, body.GetType(), options: ApiJson.Lenient);
        return await SendAsync(method, by.Why is null ? address : $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}why={Name(by.Why)}", content, cancellation, by.Once, trace);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, HttpContent? content, CancellationToken cancellation, string? once = null, string? trace = null)
    {
        using var request = new HttpRequestMessage(method, address) { Content = content };
        if (once is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", once);
        if (trace is not null)
            request.Headers.TryAddWithoutValidation("traceparent", trace);
        try
        {
            return await _http.SendAsync(request, cancellation);
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException bad)
        {
            throw new CommandException(
                $"the certificate of {_server.Address} is not trusted: {bad.Message} Correct --server, or add the authority that issued it to those that this machine trusts");
        }
        catch (HttpRequestException e)
        {
            throw new CommandException($"{_server.Address} does not answer: {e.Message}. Correct --server, or start `pipelines web` there");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandException($"{_server.Address} has not answered within {Patience.TotalSeconds:0} s. Try again, or look at the server");
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (!answer.IsSuccessStatusCode)
            throw await ProblemAsync(answer, cancellation);
        try
        {
            return (await answer.Content.ReadFromJsonAsync<T>(ApiJson.Lenient, cancellation))!;
        }
        catch (JsonException)
        {
            throw NotOurs(answer);
        }
    }

    private async Task<Exception> ProblemAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return NotOurs(answer);
        ApiProblem problem;
        try
        {
            problem = (await answer.Content.ReadFromJsonAsync<ApiProblem>(ApiJson.Lenient, cancellation))!;
        }
        catch (JsonException)
        {
            return NotOurs(answer);
        }

        return (int)answer.StatusCode switch
        {
            401 when _server.Token is null =>
                new CommandException($"{_server.Address} wants a token. Give one as {ServerOptions.TokenVariable} or with --token-file; `pipelines tokens create` makes it on the server"),
            401 => new CommandException($"{_server.Address} does not know the token, or it has ended. Make another one with `pipelines tokens create` on the server"),
            403 => new CommandException($"{_server.Address} does not allow it: {problem.Detail}"),
            404 or 409 or 422 => new RefusedException(problem.Detail),
            503 => new CommandException($"{_server.Address} cannot serve now: {problem.Detail} Try again in a moment"),
            var status => new CommandException($"{_server.Address} answers {status}: {problem.Detail}"),
        };
    }

    private CommandException NotOurs(HttpResponseMessage answer) =>
        new($"{_server.Address} answers {(int)answer.StatusCode} with something else than this program understands. Is that the address of a Pipelines console of this version?");
}
