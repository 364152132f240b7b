using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Pipelines.Engine.Loading;

/// <summary>
/// A bundle loaded into this process, with the services its DAGs take. Whoever runs code of it holds a use; after
/// <see cref="Retire"/> the last use unloads it. Unloading earlier would fail the lazy loads of code that still runs.
/// </summary>
public sealed class LoadedAssembly
{
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _unloaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _name;
    private AssemblyLoadContext? _context;
    private ServiceProvider? _services;
    private int _uses;
    private long _lastUsed = Stopwatch.GetTimestamp();
    private bool _retired;

    private LoadedAssembly(DagLoadContext context, string name)
    {
        (_context, _name, Context) = (context, name, new WeakReference(context));
        DagTypes = [];
        Strays = [];
    }

    /// <summary>Full names of the classes that are DAGs: public, concrete, derived from <see cref="Dag"/>, with <see cref="DagAttribute"/>.</summary>
    public IReadOnlyList<string> DagTypes { get; private set; }

    /// <summary>Alive as long as the runtime still holds the assembly, which may be longer than it is used: a "zombie".</summary>
    public WeakReference Context { get; }

    /// <summary>Done when the unloading was set off. The memory follows when the garbage collector finds nothing that holds it.</summary>
    public Task Unloaded => _unloaded.Task;

    /// <summary>Since its last use ended, or since it was loaded; null: it is in use.</summary>
    internal TimeSpan? IdleFor
    {
        get
        {
            lock (_gate)
                return _uses > 0 ? null : Stopwatch.GetElapsedTime(_lastUsed);
        }
    }

    /// <summary>Classes that look like DAGs and are none.</summary>
    internal IReadOnlyList<StrayDag> Strays { get; private set; }

    /// <summary>Loads <c>directory/assemblyName.dll</c> and builds its services.</summary>
    /// <param name="directory">A folder that nobody writes to: one of the <see cref="BundleCache"/>.</param>
    /// <param name="assemblyName">Without ".dll".</param>
    /// <param name="hostServices">Adds what the host provides: logging and <see cref="IConnections"/>.</param>
    /// <param name="configuration">Given to the assembly's <see cref="IDagServices"/>.</param>
    public static LoadedAssembly Load(
        string directory, string assemblyName, Action<IServiceCollection> hostServices, IConfiguration configuration)
    {
        var context = new DagLoadContext(Path.Combine(directory, assemblyName + ".dll"));
        var loaded = new LoadedAssembly(context, assemblyName);
        try
        {
            context.LoadFromAssemblyPath(Path.Combine(directory, assemblyName + ".dll"));
            loaded.Open(hostServices, configuration);
            return loaded;
        }
        catch
        {
            loaded.Retire();
            throw;
        }
    }

    /// <summary>A scope for one <see cref="Create"/>; whoever asked disposes it.</summary>
    public AsyncServiceScope CreateScope() => Services.CreateAsyncScope();

    /// <summary>A fresh instance whose constructor's services come from the scope.</summary>
    public Dag Create(string typeName, IServiceScope scope)
    {
        var type = MainAssembly().GetType(typeName, throwOnError: true)!;
        return (Dag)ActivatorUtilities.CreateInstance(scope.ServiceProvider, type);
    }

    /// <summary>Keeps the assembly loaded until the result is disposed; null: it is retired, load it anew.</summary>
    public IDisposable? TryUse()
    {
        lock (_gate)
        {
            if (_retired)
                return null;
            _uses++;
            return new Use(this);
        }
    }

    /// <summary>Lets nobody in any more, and unloads after the last use.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            if (_retired)
                return;
            _retired = true;
            if (_uses > 0)
                return;
        }

        StartUnloading();
    }

    /// <summary>
    /// Loads what the assembly refers to. The runtime would do so when a body first needs it, days later perhaps; a package
    /// that is missing is to be told when the folder is dropped.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void LoadReferences()
    {
        foreach (var reference in MainAssembly().GetReferencedAssemblies())
            _context!.LoadFromAssemblyName(reference);
    }

    internal DagAttribute AttributeOf(string typeName) =>
        MainAssembly().GetType(typeName, throwOnError: true)!.GetCustomAttribute<DagAttribute>()!;

    private ServiceProvider Services => _services ?? throw new ObjectDisposedException(_name, "The DAG assembly was unloaded.");

    private Assembly MainAssembly() =>
        (_context ?? throw new ObjectDisposedException(_name, "The DAG assembly was unloaded."))
        .Assemblies.First(assembly => string.Equals(assembly.GetName().Name, _name, StringComparison.OrdinalIgnoreCase));

    // Its locals hold types of the plugin: in a frame of its own they cannot outlive it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Open(Action<IServiceCollection> hostServices, IConfiguration configuration)
    {
        var types = MainAssembly().GetTypes();
        var dags = types.Where(type => StrayDag.WhyNot(type) is null && type.IsDefined(typeof(DagAttribute), inherit: false));
        DagTypes = [.. dags.Select(type => type.FullName!).Order(StringComparer.Ordinal)];
        Strays = [.. types.Select(StrayDag.Of).OfType<StrayDag>()];

        var services = new ServiceCollection();
        services.AddLogging();
        // A factory that rotates its handlers holds them, and through them the plugin, by a timer; the connections rotate instead.
        services.ConfigureHttpClientDefaults(client => client
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler((handler, _) => handler.PooledConnectionLifetime = ConnectionLifetime));
        services.AddHttpClient();
        hostServices(services);
        var configurers = types.Where(type => type is { IsClass: true, IsAbstract: false } && typeof(IDagServices).IsAssignableFrom(type)).ToList();
        if (configurers.Count > 1)
        {
            var names = string.Join(", ", configurers.Select(type => type.FullName));
            throw new PipelinesException($"There are {configurers.Count} IDagServices classes ({names}); one is the limit.");
        }

        foreach (var configurer in configurers)
            ((IDagServices)Activator.CreateInstance(configurer)!).Configure(services, configuration);
        _services = services.BuildServiceProvider();
    }

    private void Release()
    {
        lock (_gate)
        {
            _uses--;
            _lastUsed = Stopwatch.GetTimestamp();
            if (_uses > 0 || !_retired)
                return;
        }

        StartUnloading();
    }

    // On a thread of its own: the caller may be a continuation that still has the plugin's frames below it.
    private void StartUnloading() => _ = Task.Run(UnloadAsync);

    private async Task UnloadAsync()
    {
        try
        {
            if (Interlocked.Exchange(ref _services, null) is { } services)
                await services.DisposeAsync();
        }
        catch (Exception)
        {
            // A service of the plugin that fails to dispose itself must not keep the assembly loaded.
        }

        Interlocked.Exchange(ref _context, null)?.Unload();
        ForgetJsonTypes();
        _unloaded.TrySetResult();
    }

    /// <summary>
    /// System.Text.Json caches what it knows about types per options object, ours included, and so holds the plugin. This is
    /// the door that hot reload uses; should it be gone one day, the assembly stays in memory and all else works.
    /// </summary>
    private static void ForgetJsonTypes()
    {
        try
        {
            typeof(JsonSerializer).Assembly.GetType("System.Text.Json.JsonSerializerOptionsUpdateHandler")
                ?.GetMethod("ClearCache", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
                ?.Invoke(null, [null]);
        }
        catch (Exception e) when (e is TargetInvocationException or TargetParameterCountException or ArgumentException)
        {
            // See above.
        }
    }

    private sealed class Use(LoadedAssembly owner) : IDisposable
    {
        private LoadedAssembly? _owner = owner;

        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Release();
    }
}

/// <summary>A class with <see cref="DagAttribute"/>, or derived from <see cref="Dag"/>, that cannot be a DAG.</summary>
/// <param name="Type">Its full name.</param>
/// <param name="DagId">The id it claims; null: it has no attribute.</param>
/// <param name="Why">What is wrong with it.</param>
internal sealed record StrayDag(string Type, string? DagId, string Why)
{
    public static StrayDag? Of(Type type)
    {
        var id = type.GetCustomAttribute<DagAttribute>()?.Id;
        return id is null
            ? typeof(Dag).IsAssignableFrom(type) && WhyNot(type) is null ? new StrayDag(type.FullName!, null, "has no [Dag] attribute") : null
            : WhyNot(type) is { } why ? new StrayDag(type.FullName!, id, why) : null;
    }

    public static string? WhyNot(Type type) =>
        !typeof(Dag).IsAssignableFrom(type) ? "does not derive from Pipelines.Dag"
        : type.IsAbstract ? "is abstract"
        : type.ContainsGenericParameters ? "has type parameters"
        : !type.IsVisible ? "is not public"
        : null;
}
