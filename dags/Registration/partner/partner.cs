#:property PublishAot=false
// The partner of the sample: rates customers, and calls back when it has made up its mind. It is nobody's friend: it loses every third application, and answers some twice.
// dotnet run dags/Registration/partner/partner.cs [--port 8480] [--after 2]
using System.Net;
using System.Text;
using System.Text.Json;

var port = Option("--port", 8480);
var after = TimeSpan.FromSeconds(Option("--after", 2));
using var client = new HttpClient();
using var listener = new HttpListener();
listener.Prefixes.Add($"http://127.0.0.1:{port}/");
listener.Start();
Console.WriteLine($"The partner listens on http://127.0.0.1:{port}/");
for (var count = 1; ; count++)
{
    var context = await listener.GetContextAsync();
    var lost = count % 3 == 0;
    using var reader = new StreamReader(context.Request.InputStream);
    var body = await reader.ReadToEndAsync();
    Console.WriteLine($"{context.Request.HttpMethod} {context.Request.Url?.AbsolutePath} {(lost && body.Length > 0 ? "(and lost)" : "")}");
    context.Response.StatusCode = context.Request.HttpMethod == "POST" ? 202 : 204;
    context.Response.Close();
    if (context.Request.HttpMethod == "POST" && !lost)
        _ = AnswerAsync(body, twice: count % 2 == 0);
}

async Task AnswerAsync(string body, bool twice)
{
    using var application = JsonDocument.Parse(body);
    var name = application.RootElement.GetProperty("name").GetString() ?? "";
    var callback = application.RootElement.GetProperty("callback").GetString()!;
    var score = 500 + name.Sum(letter => letter) % 300;
    var rating = JsonSerializer.Serialize(new { score, limit = score * 8 });
    await Task.Delay(after);
    for (var left = twice ? 2 : 1; left > 0;)
    {
        try
        {
            using var answer = await client.PostAsync(callback, new StringContent(rating, Encoding.UTF8, "application/json"));
            Console.WriteLine($"rated {name} {score}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            left--;
        }
        catch (HttpRequestException e)
        {
            Console.WriteLine($"nobody there to take the rating of {name}, again in 1 s: {e.Message}");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }
}

int Option(string name, int usual) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1]) : usual;
