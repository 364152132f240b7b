using System.Net;

namespace Pipelines.Web.Tests.Api;

public sealed class PolledTests(TestServer server) : ApiFixture(server)
{
    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        await MakeOrdersAsync(2);
        await SampleApi.FillAsync(World, RunIds[0]);
        foreach (var address in (string[])
            ["/dags", "/dags/orders_daily", "/dags/orders_daily/grid", "/runs/1", "/backfills/1", "/runs/1/tasks/extract", "/runs/1/tasks/extract/attempts", "/runs/1/tasks/extract/logs", "/import-errors"])
        {
            var (status, _, first) = await SendAsync(HttpMethod.Get, address);
            Assert.Equal(HttpStatusCode.OK, status);
            var tag = first.Headers.ETag!.ToString();
            if (address is "/dags")
                continue;                                                        // the bar of a run that runs grows
            var (again, body, second) = await SendAsync(HttpMethod.Get, address, null, ("If-None-Match", tag));
            Assert.True(again == HttpStatusCode.NotModified, $"{address}: {again}");
            Assert.Null(body);
            Assert.Equal(tag, second.Headers.ETag!.ToString());
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, address, null, ("If-None-Match", "W/\"other\""))).Status);
        }

        var before = (await SendAsync(HttpMethod.Get, "/runs/1")).Answer.Headers.ETag!.ToString();
        await PostAsync("/runs/1/cancel");
        var (changed, run, _) = await SendAsync(HttpMethod.Get, "/runs/1", null, ("If-None-Match", before));
        Assert.Equal(HttpStatusCode.OK, changed);
        Assert.True((bool)run!["run"]!["cancelling"]!);
    }
}
