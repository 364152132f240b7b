using System.Globalization;

namespace Pipelines.Postgres.Embedded;

/// <summary>
/// Held by the one host that starts and stops the server. The operating system drops it with the host, however it ends, and
/// does not hand it down to the server (the runtime opens files close-on-exec).
/// </summary>
sealed class OwnerLock : IDisposable
{
    readonly FileStream file;

    OwnerLock(FileStream file) => this.file = file;

    /// <summary>Null when another host holds it.</summary>
    public static OwnerLock? TryTake(ClusterPlace place)
    {
        try
        {
            var taken = new OwnerLock(new FileStream(place.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            // Only to name the owner in messages: the lock itself is what counts.
            File.WriteAllText(place.PidOfOwner, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return taken;
        }
        catch (IOException e) when (IsSharingViolation(e))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedServerException(
                $"Cannot write the directory of the embedded PostgreSQL server: {e.Message}", place.Directory,
                FailureLine.Fix(e.Message, "Give this account access to it, or choose another directory."), e);
        }
    }

    public static string OwnerOf(ClusterPlace place)
    {
        try
        {
            return $"process {File.ReadAllText(place.PidOfOwner)}";
        }
        catch (IOException)
        {
            return "another process";
        }
    }

    public void Dispose() => file.Dispose();

    // EWOULDBLOCK is 11 on Linux and 35 on macOS; Windows says ERROR_SHARING_VIOLATION.
    static bool IsSharingViolation(IOException e) =>
        e.GetType() == typeof(IOException) && (e.HResult is 11 or 35 || e.HResult == unchecked((int)0x80070020));
}
