using System.IO.Compression;
using Pipelines.Engine.Loading;

namespace Pipelines.Engine.Tests.Loading;

public sealed class BundleCacheTests : IDisposable
{
    private static readonly string Hash = new('a', 64);
    private readonly DropFolder _folder = new();

    [Fact]
    public void Unpacking_gives_the_same_files()
    {
        var cache = new BundleCache(_folder.Home);
        var path = _folder.Drop("Stock1", "Stock");
        Directory.CreateDirectory(Path.Combine(path, "data", "deep"));
        File.WriteAllText(Path.Combine(path, "data", "deep", "a.txt"), "a");
        var bundle = cache.Pack(new DagFolder(path));
        Assert.Null(cache.Find(bundle.Hash));
        var copy = cache.Unpack(bundle.Hash, bundle.Zip);
        Assert.Equal(copy, cache.Find(bundle.Hash));
        Assert.Equal("Stock", bundle.Assembly);
        foreach (var file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(copy, Path.GetRelativePath(path, file))));
    }

    [Fact]
    public void The_hash_follows_content_and_names_but_not_times_or_temporary_files()
    {
        var cache = new BundleCache(_folder.Home);
        var folder = new DagFolder(_folder.DropFile("x", "x.dll", [1, 2]));
        var first = cache.Pack(folder).Hash;
        File.SetLastWriteTimeUtc(Path.Combine(folder.Path, "x.dll"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.WriteAllText(Path.Combine(folder.Path, "x.dll.tmp"), "half");
        File.WriteAllText(Path.Combine(folder.Path, ".x.dll.Abc123"), "half");
        Assert.Equal(first, cache.Pack(folder).Hash);
        File.WriteAllText(Path.Combine(folder.Path, "y.txt"), "");
        var withFile = cache.Pack(folder).Hash;
        Assert.NotEqual(first, withFile);
        File.Move(Path.Combine(folder.Path, "y.txt"), Path.Combine(folder.Path, "z.txt"));
        Assert.NotEqual(withFile, cache.Pack(folder).Hash);
        Assert.NotEqual(first, cache.Pack(new DagFolder(_folder.DropFile("other", "x.dll", [1, 2]))).Hash);
    }

    [Fact]
    public void A_folder_over_the_limit_is_refused()
    {
        var noise = new byte[200_000];
        new Random(1).NextBytes(noise);
        var folder = new DagFolder(_folder.DropFile("x", "x.dll", noise));
        var error = Assert.Throws<BundleTooLargeException>(() => new BundleCache(_folder.Home, limit: 100_000).Pack(folder));
        Assert.Contains("100,000 bytes", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(new BundleCache(_folder.Home).Pack(folder).Zip);
    }

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("../" + "aaaa-beside/evil.txt")]
    [InlineData("/evil.txt")]
    [InlineData("a/../../evil.txt")]
    public void An_entry_that_leaves_the_folder_is_refused(string entry)
    {
        using var content = new MemoryStream();
        using (var zip = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var text = new StreamWriter(zip.CreateEntry(entry).Open());
            text.Write("evil");
        }

        var cache = new BundleCache(_folder.Home);
        Assert.Throws<InvalidDataException>(() => cache.Unpack(Hash, content.ToArray()));
        Assert.Null(cache.Find(Hash));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_folder.Home, "cache", "bundles")));
        Assert.Throws<ArgumentException>(() => cache.Find("../" + Hash[3..]));
    }

    [Fact]
    public async Task Processes_that_unpack_at_once_share_one_copy()
    {
        var bundle = new BundleCache(_folder.Home).Pack(new DagFolder(_folder.Drop("Stock1", "Stock")));
        using var start = new Barrier(4);
        var places = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var cache = new BundleCache(_folder.Home);
            start.SignalAndWait();
            return cache.Unpack(bundle.Hash, bundle.Zip);
        })));
        Assert.Single(places.Distinct());
        Assert.Single(Directory.EnumerateDirectories(Path.Combine(_folder.Home, "cache", "bundles")));
        Assert.True(File.Exists(Path.Combine(places[0], "Stock.dll")));
    }

    [Fact]
    public void What_a_dead_process_left_is_cleared_later()
    {
        var half = Directory.CreateDirectory(Path.Combine(_folder.Home, "cache", "bundles", Hash + ".tmp-1")).FullName;
        _ = new BundleCache(_folder.Home);
        Assert.True(Directory.Exists(half)); // it may be somebody's who is at it
        Directory.SetLastWriteTimeUtc(half, DateTime.UtcNow.AddHours(-2));
        _ = new BundleCache(_folder.Home);
        Assert.False(Directory.Exists(half));
    }

    public void Dispose() => _folder.Dispose();
}
