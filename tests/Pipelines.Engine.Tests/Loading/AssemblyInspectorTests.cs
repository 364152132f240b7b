using System.Text;
using Pipelines.Engine.Loading;

namespace Pipelines.Engine.Tests.Loading;

public sealed class AssemblyInspectorTests : IDisposable
{
    private readonly DropFolder _folder = new();

    [Fact]
    public void A_dag_assembly_is_fine() => Assert.Null(AssemblyInspector.Inspect(DropFolder.PathOf("Stock1", "Stock.dll")));

    [Fact]
    public void An_empty_file_says_so() => Assert.Contains("empty", Inspect([]).What, StringComparison.Ordinal);

    [Fact]
    public void Random_bytes_are_called_damaged() =>
        Assert.Contains("damaged, not copied completely, or not a .NET assembly", Inspect("this is not an assembly"u8.ToArray()).What, StringComparison.Ordinal);

    [Fact]
    public void A_native_library_is_named_by_its_system()
    {
        Assert.Contains("native Linux library", Inspect([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0]).What, StringComparison.Ordinal);
        Assert.Contains("native macOS library", Inspect([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]).What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_half_copied_file_may_be_whole_at_the_next_look()
    {
        var whole = DropFolder.Bytes("Stock1", "Stock.dll");
        var tail = Inspect(whole[..^100]);
        Assert.Contains($"cut off: it has {whole.Length - 100:N0} of {whole.Length:N0} bytes", tail.What, StringComparison.Ordinal);
        var half = Inspect(whole[..(whole.Length / 2)]);
        Assert.Contains("not copied completely", half.What, StringComparison.Ordinal);
        Assert.True(tail.MayPass && half.MayPass);
    }

    [Fact]
    public void A_newer_framework_names_both()
    {
        var problem = Inspect(Retargeted(".NETCoreApp,Version=v99.0"));
        Assert.Contains(".NET 99.0", problem.What, StringComparison.Ordinal);
        Assert.Contains("<TargetFramework>net10.0", problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void The_NET_Framework_is_refused() => Assert.Contains(".NET Framework", Inspect(Retargeted(".NETFramework,Version=v04")).What, StringComparison.Ordinal);

    [Fact]
    public void A_library_without_the_Sdk_has_no_dag() =>
        Assert.Contains("does not reference Pipelines.Sdk", Inspect(DropFolder.Bytes("NoDag", "NoDag.dll")).What, StringComparison.Ordinal);

    [Fact]
    public void A_newer_Sdk_says_to_update()
    {
        var problem = AssemblyInspector.Inspect(DropFolder.PathOf("Stock1", "Stock.dll"), new Version(10, 0), _ => new Version(0, 0, 9, 0))!;
        Assert.Contains("0.0.9", problem.What, StringComparison.Ordinal);
        Assert.Contains("Update Pipelines", problem.Fix, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private Problem Inspect(byte[] content)
    {
        var problem = AssemblyInspector.Inspect(Path.Combine(_folder.DropFile("x", "x.dll", content), "x.dll"));
        Assert.NotNull(problem);
        Assert.NotEmpty(problem.Fix);
        return problem;
    }

    private static byte[] Retargeted(string framework)
    {
        var original = ".NETCoreApp,Version=v10.0"u8;
        Assert.Equal(original.Length, framework.Length);
        var bytes = DropFolder.Bytes("Stock1", "Stock.dll");
        var at = bytes.AsSpan().IndexOf(original);
        Assert.True(at > 0);
        Encoding.ASCII.GetBytes(framework).CopyTo(bytes, at);
        return bytes;
    }
}
