using System.CommandLine;
using Pipelines.Engine.Codecs;

namespace Pipelines.Cli;

/// <summary>What this process encrypts payloads with: a key ring, or a codec of somebody else's.</summary>
internal static class PayloadCodecs
{
    private const string KeysVariable = "PIPELINES_PAYLOAD_KEYS";
    private const string CodecVariable = "PIPELINES_PAYLOAD_CODEC";

    public static Option<string?> Option() => new("--payload-keys")
    {
        Description = $"The key ring that encrypts and decrypts arguments, outputs, signals and steps here. Default: {KeysVariable}, else none.", HelpName = "FILE", Recursive = true,
    };

    /// <summary>The key ring's file; null: none is given.</summary>
    public static string? RingOf(ParseResult parsed) => parsed.GetValue<string?>("--payload-keys") ?? Given(KeysVariable);

    /// <param name="parsed">The command line.</param>
    /// <param name="forPeople">Whether what cannot be decrypted is told in its place.</param>
    /// <exception cref="Pipelines.Engine.Ports.RefusedException">The key ring or the codec cannot be used.</exception>
    public static Payloads Of(ParseResult parsed, bool forPeople = false)
    {
        var (ring, assembly) = (RingOf(parsed), Given(CodecVariable));
        if (ring is not null && assembly is not null)
            throw new CommandException($"both a key ring and {CodecVariable} are given; what encrypts must be one of them. Take the other away");
        return new Payloads(ring is not null ? new AesGcmCodec(ring) : assembly is not null ? CodecPlugin.Load(assembly) : null) { ForPeople = forPeople };
    }

    private static string? Given(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given ? given : null;
}
