using System.Security.Cryptography;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Codecs;

/// <summary>
/// AES-256-GCM: 12 random bytes, what was encrypted, and the tag of 16 by which a change is found out. The newest key of the ring encrypts, each decrypts. A ring that was changed is read again
/// by itself, so that a key is added or put back without a restart.
/// </summary>
public sealed class AesGcmCodec : IPayloadCodec
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private PayloadKeyRing _ring;
    private (DateTime, long) _stamp;
    private long _looked;

    /// <param name="path">The key ring's file.</param>
    /// <param name="time">The clock by which it is looked at again, once a second; null: the system's.</param>
    /// <exception cref="RefusedException">It is none.</exception>
    public AesGcmCodec(string path, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        (_path, _stamp, _looked) = (path, Stamp(path), _time.GetTimestamp());
        _ring = PayloadKeyRing.Load(path);
    }

    public string Name => "aes-256-gcm";

    public EncodedPayload Encode(ReadOnlySpan<byte> json)
    {
        var ring = Ring();
        var data = new byte[NonceBytes + json.Length + TagBytes];
        RandomNumberGenerator.Fill(data.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(ring.Find(ring.Newest)!, TagBytes);
        aes.Encrypt(data.AsSpan(0, NonceBytes), json, data.AsSpan(NonceBytes, json.Length), data.AsSpan(NonceBytes + json.Length));
        return new EncodedPayload(ring.Newest, data);
    }

    public byte[] Decode(string key, ReadOnlySpan<byte> data)
    {
        var bytes = Ring().Find(key) ?? throw new PayloadKeyException(
            $"encrypted with key '{key}', which the key ring of this process has not got. Put its line back into the file that PIPELINES_PAYLOAD_KEYS names; it is read again by itself");
        if (data.Length < NonceBytes + TagBytes)
            throw new CryptographicException("It is too short.");
        var json = new byte[data.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(bytes, TagBytes);
        aes.Decrypt(data[..NonceBytes], data[NonceBytes..^TagBytes], data[^TagBytes..], json);
        return json;
    }

    /// <summary>What was read last stays good while the file is away, or is being written.</summary>
    private PayloadKeyRing Ring()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_looked) < Look)
                return _ring;
            _looked = _time.GetTimestamp();
            var stamp = Stamp(_path);
            if (stamp == _stamp)
                return _ring;
            try
            {
                _ring = PayloadKeyRing.Load(_path);
                _stamp = stamp;
            }
            catch (RefusedException)
            {
            }

            return _ring;
        }
    }

    private static (DateTime, long) Stamp(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }
}
