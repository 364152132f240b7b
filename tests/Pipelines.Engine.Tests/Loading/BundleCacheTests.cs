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
    public void What_was_not_used_for_longest_goes_when_there_is_too_much_but_nothing_that_is_held()
    {
        var packing = new BundleCache(_folder.Home);
        var bundles = Enumerable.Range(1, 4).Select(i => packing.Pack(new DagFolder(_folder.DropFile("x", "x.dll", new byte[1000 * i])))).ToList();
        var cache = new BundleCache(_folder.Home, kept: 5000);
        var elsewhere = new BundleCache(_folder.Home);
        using (elsewhere.Hold(bundles[0].Hash))
        {
            for (var i = 0; i < 3; i++)
            {
                // In the past, each a minute after the one before it.
                var place = cache.Unpack(bundles[i].Hash, bundles[i].Zip);
                Directory.SetLastWriteTimeUtc(place, DateTime.UtcNow.AddHours(-1).AddMinutes(i));
            }

            using (cache.Hold(bundles[3].Hash))
                cache.Unpack(bundles[3].Hash, bundles[3].Zip);
            Assert.Equal([true, false, false, true], bundles.Select(bundle => elsewhere.Find(bundle.Hash) is not null)); // 4,000 bytes and 3,000 are too many
        }

        Directory.SetLastWriteTimeUtc(elsewhere.Find(bundles[0].Hash)!, DateTime.UtcNow.AddHours(-1));
        cache.Unpack(bundles[1].Hash, bundles[1].Zip);
        Assert.Equal([false, true, false, false], bundles.Select(bundle => elsewhere.Find(bundle.Hash) is not null));
    }

    [Fact]
    public void Content_that_was_being_loaded_when_a_process_died_twice_is_told_of_until_it_loads()
    {
        var directory = Directory.CreateDirectory(Path.Combine(_folder.Home, "marks")).FullName;
        var marks = new DeathMarks(directory);
        using (marks.Mark(Hash))
        using (new DeathMarks(directory).Mark(Hash))
            Assert.Null(marks.ToldOf(Hash, "x.dll"));                        // both are alive
        Assert.Empty(Directory.EnumerateFiles(directory));

        File.WriteAllText(Path.Combine(directory, $"{Hash}.loading-1"), "");
        Assert.Null(marks.ToldOf(Hash, "x.dll"));
        File.WriteAllText(Path.Combine(directory, $"{Hash}.loading-2"), "");
        Assert.Contains("died 2 times while x.dll was being loaded", marks.ToldOf(Hash, "x.dll")!.What, StringComparison.Ordinal);
        Assert.Null(marks.ToldOf(new string('b', 64), "x.dll"));
        marks.Mark(Hash).Dispose();
        Assert.Null(marks.ToldOf(Hash, "x.dll"));
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
