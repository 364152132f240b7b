using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Runs;

/// <summary>An artefact as it was stored. It is a stranger's file: it is shown in a sandbox, and only pictures and plain text are shown at all.</summary>
public sealed class ArtefactModel(Visit visit) : ConsolePage(visit)
{
    private const string Sandbox = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

    private static readonly string[] Inline = ["image/svg+xml", "image/png", "text/plain"];

    public async Task<IActionResult> OnGetAsync(long run, string task, int? map, string name, CancellationToken cancellation)
    {
        var detail = await Store.TaskAsync(run, task, cancellation);
        var instance = detail?.Instances.FirstOrDefault(row => row.Key.MapIndex == (map ?? -1));
        if (instance is null || await Store.ArtefactAsync(instance.Key, name, cancellation) is not var (type, content))
            return Missing($"The task '{task}' of run {run} has no artefact '{name}'.");
        Response.Headers.ContentSecurityPolicy = Sandbox;
        var media = type.Split(';')[0].Trim().ToLowerInvariant();
        return Inline.Contains(media)
            ? File(content, media == "text/plain" ? "text/plain; charset=utf-8" : media)
            : File(content, "application/octet-stream", name);
    }
}
