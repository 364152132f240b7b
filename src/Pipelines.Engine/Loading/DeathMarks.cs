using System.Globalization;

namespace Pipelines.Engine.Loading;

/// <summary>
/// Remembers on disk whose code is being run while a folder is loaded. Code that ends the process (Environment.Exit, FailFast, a
/// stack overflow) leaves its mark there, and the next start knows what not to run again.
/// </summary>
/// <param name="directory">Shared by the processes of an installation.</param>
internal sealed class DeathMarks(string directory)
{
    /// <summary>One death may be chance: somebody killed the process from outside in these milliseconds.</summary>
    private const int Enough = 2;

    private static volatile bool _exiting;

    static DeathMarks() => AppDomain.CurrentDomain.ProcessExit += (_, _) => _exiting = true;

    /// <summary>What keeps the content of this hash from being loaded; null: nothing is known against it.</summary>
    public Problem? ToldOf(string hash, string file)
    {
        var left = Left(hash);
        return left.Count < Enough ? null : new Problem(
            string.Create(CultureInfo.InvariantCulture, $"The process died {left.Count} times while {file} was being loaded; its code is not run again."),
            "Look for Environment.Exit, Environment.FailFast and endless recursion in Define, constructors, IDagServices and static initializers, and drop the "
            + $"corrected build. If the process was killed from outside both times, delete {Path.Combine(directory, hash)}.loading-* and start Pipelines again.");
    }

    /// <summary>Foreign code of this hash runs until the result is disposed.</summary>
    public IDisposable Mark(string hash) => new Lifted(
        this, hash, new FileStream(Path.Combine(directory, $"{hash}.loading-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));

    /// <summary>Marks of processes that are gone: a living one has its file to itself.</summary>
    private List<string> Left(string hash) => [.. Directory.EnumerateFiles(directory, hash + ".loading-*").Where(IsLeft)];

    private static bool IsLeft(string mark)
    {
        try
        {
            using var alone = new FileStream(mark, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private sealed class Lifted(DeathMarks marks, string hash, FileStream mark) : IDisposable
    {
        public void Dispose()
        {
            // Environment.Exit lets other threads go on for a while: the loader's own sees only that the code did not come back.
            if (_exiting)
                return;
            mark.Dispose();
            foreach (var left in marks.Left(hash))
                File.Delete(left);
        }
    }
}
