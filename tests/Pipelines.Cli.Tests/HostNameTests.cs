using Pipelines.Cli.Roles;

namespace Pipelines.Cli.Tests;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("etl-7", false, "etl-7")]
    [InlineData("3f2a9c0b1d4e", false, "container")]
    [InlineData("3f2a9c0b1d4e", true, "container")]
    [InlineData("scheduler-7d9f8b6c5-x2x4z", true, "scheduler")]
    [InlineData("team-a-scheduler-5d9cf7b8bd-2lq9k", true, "team-a-scheduler")]
    [InlineData("scheduler-7d9f8b6c5-x2x4z", false, "scheduler-7d9f8b6c5-x2x4z")]
    [InlineData("scheduler-0", true, "scheduler-0")]
    [InlineData("DESKTOP-AB12CD", false, "DESKTOP-AB12CD")]
    public void What_a_container_changes_at_each_start_is_left_out(string machine, bool inKubernetes, string stable) =>
        Assert.Equal(stable, HostName.Stable(machine, inKubernetes));

    [Fact]
    public void What_is_given_is_taken_or_refused()
    {
        Assert.Equal("prod_1.eu", HostName.Of("prod_1.eu", unlessGiven: "local"));
        Assert.Equal("local", HostName.Of(null, unlessGiven: "local"));
        Assert.Contains("cannot be a host name", Assert.Throws<CommandException>(() => HostName.Of("a:b")).Message, StringComparison.Ordinal);
    }
}
