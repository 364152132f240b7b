using System.Net;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;
using Pipelines.Web.Access;

namespace Pipelines.Web.Tests;

/// <summary>Connections and variables: secrets go in, and never come out on a page, in the audit or in the database.</summary>
public sealed class SettingsTests(TestServer server) : ConsoleFixture(server)
{
    private const string Secret = "Host=db;Password=hunter2-and-more";

    [Fact]
    public async Task A_secret_is_kept_encrypted_and_shown_nowhere()
    {
        using var set = await PostAsync(Http, "/connections?handler=save", ("name", "warehouse"), ("value", Secret), ("about", "the data"));
        using var variable = await PostAsync(Http, "/variables?handler=save", ("name", "api_key"), ("value", Secret), ("secret", "true"));
        using var plain = await PostAsync(Http, "/variables?handler=save", ("name", "max_rows"), ("value", "5000"));
        var pages = string.Concat(await Task.WhenAll(new[] { "/connections", "/connections?edit=warehouse", "/variables", "/variables?edit=api_key" }
            .Select(url => Http.GetStringAsync(new Uri(url, UriKind.Relative)))));
        Assert.Contains("secret, set", pages, StringComparison.Ordinal);
        Assert.Contains("<code>5000</code>", pages, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", pages, StringComparison.Ordinal);
        var audit = await World.Access.AuditAsync(new AuditFilter(null, "tester", "set", null, 10), default);
        Assert.Equal(["variable max_rows", "variable api_key", "connection warehouse"], audit.Select(row => $"{row.Kind} {row.Target}"));
        Assert.DoesNotContain("hunter2", string.Concat(audit), StringComparison.Ordinal);

        var kept = new PostgresSettings(World.Db).Read(SettingKind.Connection, "warehouse")!;
        Assert.True(kept.Secret);
        Assert.DoesNotContain("hunter2", kept.Value, StringComparison.Ordinal);
        var keys = (KeyRing)Services.GetService(typeof(KeyRing))!;
        Assert.Equal(Secret, keys.Unprotect(kept.Value, "warehouse"));
        var folder = Directory.CreateTempSubdirectory();
        Assert.Contains("PIPELINES_KEYS", Assert.Throws<RefusedException>(() => KeyRing.Open(folder.FullName).Unprotect(kept.Value, "warehouse")).Message, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Only_an_admin_changes_them_and_a_bad_name_is_refused()
    {
        using var op = Client(await World.SignInAsync("op", 'o'));
        Assert.DoesNotContain("<form method=\"post\" action=\"?handler=save\"", await op.GetStringAsync(new Uri("/variables", UriKind.Relative)), StringComparison.Ordinal);
        using var page = await op.GetAsync(new Uri("/settings", UriKind.Relative));
        using var refused = await PostAsync(op, "/variables?handler=save", page, new Dictionary<string, string> { ["name"] = "x", ["value"] = "1" });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var bad = await PostAsync(Http, "/variables?handler=save", ("name", "no spaces"), ("value", "1"));
        Assert.Empty(await new PostgresSettings(World.Db).SettingsAsync(SettingKind.Variable, default));
    }

    [Fact]
    public async Task Deleting_asks_first()
    {
        using var set = await PostAsync(Http, "/variables?handler=save", ("name", "old"), ("value", "1"));
        Assert.Contains("Delete 1 variable", await Http.GetStringAsync(new Uri("/variables?delete=old", UriKind.Relative)), StringComparison.Ordinal);
        using var gone = await PostAsync(Http, "/variables?handler=delete", ("name", "old"));
        Assert.Empty(await new PostgresSettings(World.Db).SettingsAsync(SettingKind.Variable, default));
    }
}
