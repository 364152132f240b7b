using System.Runtime.Versioning;
using Npgsql;

namespace Pipelines.Postgres.Tests.Stores;

[SupportedOSPlatform("linux")]
public sealed class QueriesTests(World world) : IClassFixture<World>
{
    [Fact]
    public async Task Every_block_of_every_file_can_be_prepared()
    {
        Assert.True(Queries.All.Count > 60, $"{Queries.All.Count} blocks");
        await using var connection = await world.Db.OpenAsync(default);
        var broken = new List<string>();
        await using (var make = World.Command(connection, Queries.All["transactions/make_table"]))
            await make.ExecuteNonQueryAsync();
        foreach (var (name, sql) in Queries.All.Where(query => !IsUtility(query.Value)))
        {
            await using var prepare = World.Command(connection, $"prepare statement as {sql}");
            try
            {
                await prepare.ExecuteNonQueryAsync();
                await using var forget = World.Command(connection, "deallocate statement");
                await forget.ExecuteNonQueryAsync();
            }
            catch (PostgresException e)
            {
                broken.Add($"{name}: {e.MessageText}");
            }
        }

        Assert.Empty(broken);
    }

    [Fact]
    public void Statements_that_cannot_be_prepared_are_the_migrators_and_those_of_authors_transactions_alone() =>
        Assert.Equal(["migration/make_schema", "migration/make_table", "transactions/commit", "transactions/constraints", "transactions/make_table"], Queries.All.Where(query => IsUtility(query.Value)).Select(query => query.Key).Order());

    [Fact]
    public void No_two_blocks_have_one_name_and_none_is_empty() =>
        Assert.All(Queries.All, query => Assert.False(string.IsNullOrWhiteSpace(query.Value), query.Key));

    private static bool IsUtility(string sql)
    {
        var text = string.Join('\n', sql.Split('\n').Where(line => !line.StartsWith("--", StringComparison.Ordinal))).TrimStart();
        return new[] { "create ", "do ", "commit", "set " }.Any(word => text.StartsWith(word, StringComparison.Ordinal));
    }
}
