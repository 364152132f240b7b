using System.Buffers;
using System.Text.RegularExpressions;

namespace Pipelines.Web.Views;

/// <summary>What is searched for: text, or <c>/a regular expression/</c>.</summary>
internal sealed class LogPattern
{
    /// <summary>One expression over one line; a chunk and a whole search have limits of their own.</summary>
    private static readonly TimeSpan PerLine = TimeSpan.FromMilliseconds(250);

    private const int Longest = 500;
    private const int MostMarks = 100;

    private readonly SearchValues<string>? _text;
    private readonly Regex? _regex;
    private readonly int _length;

    private LogPattern(string text, bool exact)
    {
        _text = SearchValues.Create([text], exact ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
        _length = text.Length;
    }

    private LogPattern(Regex regex) => _regex = regex;

    public bool IsRegex => _regex is not null;

    /// <summary>Null: nothing is asked for, or <paramref name="wrong"/> says what is wrong with it.</summary>
    public static LogPattern? Of(string? text, bool exact, out string? wrong)
    {
        wrong = null;
        if (string.IsNullOrEmpty(text))
            return null;
        if (text.Length > Longest)
        {
            wrong = $"Search for at most {Longest} characters.";
            return null;
        }

        if (text is not ['/', _, .., '/'])
            return new LogPattern(text, exact);
        try
        {
            return new LogPattern(new Regex(text[1..^1], RegexOptions.CultureInvariant | (exact ? RegexOptions.None : RegexOptions.IgnoreCase), PerLine));
        }
        catch (ArgumentException e)
        {
            wrong = e.Message;
            return null;
        }
    }

    /// <summary>Where the next hit is in the text of many lines, of plain text alone; -1: nowhere.</summary>
    public int IndexIn(ReadOnlySpan<char> text) => text.IndexOfAny(_text!);

    public bool IsIn(ReadOnlySpan<char> line) => _regex is not null ? _regex.IsMatch(line) : line.ContainsAny(_text!);

    /// <summary>The hits in a line to be marked; none when the expression takes too long.</summary>
    public IReadOnlyList<(int Start, int Length)> Marks(string line)
    {
        var marks = new List<(int, int)>();
        if (_regex is null)
        {
            for (var at = 0; marks.Count < MostMarks && line.AsSpan(at).IndexOfAny(_text!) is >= 0 and var found; at += found + _length)
                marks.Add((at + found, _length));
            return marks;
        }

        try
        {
            foreach (var match in _regex.EnumerateMatches(line))
            {
                if (match.Length > 0)
                    marks.Add((match.Index, match.Length));
                if (marks.Count == MostMarks)
                    break;
            }
        }
        catch (RegexMatchTimeoutException)
        {
            marks.Clear();
        }

        return marks;
    }
}
