using Npgsql;

namespace Pipelines.Postgres;

/// <summary>Connection texts as people write them: a postgres:// URL or key=value pairs.</summary>
public static class ConnectionText
{
    /// <exception cref="FormatException">It is neither; the message shows the two forms and never the text, which may hold a password.</exception>
    public static string Normalize(string text)
    {
        try
        {
            if (!text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) && !text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase))
                return new NpgsqlConnectionStringBuilder(text) is { Host.Length: > 0 } pairs ? pairs.ConnectionString : throw new FormatException();
            var url = new Uri(text);
            var user = url.UserInfo.Split(':', 2);
            var builder = new NpgsqlConnectionStringBuilder { Host = url.DnsSafeHost, Database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')) };
            if (url.Port > 0)
                builder.Port = url.Port;
            if (user[0].Length > 0)
                builder.Username = Uri.UnescapeDataString(user[0]);
            if (user.Length > 1)
                builder.Password = Uri.UnescapeDataString(user[1]);
            foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)))
                builder[pair[0] switch { "sslmode" => "SSL Mode", "host" => "Host", "port" => "Port", var key => key.Replace('_', ' ') }] =
                    Uri.UnescapeDataString(pair.ElementAtOrDefault(1) ?? "");
            return builder.ConnectionString;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or UriFormatException or KeyNotFoundException)
        {
            throw new FormatException(
                "The database must be given as postgres://user:password@host:5432/name or as \"Host=...;Database=...;Username=...\".");
        }
    }

    /// <summary>The same as a URL, for psql and other programs. With the password only when asked for.</summary>
    public static string ToUrl(string connectionString, bool withPassword)
    {
        var c = new NpgsqlConnectionStringBuilder(connectionString);
        var secret = withPassword && !string.IsNullOrEmpty(c.Password) ? ":" + Uri.EscapeDataString(c.Password) : "";
        var socket = c.Host?.StartsWith('/') == true;
        var host = c.Host?.Contains(':', StringComparison.Ordinal) == true ? $"[{c.Host}]" : c.Host;
        return $"postgres://{Uri.EscapeDataString(c.Username ?? "")}{secret}@{(socket ? "localhost" : $"{host}:{c.Port}")}/{Uri.EscapeDataString(c.Database ?? "")}"
            + (socket ? $"?host={Uri.EscapeDataString(c.Host!)}&port={c.Port}" : "");
    }
}
