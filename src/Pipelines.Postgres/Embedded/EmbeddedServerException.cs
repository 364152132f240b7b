namespace Pipelines.Postgres.Embedded;

/// <summary>The embedded server cannot run. The message is one line: what failed, where, and how to fix it; never a password.</summary>
public sealed class EmbeddedServerException : Exception
{
    /// <summary>Makes the one line from its parts.</summary>
    /// <param name="what">What failed, without a final full stop.</param>
    /// <param name="where">The directory, file or program it failed on.</param>
    /// <param name="fix">What the reader should do.</param>
    /// <param name="inner">The cause, when there is one.</param>
    public EmbeddedServerException(string what, string where, string fix, Exception? inner = null)
        : base($"{OneLine(what)} ({where}). {OneLine(fix)}", inner)
    {
    }

    static string OneLine(string text) => string.Join(' ', text.Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries)).Trim();
}
