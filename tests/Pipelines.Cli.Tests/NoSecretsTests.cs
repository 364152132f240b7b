using System.Diagnostics;
using Pipelines.Cli.Roles;
using Pipelines.Engine.Tracing;

namespace Pipelines.Cli.Tests;

public sealed class NoSecretsTests
{
    [Theory]
    [InlineData(Traces.Notification, "https://hooks.example.com")]
    [InlineData("fetch", "https://hooks.example.com/services/T0/secret")]
    public void The_address_of_a_channel_is_exported_without_all_but_its_host(string above, string exported)
    {
        using var parent = new Activity(above).Start();
        using var call = new Activity("POST").Start();
        call.SetTag("url.full", "https://hooks.example.com/services/T0/secret");
        call.SetTag("url.query", "?code=secret");
        using var processor = new NoSecrets();
        processor.OnEnd(call);
        Assert.Equal((exported, null), (call.GetTagItem("url.full"), call.GetTagItem("url.query")));
    }
}
