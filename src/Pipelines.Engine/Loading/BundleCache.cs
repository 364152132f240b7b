using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Loading;

/// <summary>
/// Shadow copies under <c>home/cache/bundles/hash/</c>. Assemblies are loaded from here only, so a dropped folder may be
/// overwritten at any time, and every process of the machine shares one copy.
/// </summary>
public sealed class BundleCache
{
    /// <summary>The largest bundle unless said otherwise: 64 MB of zip.</summary>
    public const long DefaultLimit = 64L * 1024 * 1024;

    /// <summary>What is kept on disk unless said otherwise: 2 GB, unpacked.</summary>
    public const long DefaultKept = 2L * 1024 * 1024 * 1024;

    private const string Unfinished = ".tmp-";
    private static readonly TimeSpan HoldWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);
    private static readonly DateTimeOffset EntryTime = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly string _root;
    private readonly long _limit;
    private readonly long _kept;

    /// <summary>Opens the cache below <paramref name="home"/>, and clears what processes that died left half-made.</summary>
    /// <param name="home">Shared by the processes of one installation.</param>
    /// <param name="limit">The most bytes of a bundle's zip.</param>
    /// <param name="kept">The most bytes that bundles which nobody has loaded may take here.</param>
    public BundleCache(string home, long limit = DefaultLimit, long kept = DefaultKept)
    {
        _root = Path.Combine(Path.GetFullPath(home), "cache", "bundles");
        (_limit, _kept) = (limit, kept);
        Directory.CreateDirectory(_root);
        var oldest = Touch(_root) - Abandoned;
        foreach (var directory in Directory.EnumerateDirectories(_root, $"*{Unfinished}*"))
        {
            if (Directory.GetLastWriteTimeUtc(directory) < oldest)
                Remove(directory);
        }
    }

    /// <summary>Beside the shadow copies: notes of what is being loaded.</summary>
    internal string Root => _root;

    /// <summary>Where the bundle is unpacked; null: it is not. Whoever loads from there holds it first.</summary>
    public string? Find(string hash)
    {
        var directory = Path.Combine(_root, Checked(hash));
        if (!Directory.Exists(directory))
            return null;
        Touch(directory);
        return directory;
    }

    /// <summary>
    /// Keeps a bundle where it is, or will be unpacked, until the result is disposed: no process of the machine removes it. It is a
    /// shared lock on a file, which the system lets go when a process dies.
    /// </summary>
    public IDisposable Hold(string hash)
    {
        // Whoever removes the bundle has the lock to itself, for the time of a rename.
        FileStream? held = null;
        SpinWait.SpinUntil(() => (held = Locked(Checked(hash), FileShare.Read)) is not null, HoldWait);
        return held ?? throw new IOException($"The bundle {hash} in {_root} is locked by another program.");
    }

    /// <summary>
    /// Reads a folder once, into the zip and its hash alike. The name of the assembly is part of the hash: two folders with
    /// equal files but different names load different assemblies.
    /// </summary>
    /// <exception cref="BundleTooLargeException">The zip would be over the limit.</exception>
    public Bundle Pack(DagFolder folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendText(hash, folder.Name);
        using var content = new MemoryStream();
        using (var zip = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in folder.Files())
            {
                // Refused before it is read: the content is at best a thousand times smaller when compressed.
                if (file.Length > Math.Min(_limit * 1000, int.MaxValue))
                    throw new BundleTooLargeException(folder, _limit);
                var bytes = File.ReadAllBytes(file.FullPath);
                AppendText(hash, file.RelativePath);
                hash.AppendData(BitConverter.GetBytes((long)bytes.Length));
                hash.AppendData(bytes);
                var entry = zip.CreateEntry(file.RelativePath, CompressionLevel.Fastest);
                entry.LastWriteTime = EntryTime;
                using (var target = entry.Open())
                    target.Write(bytes);
                if (content.Length > _limit)
                    throw new BundleTooLargeException(folder, _limit);
            }
        }

        return content.Length > _limit
            ? throw new BundleTooLargeException(folder, _limit)
            : new Bundle(Convert.ToHexStringLower(hash.GetHashAndReset()), folder.Name, folder.Name, content.ToArray());
    }

    /// <summary>
    /// Unpacks a bundle, once, and returns where. It is unpacked beside its place and then renamed, so that nobody ever sees
    /// half of it; of two processes that do so at the same time the second one finds the place taken and uses that.
    /// </summary>
    /// <exception cref="InvalidDataException">The zip is damaged, or an entry would land outside the folder.</exception>
    public string Unpack(string hash, byte[] zip)
    {
        if (Find(hash) is { } known)
            return known;
        var place = Path.Combine(_root, hash);
        var unfinished = place + Unfinished + Guid.NewGuid().ToString("N");
        try
        {
            Directory.CreateDirectory(unfinished);
            using (var archive = new ZipArchive(new MemoryStream(zip), ZipArchiveMode.Read))
            {
                foreach (var entry in archive.Entries)
                    Extract(entry, unfinished);
            }

            Directory.Move(unfinished, place);
            Evict();
        }
        catch (IOException) when (Directory.Exists(place))
        {
            // Another process was faster; what it made has the same content.
        }
        finally
        {
            Remove(unfinished);
        }

        return place;
    }

    /// <summary>Removes what was not used for longest until the rest is within the limit, but nothing that is held.</summary>
    private void Evict()
    {
        var kept = 0L;
        try
        {
            foreach (var bundle in new DirectoryInfo(_root).EnumerateDirectories().Where(directory => IsHash(directory.Name)).OrderByDescending(directory => directory.LastWriteTimeUtc))
            {
                kept += bundle.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
                if (kept > _kept && Locked(bundle.Name, FileShare.None) is { } alone)
                    Evict(bundle.FullName, alone);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process is at it, or Windows does not move what is still mapped: the next bundle that arrives tries again.
        }
    }

    private static void Evict(string directory, FileStream alone)
    {
        var gone = directory + Unfinished + Guid.NewGuid().ToString("N");
        using (alone)
            Directory.Move(directory, gone);
        Remove(gone);
    }

    /// <summary>Null: another process has a lock that does not go with this one.</summary>
    private FileStream? Locked(string hash, FileShare share)
    {
        try
        {
            // Lock files stay when their bundle goes: two processes could else hold two files of the same name.
            return new FileStream(
                Path.Combine(_root, hash + ".lock"), FileMode.OpenOrCreate, share == FileShare.None ? FileAccess.ReadWrite : FileAccess.Read, share);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    /// <summary>Makes it the newest by the file system's own clock, which made the times it is compared with; returns that time.</summary>
    private static DateTime Touch(string directory)
    {
        try
        {
            Directory.Delete(Directory.CreateDirectory(Path.Combine(directory, Unfinished + Guid.NewGuid().ToString("N"))).FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The order of removal is then a worse guess; nothing else.
        }

        return Directory.GetLastWriteTimeUtc(directory);
    }

    private static void Extract(ZipArchiveEntry entry, string directory)
    {
        var target = Path.GetFullPath(Path.Combine(directory, entry.FullName));
        if (!target.StartsWith(directory + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new InvalidDataException($"The bundle's entry '{entry.FullName}' would land outside its folder.");
        if (entry.FullName.EndsWith('/'))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        entry.ExtractToFile(target);
    }

    private static void Remove(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A leftover costs space only; the next start tries again.
        }
    }

    private static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    private static string Checked(string hash) => IsHash(hash)
        ? hash
        : throw new ArgumentException($"'{hash}' is not the hash of a bundle.", nameof(hash));

    private static void AppendText(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length)); // so that no two lists of names run together into the same bytes
        hash.AppendData(bytes);
    }
}

/// <summary>A folder is too large to be kept in the database.</summary>
public sealed class BundleTooLargeException(DagFolder folder, long limit)
    : PipelinesException($"The folder '{folder.Name}' is over {limit:N0} bytes when zipped, the most that is kept in the database.");
