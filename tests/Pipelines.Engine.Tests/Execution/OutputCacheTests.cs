using System.Text;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Execution;

public sealed class OutputCacheTests
{
    private static readonly InstanceKey Key = new(1, 0, -1);

    [Theory]
    [InlineData("[1,2,3]", "1|2|3")]
    [InlineData(" [ 1 , [2, [3]] , {\"a\": [4, 5]} ] ", "1|[2, [3]]|{\"a\": [4, 5]}")]
    [InlineData("""["a]b","[","\"],","é\\"]""", """
        "a]b"|"["|"\"],"|"é\\"
        """)]
    [InlineData("[null,true,-1.5e3,\"\",[],{}]", "null|true|-1.5e3|\"\"|[]|{}")]
    public void An_element_of_a_list_is_its_own_json(string list, string elements)
    {
        var expected = elements.Trim().Split('|');
        var output = new CachedOutput(Encoding.UTF8.GetBytes(list));
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(i => Encoding.UTF8.GetString(output.Element(i))));
        Assert.Throws<InvalidOperationException>(() => output.Element(expected.Length).Length);
    }

    [Fact]
    public async Task What_was_kept_is_not_read_again_and_a_new_epoch_makes_it_stale()
    {
        var store = new FakeStore();
        var cache = new OutputCache(store);
        cache.Add(Key, 0, "1"u8.ToArray());
        Assert.Equal("1", await LoadAsync(cache, 0));
        Assert.Equal(0, store.OutputReads);
        store.Outputs[Key] = "2"u8.ToArray();
        Assert.Equal("2", await LoadAsync(cache, 1));
        Assert.Equal("2", await LoadAsync(cache, 1));
        Assert.Equal(1, store.OutputReads);
        Assert.Equal("1", await LoadAsync(cache, 0));
    }

    [Fact]
    public async Task An_upstream_without_an_output_gives_the_types_default_and_is_asked_for_again()
    {
        var store = new FakeStore();
        var cache = new OutputCache(store);
        Assert.Null(await LoadAsync(cache, 0));
        var inputs = new TaskInputs([new(0, InputKind.Whole)], [CachedOutput.Nothing], -1);
        Assert.Equal((0, null), (inputs.Read<int>(0), inputs.Read<string?>(0)));
        store.Outputs[Key] = "5"u8.ToArray();
        Assert.Equal("5", await LoadAsync(cache, 0));
    }

    [Fact]
    public void A_mapped_instance_reads_its_element_and_other_inputs_whole()
    {
        var inputs = new TaskInputs(
            [new(0, InputKind.Whole), new(1, InputKind.Element), new(2, InputKind.SameIndex)], [new("[1,2]"u8.ToArray()), new("[10,20]"u8.ToArray()), new("[7,8]"u8.ToArray())], 1);
        Assert.Equal([1, 2], inputs.Read<int[]>(0));
        Assert.Equal(20, inputs.Read<int>(1));
        Assert.Equal([7, 8], inputs.Read<int[]>(2));
        Assert.Equal("20"u8.ToArray(), inputs.Raw(1));
    }

    [Fact]
    public async Task It_forgets_when_it_is_full_and_reads_again()
    {
        var store = new FakeStore();
        var cache = new OutputCache(store);
        for (var i = 0; i < 70; i++)
            cache.Add(new(2, i, -1), 0, new byte[1024 * 1024]);
        store.Outputs[new(2, 0, -1)] = "1"u8.ToArray();
        var found = await cache.LoadAsync([(new(2, 0, -1), 0)], default);
        Assert.Equal("1", Encoding.UTF8.GetString(found[(new(2, 0, -1), 0)].Json));
    }

    private static async Task<string?> LoadAsync(OutputCache cache, int epoch) =>
        (await cache.LoadAsync([(Key, epoch)], default))[(Key, epoch)] is { IsNothing: false } output ? Encoding.UTF8.GetString(output.Json) : null;
}
