using System.Diagnostics;
using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Pipelines.Engine.Tracing;

namespace Pipelines.Cli.Roles;

/// <summary>Traces over OTLP, by the variables that OpenTelemetry defines: an endpoint turns them on.</summary>
internal static class Telemetry
{
    private static readonly string[] Endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

    public static bool On => Endpoints.Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 });

    /// <summary>Sends until it is disposed, and then what is left. Null: nothing is configured.</summary>
    public static IDisposable? Start() => !On ? null : Sdk.CreateTracerProviderBuilder()
        .AddSource(Traces.Source, "Npgsql", "System.Net.Http", "Microsoft.AspNetCore")
        .SetSampler(new ParentBasedSampler(new Roots()))
        .ConfigureResource(resource => resource.Clear().AddService("pipelines", serviceVersion: Version).AddTelemetrySdk().AddEnvironmentVariableDetector())
        .AddProcessor(new NoSecrets())
        .AddOtlpExporter()
        .Build();

    private static string? Version => typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

    /// <summary>What the engine asks of PostgreSQL all the time for no run in particular is no trace.</summary>
    private sealed class Roots : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
    }
}
