using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>
/// The keys that protect connections and secret variables: a folder, not the database, so that neither is worth anything without
/// the other. Consoles and workers that work together share it.
/// </summary>
public sealed class KeyRing(IDataProtectionProvider provider)
{
    private readonly IDataProtector _settings = provider.CreateProtector("Pipelines.Settings.1");

    /// <summary>The keys of a folder, which is made when it is not there, readable by its owner only.</summary>
    public static KeyRing Open(string folder) => new(DataProtectionProvider.Create(Make(folder), keys => keys.SetApplicationName(Guards.Application)));

    /// <summary>What is kept of a secret.</summary>
    public string Protect(string secret) => _settings.Protect(secret);

    /// <summary>The secret.</summary>
    /// <param name="kept">What was kept of it.</param>
    /// <param name="name">What it is called, for the message.</param>
    /// <exception cref="RefusedException">No key of this ring protects it.</exception>
    public string Unprotect(string kept, string name)
    {
        try
        {
            return _settings.Unprotect(kept);
        }
        catch (CryptographicException)
        {
            throw new RefusedException($"'{name}' is protected by a key that this process has not. Give it the key folder of the console (PIPELINES_KEYS), or set '{name}' again");
        }
    }

    internal static DirectoryInfo Make(string folder) => OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(folder)
        : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
