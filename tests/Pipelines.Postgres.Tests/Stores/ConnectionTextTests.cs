using Npgsql;

namespace Pipelines.Postgres.Tests.Stores;

public sealed class ConnectionTextTests
{
    [Theory]
    [InlineData("postgres://ann:secret@db.example:6432/orders", "db.example", 6432, "orders", "ann", "secret")]
    [InlineData("postgresql://ann@db.example/orders", "db.example", 5432, "orders", "ann", null)]
    [InlineData("postgres://ann:p%40ss%3A%2Fw%3Drd%3B%25@db.example/or%20ders", "db.example", 5432, "or ders", "ann", "p@ss:/w=rd;%")]
    [InlineData("postgres://ann:secret@localhost/orders?host=%2Frun%2Fpg&port=6000", "/run/pg", 6000, "orders", "ann", "secret")]
    [InlineData("Host=db.example;Port=6432;Database=orders;Username=ann;Password='se;cret'", "db.example", 6432, "orders", "ann", "se;cret")]
    public void Both_forms_are_understood(string text, string host, int port, string database, string user, string? password)
    {
        var got = new NpgsqlConnectionStringBuilder(ConnectionText.Normalize(text));
        Assert.Equal((host, port, database, user, password), (got.Host, got.Port, got.Database, got.Username, got.Password));
    }

    [Fact]
    public void Options_of_the_url_are_kept()
    {
        var got = new NpgsqlConnectionStringBuilder(ConnectionText.Normalize("postgres://ann@db/orders?sslmode=require&search_path=mine&application_name=x%20y"));
        Assert.Equal((SslMode.Require, "mine", "x y"), (got.SslMode, got.SearchPath, got.ApplicationName));
    }

    [Theory]
    [InlineData("Host=db.example;Port=6432;Database=orders;Username=ann;Password=secret")]
    [InlineData("Host=/run/my pg;Port=6432;Database=orders;Username=ann;Password=secret")]
    [InlineData("Host=db;Database=\"o/r?d&e#r%s\";Username=\"a@n:n\";Password=\"p@s:s/w ?o&r#d;%+ü'\"")]
    [InlineData("Host=::1;Database=orders;Username=ann")]
    public void A_url_made_of_a_text_means_the_same(string text)
    {
        var (was, got) = (new NpgsqlConnectionStringBuilder(text), new NpgsqlConnectionStringBuilder(ConnectionText.Normalize(ConnectionText.ToUrl(text, withPassword: true))));
        Assert.Equal((was.Host, was.Port, was.Database, was.Username, was.Password), (got.Host?.Trim('[', ']'), got.Port, got.Database, got.Username, got.Password));
    }

    [Fact]
    public void A_url_for_eyes_has_no_password() =>
        Assert.Equal("postgres://ann@db:5432/orders", ConnectionText.ToUrl("Host=db;Database=orders;Username=ann;Password=secret", withPassword: false));

    [Theory]
    [InlineData("hunter2")]
    [InlineData("")]
    [InlineData("hunter2=hunter2")]
    [InlineData("postgres://ann:hunter2@db:port/orders")]
    [InlineData("postgres://ann:hunter2@db/orders?nonsense=hunter2")]
    [InlineData("postgres://ann:hunter2@db/orders?port=hunter2")]
    [InlineData("Host=db;Port=hunter2")]
    [InlineData("Password=hunter2;Database=orders")]
    [InlineData("http://ann:hunter2@db/orders")]
    [InlineData("postgres://ann:hunter2@")]
    public void What_is_neither_is_refused_without_a_word_of_it(string text)
    {
        var refused = Assert.Throws<FormatException>(() => ConnectionText.Normalize(text));
        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
        Assert.Contains("postgres://user:password@host:5432/name", refused.Message, StringComparison.Ordinal);
    }
}
