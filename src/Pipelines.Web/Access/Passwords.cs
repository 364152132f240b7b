using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>Passwords: PBKDF2 with HMAC-SHA-512 and a salt each, by the framework's hasher.</summary>
public static class Passwords
{
    /// <summary>NIST SP 800-63B asks for 8 at least; length is what counts.</summary>
    public const int Shortest = 12;

    private const int Longest = 200;

    /// <summary>The OWASP cheat sheet's figure for PBKDF2-HMAC-SHA512.</summary>
    private const int Iterations = 210_000;

    private static readonly PasswordHasher<string> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));

    /// <summary>What a wrong name is checked against, so that it takes as long as a wrong password.</summary>
    private static readonly string Nobodys = Hasher.HashPassword("", Secret.Make(""));

    /// <summary>What is kept of a password.</summary>
    /// <exception cref="RefusedException">It is too short or too long.</exception>
    public static string Hash(string password) => password.Length switch
    {
        < Shortest => throw new RefusedException($"a password has at least {Shortest} characters; a few words are better than many signs"),
        > Longest => throw new RefusedException($"a password has at most {Longest} characters"),
        _ => Hasher.HashPassword("", password),
    };

    /// <param name="hash">What was kept; null: there is no such account, or it has no password.</param>
    /// <param name="password">What was typed.</param>
    internal static bool Fits(string? hash, string password) =>
        Hasher.VerifyHashedPassword("", hash ?? Nobodys, password.Length > Longest ? "" : password) != PasswordVerificationResult.Failed && hash is not null;
}
