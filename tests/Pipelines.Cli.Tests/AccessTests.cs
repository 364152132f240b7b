namespace Pipelines.Cli.Tests;

/// <summary>Users, tokens, connections and variables.</summary>
public class AccessTests(TestServer server) : StoreTests(server)
{
    [Fact]
    public async Task A_user_is_made_let_in_and_closed()
    {
        (await CliAsync("users", "add", "ann", "--role", "operator", "--tag", "sales")).IsDone("ann is an operator");
        (await CliAsync("users", "list")).IsDone("ann", "operator", "tag sales");
        (await CliAsync("users", "link", "ann")).IsDone("/login?code=pk_");
        (await CliAsync("users", "password", "ann", "--generate")).IsDone("The password of ann is ");
        (await CliAsync("users", "close", "ann", "--why", "left")).IsDone("can no longer sign in");
        Assert.Equal($"close {Me} left", await SqlAsync("select concat_ws(' ', what, actor, why) from audit where kind = 'account' order by audit_id desc limit 1"));
        (await CliAsync("users", "close", "nobody")).IsRefused("there is no account 'nobody'");
        (await CliAsync("users", "link", "nobody")).IsRefused("there is no account 'nobody'");
    }

    [Fact]
    public async Task A_token_is_made_listed_and_revoked()
    {
        await CliAsync("users", "add", "ann", "--role", "operator");
        var made = await CliAsync("tokens", "create", "ann", "--name", "nightly checks", "--role", "viewer", "--days", "3");
        made.IsDone("pl_");
        var list = await CliAsync("tokens", "list");
        list.IsDone("nightly checks", "ann", "viewer", "good");
        Assert.DoesNotContain(made.Out.Trim(), list.Out, StringComparison.Ordinal);
        var no = $"{await SqlAsync("select token_no from api_token where name = 'nightly checks'")}";
        (await CliAsync("tokens", "revoke", no)).IsDone("is revoked");
        (await CliAsync("tokens", "revoke", no)).IsRefused($"there is no token {no} that could be revoked");
    }

    [Fact]
    public async Task A_variable_and_a_connection_are_set_listed_and_deleted()
    {
        (await CliAsync("variables", "set", "max_rows", "5000", "--about", "of one batch")).IsDone("The variable max_rows is set");
        (await CliAsync("variables", "list")).IsDone("max_rows", "5000", "of one batch");
        (await CliAsync("connections", "set", "warehouse", "--from-variable", "PATH")).IsDone("The connection warehouse is set");
        (await CliAsync("connections", "list")).IsDone("warehouse", "(secret)");
        Assert.NotEqual(Environment.GetEnvironmentVariable("PATH"), await SqlAsync("select value from setting where name = 'warehouse'"));
        (await CliAsync("variables", "delete", "max_rows")).IsDone("is gone");
        (await CliAsync("variables", "delete", "max_rows")).IsRefused("there is no variable 'max_rows'");
        Assert.Equal(Me, await SqlAsync("select actor from audit where kind = 'variable' order by audit_id desc limit 1"));
    }
}
