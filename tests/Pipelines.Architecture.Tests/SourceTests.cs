using System.Text.RegularExpressions;

namespace Pipelines.Architecture.Tests;

/// <summary>What the source says and must not say.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] Source = [.. Repo.Below("src", ".cs")];

    /// <summary>Every loop that lives as long as its process, with the file that holds it.</summary>
    private static readonly (string File, string Method)[] Loops =
    [
        ("src/Pipelines.Engine/Scheduling/Scheduler.cs", "RunAsync"), ("src/Pipelines.Engine/Execution/Worker.cs", "CommitAsync"),
        ("src/Pipelines.Engine/Execution/Worker.Lease.cs", "HeartbeatAsync"), ("src/Pipelines.Engine/Execution/LogShipper.cs", "ShipAsync"),
        ("src/Pipelines.Engine/Loading/DagImporter.cs", "RunAsync"), ("src/Pipelines.Postgres/Listener.cs", "ListenAsync"),
        ("src/Pipelines.Engine/Loading/UnloadWatch.cs", "CollectAsync"), ("src/Pipelines.Engine/Notifications/Deliverer.cs", "RunAsync"),
        ("src/Pipelines.Engine/Tracing/RunTracer.cs", "RunAsync"), ("src/Pipelines.Engine/Execution/HeldLock.cs", "RenewAsync"),
    ];

    [Theory]
    [InlineData("P:System.DateTime.Now")]
    [InlineData("P:System.DateTime.UtcNow")]
    [InlineData("P:System.DateTimeOffset.Now")]
    [InlineData("P:System.DateTimeOffset.UtcNow")]
    [InlineData("M:System.Threading.Thread.Sleep(System.Int32)")]
    [InlineData("M:System.Threading.Thread.Sleep(System.TimeSpan)")]
    public void What_the_product_must_not_call_is_banned(string symbol) =>
        Assert.Contains(Repo.Lines("src/BannedSymbols.txt"), line => line.StartsWith(symbol + ";", StringComparison.Ordinal));

    [Fact]
    public void The_ban_reaches_every_project_of_src()
    {
        var props = Repo.Text("Directory.Build.props");
        Assert.Contains("src/BannedSymbols.txt", props, StringComparison.Ordinal);
        Repo.None(
            Repo.Below("src", ".csproj").Where(project =>
                !Repo.Text(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")).Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", StringComparison.Ordinal)
                || Repo.Text(project).Contains("BannedApiAnalyzers", StringComparison.Ordinal)),
            "Projects that the analyzer is not in:");
        Repo.None(
            Repo.Below("src").Where(file => !file.EndsWith("BannedSymbols.txt", StringComparison.Ordinal) && Repo.Text(file).Contains("RS0030", StringComparison.Ordinal)),
            "Files that switch it off:");
        // The words themselves, in case the analyzer is there and does nothing.
        Repo.None(Found(Source, BannedCall()), "Banned calls:");
    }

    [Fact]
    public void SQL_lives_in_sql_files() => Repo.None(
        from file in Source
        from Match literal in Literal().Matches(Comment().Replace(Repo.Text(file), ""))
        where Sql().IsMatch(literal.Value)
        select $"{file}: {literal.Value}",
        "SQL in C#; give it a named block in src/Pipelines.Postgres/Sql:");

    [Fact]
    public void Every_query_exists_and_is_used()
    {
        var files = Repo.Below("src/Pipelines.Postgres/Sql", ".sql").Where(file => !file.Contains("/Engine/", StringComparison.Ordinal)).ToList();
        var blocks = files.SelectMany(file => Block().Matches(Repo.Text(file)).Select(block => $"{Path.GetFileNameWithoutExtension(file)}/{block.Groups[1].Value}")).ToList();
        var prefixes = files.Select(file => Path.GetFileNameWithoutExtension(file)).ToHashSet();
        var used = Repo.Below("src/Pipelines.Postgres", ".cs").SelectMany(file => QueryName().Matches(Repo.Text(file)))
            .Where(name => prefixes.Contains(name.Groups[1].Value)).Select(name => name.Value.Trim('"')).ToHashSet();
        Assert.Equal(blocks.Count, blocks.Distinct().Count());
        Repo.None(used.Except(blocks), "Queries that no .sql file has:");
        Repo.None(blocks.Except(used), "Blocks that nobody uses:");
    }

    [Fact]
    public void Every_background_loop_says_what_is_true_if_the_process_dies_there()
    {
        Repo.None(
            from loop in Loops
            let lines = Repo.Lines(loop.File)
            let at = Array.FindIndex(lines, line => line.Contains($" async Task {loop.Method}(", StringComparison.Ordinal))
            let around = at < 0 ? "" : string.Join(' ', lines[Math.Max(0, at - 8)..Math.Min(lines.Length, at + 8)])
            where !Dies().IsMatch(around)
            select $"{loop.File}: {loop.Method}",
            "Loops without \"If the process dies ...\" at their head:");
        Repo.None(
            from file in Repo.Below("src/Pipelines.Engine", ".cs").Concat(Repo.Below("src/Pipelines.Postgres", ".cs"))
            where !file.Contains("/Embedded/", StringComparison.Ordinal) && EndlessLoop().IsMatch(Repo.Text(file)) && Loops.All(loop => loop.File != file)
            select file,
            "Files with an endless loop that the list here does not know:");
    }

    [Fact]
    public void Nothing_is_left_for_later() => Repo.None(Found(Repo.Below("src"), Later()), "Unfinished:");

    private static IEnumerable<string> Found(IEnumerable<string> files, Regex what) =>
        from file in files
        from line in Repo.Lines(file).Select((text, i) => (Text: text, Number: i + 1))
        where what.IsMatch(line.Text)
        select $"{file}:{line.Number}: {line.Text.Trim()}";

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?(Now|Today)\b|\bThread\.Sleep\(")]
    private static partial Regex BannedCall();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex("\"\"\".*?\"\"\"|\"(?:[^\"\\\\\\n]|\\\\.)*\"", RegexOptions.Singleline)]
    private static partial Regex Literal();

    [GeneratedRegex(@"\bselect\s.*\bfrom\b|^\W*select\s+[\w.]+\s*\(|\binsert\s+into\b|\bupdate\s+\w+\s+set\b|\bdelete\s+from\b|\bcreate\s+(table|database|index)\s", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Sql();

    [GeneratedRegex(@"^-- name:\s*(\w+)", RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("\"(\\w+)/\\w+\"")]
    private static partial Regex QueryName();

    [GeneratedRegex(@"the process\b.{0,40}\bdies\b")]
    private static partial Regex Dies();

    [GeneratedRegex(@"while \((true|!\w+\.IsCancellationRequested)\)(?:(?!\n    }).)*?\bawait\b", RegexOptions.Singleline)]
    private static partial Regex EndlessLoop();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Later();
}
