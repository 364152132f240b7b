using Pipelines.Engine.Execution;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>Secrets that a body was given do not reach its log.</summary>
public sealed class MaskTests
{
    [Theory]
    [InlineData("Host=db;Password=first-secret;Database=x", "first-secret")]
    [InlineData("host=db;pwd='second secret'", "second secret")]
    [InlineData("postgres://me:third%2Dsecret@db:5432/x", "third-secret")]
    [InlineData("Endpoint=sb://x/;SharedAccessKey=fourth/secret=", "fourth/secret=")]
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
}
