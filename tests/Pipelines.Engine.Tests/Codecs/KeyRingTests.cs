using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Loading;
using static Pipelines.Engine.Tests.Codecs.TestKeys;

namespace Pipelines.Engine.Tests.Codecs;

/// <summary>The file of keys: whatever is wrong with it is told before anything is encrypted with it.</summary>
public sealed class KeyRingTests
{
    [Fact]
    public void A_key_is_named_by_its_day_and_by_itself()
    {
        var (one, other) = (PayloadKeyRing.Make(new DateOnly(2026, 11, 1)), PayloadKeyRing.Make(new DateOnly(2026, 11, 1)));
        Assert.Matches("^2026-11-01-[0-9a-f]{8}$", one.Name);
        Assert.NotEqual(one.Name, other.Name);
        Assert.StartsWith(one.Name + " ", one.Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Remarks_empty_lines_and_a_key_twice_do_no_harm()
    {
        using var keys = new TestKeys(2);
        keys.Write("# ours", "", keys.Made[0].Line, $"  {keys.Made[1].Line}  ", keys.Made[0].Line);
        var ring = PayloadKeyRing.Load(keys.Path);
        Assert.Equal([.. keys.Made.Select(key => key.Name)], ring.Names);
        Assert.Equal(keys.Made[1].Name, ring.Newest);
    }

    [Fact]
    public void A_ring_that_is_none_says_which_line_and_what_to_do()
    {
        using var keys = new TestKeys(2);
        string Refused(params string[] lines)
        {
            keys.Write(lines);
            var message = Assert.Throws<RefusedException>(() => new AesGcmCodec(keys.Path)).Message;
            Assert.DoesNotContain(keys.Made[0].Line.Split(' ')[1], message, StringComparison.Ordinal);
            return message;
        }

        Assert.Equal($"the key ring {keys.Path} has no key. Make one with `pipelines keys add {keys.Path}`", Refused("# nothing"));
        foreach (var broken in new[] { keys.Made[0].Name, "k " + Convert.ToBase64String(new byte[31]), "k notbase64", keys.Made[0].Line + " more" })
            Assert.Equal($"line 2 of the key ring {keys.Path} is no key: it must be a name and 32 bytes as base64. Put the line back as `pipelines keys` wrote it", Refused(keys.Made[1].Line, broken));
        Assert.Equal(
            $"line 1 of the key ring {keys.Path} is not the key '{keys.Made[1].Name}' but another one, or a damaged one: its hash does not fit its name. Put the line back as `pipelines keys` wrote it",
            Refused($"{keys.Made[1].Name} {keys.Made[0].Line.Split(' ')[1]}"));
        File.Delete(keys.Path);
        Assert.StartsWith($"there is no key ring at {keys.Path}. Make one with `pipelines keys new", Assert.Throws<RefusedException>(() => new AesGcmCodec(keys.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_is_added_or_put_back_is_seen_without_a_restart_and_a_ring_that_breaks_meanwhile_stays()
    {
        using var keys = new TestKeys();
        var time = new Seconds();
        var payloads = new Payloads(new AesGcmCodec(keys.Path, time));
        using var other = new TestKeys();
        var stored = other.Payloads().Encode(Bytes("7"));
        Assert.Throws<PayloadKeyException>(() => payloads.Decode(stored, "It"));
        keys.Write("broken");
        time.Now++;
        Assert.Contains(keys.Made[0].Name, Text(payloads.Encode(Bytes("1"))), StringComparison.Ordinal);
        keys.Write(keys.Made[0].Line, other.Made[0].Line);
        Assert.Contains(keys.Made[0].Name, Text(payloads.Encode(Bytes("1"))), StringComparison.Ordinal);       // not looked at for every payload
        time.Now++;
        Assert.Contains(other.Made[0].Name, Text(payloads.Encode(Bytes("1"))), StringComparison.Ordinal);
        Assert.Equal("7", Text(payloads.Decode(stored, "It")));
    }

    private sealed class Seconds : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Now;
    }

    [Fact]
    public void A_codec_of_somebody_elses_is_found_in_its_assembly_or_told_why_not()
    {
        Assert.StartsWith("there is no codec assembly at ", Assert.Throws<RefusedException>(() => CodecPlugin.Load("nowhere.dll")).Message, StringComparison.Ordinal);
        Assert.EndsWith("there must be one", Assert.Throws<RefusedException>(() => CodecPlugin.Load(DropFolder.PathOf("SalesMart", "SalesMart.dll"))).Message, StringComparison.Ordinal);
        Assert.Contains("NoDag.dll cannot be loaded: No DAG", Assert.Throws<RefusedException>(() => CodecPlugin.Load(DropFolder.PathOf("NoDag", "NoDag.dll"))).Message, StringComparison.Ordinal);
        var mine = CodecPlugin.Load(typeof(KeyRingTests).Assembly.Location);
        Assert.Equal("turning", mine.Name);
        Assert.NotEqual(typeof(TurningCodec), mine.GetType());
        Assert.Equal("7", Text(new Payloads(mine).Decode(new Payloads(new TurningCodec()).Encode(Bytes("7")), "It")));
    }
}
