using Microsoft.AspNetCore.Html;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>States as pages show them.</summary>
internal static class Marks
{
    /// <summary>The mark alone; the word must stand beside it.</summary>
    public static IHtmlContent Mark(char state) => new HtmlString($"<i class=\"mark {Class(state)}\" aria-hidden=\"true\"></i>");

    public static IHtmlContent WithWord(char state) => new HtmlString($"<span class=\"st\">{Mark(state)}{TaskState.Word(state)}</span>");

    public static IHtmlContent Pill(char state, string? word = null) =>
        new HtmlString($"<span class=\"pill {Class(state)}\">{Mark(state)}{word ?? Capital(TaskState.Word(state))}</span>");

    /// <summary>An attempt that failed and is tried again is a failure; one that was lost or given back counts for nothing.</summary>
    public static char OfAttempt(char state) => state switch { 'y' => TaskState.Failed, 'q' => TaskState.Removed, _ => state };

    public static string AttemptWord(AttemptRow attempt) => attempt.State switch
    {
        'y' => "failed, tried again",
        'q' => attempt.Why ?? "given back",
        var state => TaskState.Word(state),
    };

    /// <summary>Only states become classes: a class is never made of stored text.</summary>
    public static char Class(char state) => TaskState.Word(state) == "unknown" ? 'n' : state;

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
