using System.Collections.Concurrent;
using System.Text.Json;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>
/// Outputs of upstreams, kept for the bodies that take them: those of this worker's accepted reports, and those it read. A run that
/// is run again has a new epoch, which makes what was kept of it stale.
/// </summary>
/// <param name="store">Where they are read.</param>
/// <param name="payloads">Decodes what was read, when a body takes it: what cannot be decoded fails that attempt and no other.</param>
public sealed class OutputCache(IWorkerStore store, Payloads? payloads = null)
{
    private const long MaxBytes = 64 * 1024 * 1024;
    private readonly ConcurrentDictionary<(InstanceKey Key, int Epoch), CachedOutput> _outputs = new();
    private long _bytes;

    /// <param name="key">The instance.</param>
    /// <param name="epoch">The run's.</param>
    /// <param name="json">As a body has returned it.</param>
    public void Add(InstanceKey key, int epoch, byte[]? json) => Add(key, epoch, new CachedOutput(json), json?.Length ?? 0);

    private void Add(InstanceKey key, int epoch, CachedOutput output, int length)
    {
        if (Interlocked.Add(ref _bytes, 100 + length) > MaxBytes)
        {
            // Starting over is simpler than an eviction order and costs one read each of what is still needed.
            _outputs.Clear();
            Interlocked.Exchange(ref _bytes, 0);
        }

        _outputs[(key, epoch)] = output;
    }

    /// <summary>Reads in one statement what is not at hand.</summary>
    public async Task<IReadOnlyDictionary<(InstanceKey Key, int Epoch), CachedOutput>> LoadAsync(
        IReadOnlyCollection<(InstanceKey Key, int Epoch)> wanted, CancellationToken cancellation)
    {
        var found = new Dictionary<(InstanceKey, int), CachedOutput>(wanted.Count);
        var missing = new Dictionary<InstanceKey, int>();
        foreach (var key in wanted)
        {
            if (_outputs.TryGetValue(key, out var output))
                found[key] = output;
            else
                missing[key.Key] = key.Epoch;
        }

        if (missing.Count == 0)
            return found;
        foreach (var output in await store.LoadOutputsAsync(missing.Keys, cancellation).ConfigureAwait(false))
        {
            var epoch = missing[output.Key];
            var read = found[(output.Key, epoch)] = new CachedOutput(output.Json, payloads ?? Payloads.None);
            Add(output.Key, epoch, read, output.Json?.Length ?? 0);
        }

        foreach (var (key, epoch) in missing)
            found.TryAdd((key, epoch), CachedOutput.Nothing);      // it did not succeed: the argument is the type's default
        return found;
    }
}

/// <summary>An output as bytes, and of a list the place of each element.</summary>
/// <param name="stored">UTF-8 JSON; null: there is none.</param>
/// <param name="payloads">Decodes it; null: it is as a body has returned it.</param>
public sealed class CachedOutput(byte[]? stored, Payloads? payloads = null)
{
    public static readonly CachedOutput Nothing = new(null);
    private (int Start, int Length)[]? _elements;
    private byte[]? _json = payloads is null ? stored : null;

    /// <exception cref="PayloadKeyException">It is encoded with a key that this process has not got.</exception>
    public ReadOnlySpan<byte> Json => Bytes;

    public bool IsNothing => stored is null;

    /// <summary>Decoded when first asked for; what could not be is tried again.</summary>
    private byte[] Bytes => _json ??= payloads!.Decode(stored, "An upstream's output")!;

    public ReadOnlySpan<byte> Element(int index)
    {
        var elements = LazyInitializer.EnsureInitialized(ref _elements, Scan);
        return index < elements.Length
            ? Bytes.AsSpan(elements[index].Start, elements[index].Length)
            : throw new InvalidOperationException($"The list has {elements.Length} elements; element {index} was asked for.");
    }

    private (int Start, int Length)[] Scan()
    {
        var reader = new Utf8JsonReader(Bytes);
        var elements = new List<(int, int)>();
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            elements.Add((start, (int)reader.BytesConsumed - start));
        }

        return [.. elements];
    }
}

/// <summary>The arguments of one attempt's body.</summary>
/// <param name="inputs">Where each comes from.</param>
/// <param name="outputs">What those upstreams returned, in the same order.</param>
/// <param name="mapIndex">Of the instance.</param>
internal sealed class TaskInputs(TaskInput[] inputs, CachedOutput[] outputs, int mapIndex) : ITaskInputs
{
    public T Read<T>(int index) => outputs[index].IsNothing ? default! : JsonSerializer.Deserialize<T>(Json(index), OutputJson.Options)!;

    public byte[]? Raw(int index) => outputs[index].IsNothing ? null : Json(index).ToArray();

    private ReadOnlySpan<byte> Json(int index) => inputs[index].Kind == InputKind.Element ? outputs[index].Element(mapIndex) : outputs[index].Json;
}
