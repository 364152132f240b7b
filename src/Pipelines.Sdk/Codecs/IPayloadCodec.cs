namespace Pipelines;

/// <summary>
/// Encodes what DAGs hand over (arguments, outputs, signals, steps, values) where it is written, and decodes it where it is read: in workers, in the command line, and in the console if that is
/// given one. What lies between, the scheduler and the database, sees only the result. AES-256-GCM with a key ring comes with the program; a class of this interface brings another one, such as
/// a company's key service: <c>PIPELINES_PAYLOAD_CODEC</c> names its assembly, and it has a constructor without parameters. It is called by many threads at once.
/// </summary>
/// <example><code>
/// public sealed class VaultCodec : IPayloadCodec
/// {
///     public string Name => "vault";
///
///     public EncodedPayload Encode(ReadOnlySpan&lt;byte> json) => new(Vault.NewestKey, Vault.Encrypt(Vault.NewestKey, json));
///
///     public byte[] Decode(string key, ReadOnlySpan&lt;byte> data) =>
///         Vault.Knows(key) ? Vault.Decrypt(key, data) : throw new PayloadKeyException($"the vault has no key '{key}'");
/// }
/// </code></example>
public interface IPayloadCodec
{
    /// <summary>What is written beside all that it has encoded: lower case, such as <c>aes-256-gcm</c>. Another codec does not try to decode it.</summary>
    string Name { get; }

    /// <summary>Encodes a payload.</summary>
    /// <param name="json">UTF-8 JSON, at most a megabyte.</param>
    EncodedPayload Encode(ReadOnlySpan<byte> json);

    /// <summary>What <see cref="Encode"/> was given.</summary>
    /// <param name="key">The key that it was encoded with.</param>
    /// <param name="data">What came of it.</param>
    /// <exception cref="PayloadKeyException">This process has not got the key: the attempt is tried again in a while, and none of its tries is spent.</exception>
    /// <exception cref="Exception">Any other: the data is not what was encoded. The task fails.</exception>
    byte[] Decode(string key, ReadOnlySpan<byte> data);
}

/// <summary>A payload that only who has the key can read.</summary>
/// <param name="Key">The name of the key. Everybody sees it.</param>
/// <param name="Data">What is stored in place of the payload.</param>
public readonly record struct EncodedPayload(string Key, byte[] Data);

/// <summary>A payload is encoded with a key that this process has not got. It is not lost: with the key it can be read.</summary>
/// <param name="message">Which key, and how to get it.</param>
public sealed class PayloadKeyException(string message) : PipelinesException(message);
