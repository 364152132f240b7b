using System.Text.Json;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>Secrets that a body was given do not reach its log.</summary>
public sealed class MaskTests
{
    [Theory]
    [InlineData("Host=db;Password=first-secret;Database=x", "first-secret")]
    [InlineData("host=db;pwd='second secret'", "second secret")]
    [InlineData("postgres://me:third%2Dsecret@db:5432/x", "third-secret")]
    [InlineData("Endpoint=sb://x/;SharedAccessKey=fourth/secret=", "fourth/secret=")]
    [InlineData("Endpoint=sb://x/;SharedAccessSignature=fifth?sig=secret", "fifth?sig=secret")]
    [InlineData("https://hooks.example.com/services/sixth-secret", "https://hooks.example.com/services/sixth-secret")]
    public void The_password_of_a_connection_is_masked(string connection, string secret)
    {
        Mask.AddOfConnection(connection);
        Assert.Equal("cannot sign in with *** to db", Mask.Of($"cannot sign in with {secret} to db"));
        Assert.DoesNotContain(secret, Mask.Of(connection), StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_goes_first_and_a_short_one_masks_nothing()
    {
        Mask.Add("token-1");
        Mask.Add("token-1-and-more");
        Mask.Add("ab");
        Assert.Equal("*** *** ab", Mask.Of("token-1-and-more token-1 ab"));
        Assert.Null(Mask.Of(null));
    }

    [Fact]
    public void An_errors_detail_holds_no_secret_however_JSON_would_write_it()
    {
        const string Secret = "pa+ss&\"w\u00f6rd";
        Mask.Add(Secret);
        var inner = new ArgumentException($"{Secret} is wrong");
        Report[] reports = [Failed(new InvalidOperationException($"cannot sign in with {Secret}", inner)), Outcome.NotLoaded(Assigned(), "w", new IOException($"cannot sign in with {Secret}", inner))];
        Assert.All(reports, report =>
        {
            using var detail = JsonDocument.Parse(report.Detail!);
            var stack = detail.RootElement.GetProperty("stack").GetString()!;
            Assert.Equal("cannot sign in with ***", detail.RootElement.GetProperty("message").GetString());
            Assert.Contains("*** is wrong", stack, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, stack, StringComparison.Ordinal);
            Assert.EndsWith("cannot sign in with ***", report.Why, StringComparison.Ordinal);
        });
    }

    /// <param name="before">So many characters come before it: then the line, the message or the stack is cut in its middle.</param>
    [Theory]
    [InlineData(490)]
    [InlineData(7_990)]
    [InlineData(15_960)]
    public void Not_even_half_a_secret_is_left_where_a_text_is_cut(int before)
    {
        Mask.Add("half-of-a-secret");
        var report = Failed(new FailTaskException(new string('x', before) + "half-of-a-secret"));
        Assert.DoesNotContain("half", report.Why + report.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_body_waits_for_is_reported_by_its_name_though_a_secret_is_the_same()
    {
        Mask.Add("secretly-paid");
        await using var host = new WorkerHost(async (context, _) => (await context.WaitForSignalAsync<int>("secretly-paid"))!.Value);
        host.Start().Store.Enqueue(Assigned());
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal(("{\"signal\":\"secretly-paid\"}", "waits for the signal ***"), (report.Detail, report.Why));
    }
}
