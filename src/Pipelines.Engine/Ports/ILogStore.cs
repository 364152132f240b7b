namespace Pipelines.Engine.Ports;

/// <summary>Some lines of an attempt's log. The body is UTF-8: each line is "unix-microseconds TAB level TAB text LF", level one of T D I W E C.</summary>
public sealed record LogChunk(InstanceKey Key, short Attempt, int FirstLine, int Lines, int Warnings, int Errors, byte[] Body);

/// <summary>Where logs go.</summary>
public interface ILogStore
{
    /// <summary>Durable when it returns; an attempt's end is committed only after its last chunk.</summary>
    Task AppendAsync(IReadOnlyList<LogChunk> chunks, CancellationToken cancellation);
}
