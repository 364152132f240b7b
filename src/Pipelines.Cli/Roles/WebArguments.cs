using System.CommandLine;
using System.Net;
using Pipelines.Web;
using Pipelines.Web.Access;

namespace Pipelines.Cli.Roles;

/// <summary>How the console is served: what up, demo and web share.</summary>
internal sealed class WebArguments
{
    private const int DefaultPort = 8470;

    private readonly Option<int> _port = Port();
    private readonly Option<string> _listen = new("--listen")
    {
        Description = "The address to listen on; 0.0.0.0 for all. Let a proxy in front of it do HTTPS, and say its address with PIPELINES_PUBLIC_URL.",
        HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1",
    };

    private readonly Option<string?> _proxyHeader = new("--proxy-header")
    {
        Description = "Trusts a proxy that has signed people in: the header in which it names them, such as X-Forwarded-User.", HelpName = "NAME",
    };

    private readonly Option<string[]> _proxyAddress = new("--proxy-address") { Description = "The address of that proxy; may be repeated.", HelpName = "ADDRESS" };

    public void AddTo(Command command)
    {
        command.Add(_port);
        command.Add(_listen);
        command.Add(_proxyHeader);
        command.Add(_proxyAddress);
    }

    /// <exception cref="CommandException">An address is none, or one of the proxy's options is missing.</exception>
    public WebOptions Of(ParseResult parsed, string home, string? dags) => new(parsed.GetValue(_port), dags)
    {
        Address = Address(parsed.GetValue(_listen)!, _listen.Name), Keys = new Home(home).Keys, PublicUrl = PublicAddress.Of(), Proxy = Proxy(parsed),
    };

    private static Option<int> Port()
    {
        var port = new Option<int>("--port") { Description = "The console's port on this machine; 0 picks a free one.", HelpName = "N", DefaultValueFactory = _ => DefaultPort };
        return RoleCommands.Range(0, 65535, port);
    }

    private static IPAddress Address(string text, string option) => IPAddress.TryParse(text, out var address)
        ? address
        : throw new CommandException($"{option} is '{text}', which is no address. Write one such as 127.0.0.1, ::1 or 0.0.0.0");

    private ProxySignIn? Proxy(ParseResult parsed)
    {
        var (header, addresses) = (parsed.GetValue(_proxyHeader), parsed.GetValue(_proxyAddress) ?? []);
        if (header is null && addresses.Length == 0)
            return null;
        return header is { Length: > 0 } && addresses.Length > 0
            ? new ProxySignIn(header, [.. addresses.Select(address => Address(address, _proxyAddress.Name))])
            : throw new CommandException("--proxy-header and --proxy-address belong together: who else could name anybody");
    }
}
