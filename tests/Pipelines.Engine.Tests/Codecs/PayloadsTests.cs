using System.Text.Json.Nodes;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using static Pipelines.Engine.Tests.Codecs.TestKeys;

namespace Pipelines.Engine.Tests.Codecs;

/// <summary>Payloads between those who have the key, and what everybody else sees of them.</summary>
public sealed class PayloadsTests
{
    [Theory]
    [InlineData("7")]
    [InlineData("\"a \\u20ac \\\"quoted\\\" text\"")]
    [InlineData("""{"iban":"UA21","amounts":[1.10,1e400,-0]}""")]
    [InlineData("[]")]
    [InlineData("false")]
    public void What_is_encrypted_comes_back_to_the_letter_and_cannot_be_seen(string json)
    {
        using var keys = new TestKeys();
        var payloads = keys.Payloads();
        var stored = Text(payloads.Encode(Bytes(json)));
        Assert.Equal(json, Text(payloads.Decode(Bytes(stored), "it")));
        var seen = JsonNode.Parse(stored)!.AsObject();
        Assert.Equal(("aes-256-gcm", keys.Made[0].Name), ((string?)seen["$enc"], (string?)seen["key"]));
        Assert.Equal(3, seen.Count);
        Assert.NotEqual(stored, Text(payloads.Encode(Bytes(json))));
        Assert.DoesNotContain("UA21", stored, StringComparison.Ordinal);
        Assert.Equal(json.Length + 12 + 16, Convert.FromBase64String((string)seen["data"]!).Length - (System.Text.Encoding.UTF8.GetByteCount(json) - json.Length));
    }

    [Fact]
    public void Nothing_stays_nothing_and_what_is_plain_is_read_as_it_is()
    {
        using var keys = new TestKeys();
        var payloads = keys.Payloads();
        Assert.Null(payloads.Encode((byte[]?)null));
        Assert.Equal("null", Text(payloads.Encode(Bytes("null"))));
        var plain = Bytes("""{"key": 1, "data": "$enc"}""");
        Assert.Equal("""{"key":1,"data":"$enc"}""", Text(payloads.Decode(plain, "it")));
        Assert.Same(plain, Payloads.None.Encode(plain));
        Assert.Same(plain, payloads.Encode(plain, PayloadShape.Plain));
    }

    [Fact]
    public void What_somebody_has_encrypted_already_is_not_encrypted_again()
    {
        using var keys = new TestKeys();
        var payloads = keys.Payloads();
        var once = payloads.Encode(Bytes("7"));
        Assert.Equal("7", Text(payloads.Decode(payloads.Encode(once), "it")));
        Assert.Equal("[7,8]", Text(payloads.Decode(payloads.Encode(Bytes($"[{Text(once)},8]"), ByElement), "it")));
    }

    [Fact]
    public void A_list_keeps_its_length_and_an_object_its_names_and_what_is_a_key_stays_plain()
    {
        var payloads = new Payloads(new TurningCodec());
        var list = JsonNode.Parse(payloads.Encode(Bytes("""[1,null,{"a":2}]"""), ByElement))!.AsArray();
        Assert.Equal(3, list.Count);
        Assert.True(Payloads.IsEncoded(list[0]));
        Assert.Null(list[1]);
        Assert.Equal("""[1,null,{"a":2}]""", Text(payloads.Decode(Bytes(list.ToJsonString()), "it")));

        var fields = JsonNode.Parse(payloads.Encode(Bytes("""{"customer":"ann","card":"4111","limit":null}"""), PayloadShape.OfArguments(Keyed)))!.AsObject();
        Assert.Equal(["customer", "card", "limit"], fields.Select(field => field.Key));
        Assert.Equal("ann", (string?)fields["customer"]);
        Assert.True(Payloads.IsEncoded(fields["card"]));
        Assert.Null(fields["limit"]);
        Assert.Equal("""{"customer":"ann","card":"4111","limit":null}""", Text(payloads.Decode(Bytes(fields.ToJsonString()), "it")));
    }

    [Fact]
    public void Of_several_keys_each_opens_its_own_and_the_newest_encrypts()
    {
        using var keys = new TestKeys();
        var old = keys.Payloads().Encode(Bytes("1"));
        keys.Add();
        var payloads = keys.Payloads();
        var now = payloads.Encode(Bytes("2"));
        Assert.Contains(keys.Made[1].Name, Text(now), StringComparison.Ordinal);
        Assert.Equal("[1,2,3]", Text(payloads.Decode(Bytes($"[{Text(old)},{Text(now)},3]"), "it")));
    }

    [Fact]
    public void A_key_that_is_missing_is_named_in_one_line_and_so_is_what_cannot_be_read()
    {
        using var keys = new TestKeys();
        using var others = new TestKeys();
        var stored = keys.Payloads().Encode(Bytes("7"));
        Assert.Equal(
            $"The run's arguments cannot be read: encrypted with key '{keys.Made[0].Name}', which the key ring of this process has not got. Put its line back into the file that PIPELINES_PAYLOAD_KEYS names; it is read again by itself; nothing is lost.",
            Assert.Throws<PayloadKeyException>(() => others.Payloads().Decode(stored, "The run's arguments")).Message);
        Assert.Equal(
            $"It cannot be read: encrypted with key '{keys.Made[0].Name}', and this process has no keys. Set PIPELINES_PAYLOAD_KEYS to the key ring that has it; nothing is lost.",
            Assert.Throws<PayloadKeyException>(() => Payloads.None.Decode(stored, "It")).Message);
        Assert.Equal(
            $"It cannot be read: encrypted by the codec 'aes-256-gcm' with key '{keys.Made[0].Name}', and this process has 'turning'. Give it that codec; nothing is lost.",
            Assert.Throws<PayloadKeyException>(() => new Payloads(new TurningCodec()).Decode(stored, "It")).Message);
    }

    [Fact]
    public void What_was_changed_does_not_open_and_fails_for_good()
    {
        using var keys = new TestKeys();
        var stored = JsonNode.Parse(keys.Payloads().Encode(Bytes("7")))!;
        var data = Convert.FromBase64String((string)stored["data"]!);
        foreach (var changed in new[] { data[..^1], [.. data[..^1], (byte)(data[^1] ^ 1)], [(byte)(data[0] ^ 1), .. data[1..]], [] })
        {
            stored["data"] = Convert.ToBase64String(changed);
            Assert.StartsWith(
                $"It cannot be read: what is stored does not open with key '{keys.Made[0].Name}', so it was changed, or the key was",
                Assert.Throws<FailTaskException>(() => keys.Payloads().Decode(Bytes(stored.ToJsonString()), "It")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void People_see_that_it_is_encrypted_and_programs_get_it_as_it_is()
    {
        var (payloads, other) = (new Payloads(new TurningCodec()), new Payloads(new TurningCodec("k2")));
        var stored = $$"""{"a":{{payloads.Encode("1")}},"b":[{{other.Encode("2")}}],"c":3}""";
        Assert.Equal("""{"a":"encrypted with key k1","b":["encrypted with key k2"],"c":3}""", Payloads.Shown(stored));
        Assert.Equal("""{"a":1,"b":["encrypted with key k2"],"c":3}""", new Payloads(new TurningCodec()) { ForPeople = true }.Read(stored));
        Assert.Equal(2, JsonNode.Parse(other.Read(payloads.Read(stored)))!["b"]!.AsArray()[0]!.GetValue<int>());
        Assert.Equal("\"encrypted with key k1\"", Payloads.Shown(payloads.Encode("1")));
        Assert.Null(Payloads.Shown(null));
    }

    [Fact]
    public void A_key_of_a_run_is_refused_when_it_is_encrypted()
    {
        var payloads = new Payloads(new TurningCodec());
        Payloads.RefuseKeys("billing", ["customer"], $$"""{"customer":"ann","card":{{payloads.Encode("1")}}}""");
        Assert.Equal(
            "the argument 'Customer' is encrypted, and the engine groups the work of the DAG 'billing' by it. Send it in plain text: by something else than a secret",
            Assert.Throws<RefusedException>(() => Payloads.RefuseKeys("billing", ["customer"], $$"""{"Customer":{{payloads.Encode("\"ann\"")}}}""")).Message);
        Assert.Contains(
            "encrypted as a whole", Assert.Throws<RefusedException>(() => Payloads.RefuseKeys("billing", ["customer"], payloads.Encode("""{"customer":"ann"}"""))).Message, StringComparison.Ordinal);
    }

    private static DagSpec Keyed => new() { Id = "billing", Type = "T", RunKey = "customer", Tasks = [] };

    private static PayloadShape ByElement => PayloadShape.OfOutput(
        new DagSpec { Id = "d", Type = "T", Tasks = [new TaskSpec { Id = "list" }, new TaskSpec { Id = "each", Over = "list", Inputs = ["list[]"], Upstreams = [new EdgeSpec("list")] }] }, "list");
}
