using System.Net;
using Pipelines.Testing;
using Registration;

namespace Pipelines.Dags.Tests;

/// <summary>The registration as its author tests it: weeks of waiting in no time, with a partner that loses what it is asked.</summary>
public sealed class RegistrationTests
{
    [Fact]
    public async Task Within_the_limit_nobody_is_asked_and_the_customer_has_a_week()
    {
        var run = await Test(new Application { Amount = 100, CoolDown = TimeSpan.FromDays(7) }).CalledBack("partner", new Rating(700, 5000), after: TimeSpan.FromHours(3)).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal("skipped", run["decide_terms"].State);
        Assert.Equal(TimeSpan.FromDays(7) + TimeSpan.FromHours(3), run.Took);
    }

    [Fact]
    public async Task A_partner_that_loses_the_first_two_is_asked_a_third_time()
    {
        var run = await Test(new Application { Amount = 100 }).CalledBack("partner", new Rating(700, 5000), round: 3).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(TimeSpan.FromHours(48) + TimeSpan.FromSeconds(10), run.Took);
    }

    [Fact]
    public async Task Above_the_limit_a_person_decides()
    {
        var run = await Test(new Application { Amount = 90_000 }).CalledBack("partner", new Rating(700, 5000)).Approve("decide_terms", new Terms { Granted = 6000 }, after: TimeSpan.FromDays(2)).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal("skipped", run["grant.revoke"].State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rejection_or_a_week_of_silence_undoes_what_was_done_the_last_first(bool silence)
    {
        var test = Test(new Application { Amount = 90_000 }).CalledBack("partner", new Rating(700, 5000));
        var run = await (silence ? test : test.Reject("decide_terms", "too much", by: "bob")).RunAsync();
        Assert.Equal("failed", run.State);
        Assert.Equal(("succeeded", "succeeded", "skipped"), (run["rate.withdraw_rating"].State, run["open_account.close_account"].State, run["grant.revoke"].State));
        Assert.Equal("upstream failed", run["welcome"].State);
    }

    private static DagTest Test(Application application) => DagTest.For(() => new RegistrationDag(new Partner())).WithArguments(application);

    /// <summary>Takes whatever it is asked.</summary>
    private sealed class Partner : HttpMessageHandler, IHttpClientFactory
    {
        public HttpClient CreateClient(string name) => new(this, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.Accepted));
    }
}
