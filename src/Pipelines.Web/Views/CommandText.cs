namespace Pipelines.Web.Views;

/// <summary>Words of a command line, quoted for a shell where they must be.</summary>
internal static class CommandText
{
    public static string Word(string text) => text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or ':' or '/' or '=')
        ? text
        : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
