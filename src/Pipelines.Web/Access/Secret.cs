using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.Web.Access;

/// <summary>Random secrets that the store knows by their hash only. 256 bits: nobody guesses one, so a plain hash is enough.</summary>
public static class Secret
{
    private const int Shown = 8;

    /// <summary>A new secret that begins with <paramref name="prefix"/>, which tells what it is for.</summary>
    public static string Make(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is kept of a secret.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Its first characters, by which people tell one from another.</summary>
    public static string Start(string secret) => secret[..Math.Min(Shown, secret.Length)];
}
