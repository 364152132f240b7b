using System.Security.Cryptography;

namespace Pipelines.Testing.Tests.Examples;

/// <summary>Codecs and notifiers of one's own.</summary>
public sealed class PluginExamples
{
    [Fact]
    public async Task A_codec()
    {
        var run = await DagTest.For(new PayrollDag()).WithCodec(new VaultCodec()).RunAsync();
        Assert.Equal(1200, run.Output<int>("pay"));
        Assert.Throws<PayloadKeyException>(() => new VaultCodec().Decode("k0", []));
    }

    [Fact]
    public async Task A_notifier()
    {
        var path = Path.GetTempFileName();
        try
        {
            var told = new Notification
            {
                Id = 1, Channel = "paper", What = "run_failed", DagId = "orders", RunId = 42, Subject = "orders failed", Body = "no disk",
                At = DateTimeOffset.UnixEpoch, ScheduledFor = DateTimeOffset.UnixEpoch,
            };
            await new PrinterNotifier().SendAsync(told, new ChannelSettings("paper", $"kind=printer;path={path}"), default);
            Assert.Equal("orders failed\nno disk\n", await File.ReadAllTextAsync(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    public sealed class VaultCodec : IPayloadCodec
    {
        public string Name => "vault";

        public EncodedPayload Encode(ReadOnlySpan<byte> json) => new(Vault.NewestKey, Vault.Encrypt(Vault.NewestKey, json));

        public byte[] Decode(string key, ReadOnlySpan<byte> data) =>
            Vault.Knows(key) ? Vault.Decrypt(key, data) : throw new PayloadKeyException($"the vault has no key '{key}'");
    }

    public sealed class PrinterNotifier : INotifier
    {
        public string Kind => "printer";

        public Task SendAsync(Notification notification, ChannelSettings settings, CancellationToken cancellation)
        {
            settings.Allow("path");
            return File.AppendAllTextAsync(settings.Text("path"), $"{notification.Subject}\n{notification.Body}\n", cancellation);
        }
    }

    /// <summary>Where an author keeps keys.</summary>
    private static class Vault
    {
        private const int Tag = 16;
        private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

        public static string NewestKey => "k1";

        public static bool Knows(string key) => key == NewestKey;

        public static byte[] Encrypt(string key, ReadOnlySpan<byte> plain)
        {
            var data = new byte[12 + plain.Length + Tag];
            RandomNumberGenerator.Fill(data.AsSpan(0, 12));
            using var aes = new AesGcm(Key, Tag);
            aes.Encrypt(data.AsSpan(0, 12), plain, data.AsSpan(12, plain.Length), data.AsSpan(12 + plain.Length));
            return data;
        }

        public static byte[] Decrypt(string key, ReadOnlySpan<byte> data)
        {
            var plain = new byte[data.Length - 12 - Tag];
            using var aes = new AesGcm(Key, Tag);
            aes.Decrypt(data[..12], data[12..^Tag], data[^Tag..], plain);
            return plain;
        }
    }

    [Dag("payroll")]
    private sealed class PayrollDag : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task("pay", (int salary) => salary * 12, dag.Task("salary", () => 100));
    }
}
