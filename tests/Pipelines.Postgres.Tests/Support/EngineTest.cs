using System.Runtime.Versioning;

namespace Pipelines.Postgres.Tests;

/// <summary>A test of the engine's SQL: starts on an empty database, and at its end everything in it must be consistent.</summary>
[SupportedOSPlatform("linux")]
public abstract class EngineTest(World world) : IClassFixture<World>, IAsyncLifetime
{
    protected World World { get; } = world;

    public Task InitializeAsync() => World.ResetAsync();

    public virtual Task DisposeAsync() => Invariants.CheckAsync(World, "");
}
