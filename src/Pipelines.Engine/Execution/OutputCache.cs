using System.Collections.Concurrent;
using System.Text.Json;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>
/// Outputs of upstreams, kept for the bodies that take them: those of this worker's accepted reports, and those it read. A run that
/// is run again has a new epoch, which makes what was kept of it stale.
/// </summary>
public sealed class OutputCache(IWorkerStore store)
{
    private const long MaxBytes = 64 * 1024 * 1024;
    private readonly ConcurrentDictionary<(InstanceKey Key, int Epoch), CachedOutput> _outputs = new();
    private long _bytes;

    public void Add(InstanceKey key, int epoch, byte[]? json)
    {
        if (Interlocked.Add(ref _bytes, 100 + (json?.Length ?? 0)) > MaxBytes)
        {
            // Starting over is simpler than an eviction order and costs one read each of what is still needed.
            _outputs.Clear();
            Interlocked.Exchange(ref _bytes, 0);
        }

        _outputs[(key, epoch)] = new CachedOutput(json);
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
            Add(output.Key, epoch, output.Json);
            found[(output.Key, epoch)] = new CachedOutput(output.Json);
        }

        foreach (var (key, epoch) in missing)
            found.TryAdd((key, epoch), CachedOutput.Nothing);      // it did not succeed: the argument is the type's default
        return found;
    }
}

/// <summary>An output as bytes, and of a list the place of each element.</summary>
public sealed class CachedOutput(byte[]? json)
{
    public static readonly CachedOutput Nothing = new(null);
    private (int Start, int Length)[]? _elements;

    public ReadOnlySpan<byte> Json => json;

    public bool IsNothing => json is null;

    public ReadOnlySpan<byte> Element(int index)
    {
        var elements = LazyInitializer.EnsureInitialized(ref _elements, Scan);
        return index < elements.Length
            ? json.AsSpan(elements[index].Start, elements[index].Length)
            : throw new InvalidOperationException($"The list has {elements.Length} elements; element {index} was asked for.");
    }

    private (int Start, int Length)[] Scan()
    {
        var reader = new Utf8JsonReader(json);
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
