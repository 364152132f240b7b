using System.Text.Json;

namespace Pipelines.Testing;

/// <content>What runs of other DAGs return.</content>
public sealed partial class DagTest
{
    private readonly Dictionary<string, byte[]> _results = [];

    /// <summary>What runs of another DAG return, that this one starts for their result (<c>dag.Run&lt;T&gt;</c>, <see cref="TaskContext.RunAsync{T}"/>).</summary>
    /// <param name="dagId">The other DAG.</param>
    /// <param name="result">What its task returns.</param>
    /// <example><code>var run = await DagTest.For(new MonthEndDag()).WithResultOf("billing_close", new Invoice(7)).RunAsync();</code></example>
    public DagTest WithResultOf(string dagId, object? result)
    {
        _results[dagId] = JsonSerializer.SerializeToUtf8Bytes(result, OutputJson.Options);
        return this;
    }
}
