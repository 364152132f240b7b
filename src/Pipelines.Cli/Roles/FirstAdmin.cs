using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Cli.Roles;

/// <summary>How the first person gets in: an admin with a generated password, and a link that signs in once.</summary>
internal static class FirstAdmin
{
    private const string Name = "admin";

    private static readonly Actor By = new("cli:up", "the first account");

    /// <summary>Makes the admin where there is none, and says whether it did; its password lies in the home, readable by its owner only.</summary>
    public static async Task<bool> EnsureAsync(IAccess access, string home, CancellationToken cancellation)
    {
        if ((await access.AccountsAsync(cancellation).ConfigureAwait(false)).Any(account => account is { Role: 'a', Closed: false }))
            return false;
        var password = Secret.Make("");
        OwnFile.Write(PasswordFile(home), password + "\n");
        await access.SaveAccountAsync(new NewAccount(Name, 'a', null, null), By, cancellation).ConfigureAwait(false);
        await access.SetPasswordAsync(Name, Passwords.Hash(password), null, By, cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>Tells how to sign in: by a link that is good once, for the first admin or another.</summary>
    public static async Task TellAsync(IAccess access, Uri url, string home, TextWriter output, CancellationToken cancellation)
    {
        var admins = (await access.AccountsAsync(cancellation).ConfigureAwait(false)).Where(account => account is { Role: 'a', Closed: false }).Select(account => account.Name).ToList();
        var name = admins.Contains(Name) ? Name : admins[0];
        output.WriteLine($"Sign in  {await new Accounts(access).MakeLinkAsync(name, url, By with { Why = "the way in" }, cancellation).ConfigureAwait(false)}");
        output.WriteLine($"         as {name}, once, within {Accounts.LinkLife.TotalHours:0} hours" + (File.Exists(PasswordFile(home)) ? $"; the first password is in {PasswordFile(home)}" : ""));
    }

    private static string PasswordFile(string home) => Path.Combine(home, "admin-password");
}
