using NodaTime;
using Pipelines.Engine.Cron;
using Pipelines.Engine.Tests.Vectors;

namespace Pipelines.Engine.Tests.Cron;

public sealed class CronVectorTests
{
    public static TheoryData<string> Invalid => new(VectorFiles.Invalid);

    [Fact]
    public void Every_public_row_gives_its_five_ticks()
    {
        var wrong = VectorFiles.Public.Value
            .Select(row => (row, found: Walk(CronExpression.Parse(row.Expr), row.From, row.Zone)))
            .Where(pair => !pair.found.SequenceEqual(pair.row.Ticks))
            .Select(pair => $"{pair.row.Id}: '{pair.row.Expr}' {pair.row.Zone} after {pair.row.From}: {string.Join(' ', pair.found)}")
            .ToList();

        Assert.Equal(3000, VectorFiles.Public.Value.Count);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Previous_walks_every_public_row_backwards()
    {
        foreach (var row in VectorFiles.Public.Value)
        {
            var expression = CronExpression.Parse(row.Expr);
            for (var i = 1; i < row.Ticks.Count; i++)
            {
                Assert.Equal(row.Ticks[i - 1], expression.Previous(row.Ticks[i], row.Zone));
                Assert.Equal(row.Ticks[i - 1], expression.Previous(row.Ticks[i - 1] + Duration.Epsilon, row.Zone));
            }

            if (row.Ticks.Count > 0 && expression.Previous(row.Ticks[0], row.Zone) is { } earlier)
            {
                Assert.True(earlier <= row.From);
                Assert.Equal(row.Ticks[0], expression.Next(earlier, row.Zone));
            }
        }
    }

    [Fact]
    public void An_expression_ever_fires_exactly_when_its_row_has_ticks() =>
        Assert.All(VectorFiles.Public.Value, row => Assert.Equal(row.Ticks.Count > 0, CronExpression.Parse(row.Expr).EverFires));

    [Theory]
    [MemberData(nameof(Invalid))]
    public void An_invalid_expression_is_refused(string text)
    {
        Assert.False(CronExpression.TryParse(text, out _));
        var refusal = Assert.Throws<CronFormatException>(() => CronExpression.Parse(text));
        Assert.Contains($"'{text}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("rite", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_103_invalid_lines_are_there() => Assert.Equal(103, VectorFiles.Invalid.Count());

    private static List<Instant> Walk(CronExpression expression, Instant from, DateTimeZone zone)
    {
        var ticks = new List<Instant>();
        for (var tick = expression.Next(from, zone); tick is { } at && ticks.Count < 5; tick = expression.Next(at, zone))
            ticks.Add(at);
        return ticks;
    }
}
