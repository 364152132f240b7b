using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Pipelines.Web.Api;

/// <summary>A part of a list.</summary>
/// <param name="Items">The elements.</param>
/// <param name="Next">The cursor of the next page; null: this is the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next)
{
    /// <summary>One more than asked for is read, so that a last page is known for one.</summary>
    internal static Page<T> Of<TRow>(IReadOnlyList<TRow> rows, int limit, Func<TRow, T> item, Func<TRow, string> cursor) =>
        new([.. rows.Take(limit).Select(item)], rows.Count > limit ? cursor(rows[limit - 1]) : null);
}

/// <summary>A whole list.</summary>
/// <param name="Items">The elements.</param>
public sealed record Listing<T>(IReadOnlyList<T> Items);

/// <summary>Where a page ends, in a text that means nothing to others.</summary>
internal static class Cursor
{
    public const int Most = 1000;
    public const int Default = 100;

    public static int Limit(int? limit) => limit switch
    {
        null => Default,
        < 1 or > Most => throw ApiException.Wrong($"'limit' cannot be {limit}: it must be 1 to {Most}"),
        { } given => given,
    };

    public static string Of(params ReadOnlySpan<long> place)
    {
        var text = new StringBuilder();
        foreach (var number in place)
            text.Append(text.Length == 0 ? "" : ".").Append(number.ToString(CultureInfo.InvariantCulture));
        return Base64Url.EncodeToString(Encoding.ASCII.GetBytes(text.ToString()));
    }

    /// <summary>The numbers of a cursor; null: none was given.</summary>
    public static long[]? Read(string? cursor, int numbers)
    {
        if (cursor is null)
            return null;
        if (cursor.Length <= 200 && Base64Url.IsValid(cursor))
        {
            var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor)).Split('.');
            var place = new long[numbers];
            if (parts.Length == numbers && parts.Index().All(part => long.TryParse(part.Item, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out place[part.Index])))
                return place;
        }

        throw ApiException.Wrong("'cursor' is not one of this list. Take it from 'next' of the page before, or leave it out for the first page");
    }

    public static DateTimeOffset Moment(long ticks) => ticks is > 0 and < 3_155_378_975_999_999_999 ? new DateTimeOffset(ticks, TimeSpan.Zero)
        : throw ApiException.Wrong("'cursor' is not one of this list");
}
