using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Cli.Roles;

/// <summary>How the first person gets in: an admin with a generated password, and a link that signs in once.</summary>
internal static class FirstAdmin
{
    private const string Name = "admin";

    private static readonly Actor By = new("cli:up", "the first account");

    private static readonly TimeSpan LinkLife = TimeSpan.FromHours(12);

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
        output.WriteLine($"Sign in  {await LinkAsync(access, name, url, cancellation).ConfigureAwait(false)}");
        output.WriteLine($"         as {name}, once, within {LinkLife.TotalHours:0} hours" + (File.Exists(PasswordFile(home)) ? $"; the first password is in {PasswordFile(home)}" : ""));
    }

    public static async Task<Uri> LinkAsync(IAccess access, string name, Uri url, CancellationToken cancellation)
    {
        var code = Secret.Make("pk_");
        return await access.MakeLinkAsync(name, Secret.Hash(code), LinkLife, cancellation).ConfigureAwait(false)
            ? new Uri(url, $"login?code={code}")
            : throw new CommandException($"there is no account '{name}'. Make it with: pipelines users add {name} --role operator");
    }

    private static string PasswordFile(string home) => Path.Combine(home, "admin-password");
}
