using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Execution;

/// <summary>
/// What a process has once, so that a body which changes it reaches into all others: the current directory, the console's writers,
/// the default culture. Remembered as it is when this is made, and put back whenever an attempt ends.
/// </summary>
public sealed class SharedByBodies
{
    private readonly string? _directory = CurrentDirectory();
    private readonly (TextWriter Output, TextWriter Error) _console = (Console.Out, Console.Error);
    private readonly (CultureInfo? Text, CultureInfo? Ui) _culture = Culture();

    /// <summary>Puts back what is not as it was, and says so in the log: only its author can mend it.</summary>
    public void PutBack(AttemptLog log)
    {
        if (CurrentDirectory() is var directory && directory != _directory && TryReturn())
            Warn($"The current directory of the process became '{directory ?? "one that is gone"}' and is '{_directory}' again", "Use full paths.");
        if (Console.Out != _console.Output || Console.Error != _console.Error)
        {
            ConsoleCapture.Set(_console.Output, _console.Error);
            Warn("The console of the process was redirected and leads to the logs again", "Write to a writer of your own.");
        }

        if (Culture() != _culture)
        {
            (CultureInfo.DefaultThreadCurrentCulture, CultureInfo.DefaultThreadCurrentUICulture) = _culture;
            Warn("The default culture of the process was changed and is what it was again", "Set CultureInfo.CurrentCulture, which is the body's own.");
        }

        void Warn(string what, string instead) =>
            log.WriteAnyway(LogLevel.Warning, $"{what}. This attempt did that, or one beside it; all attempts of a worker share it. {instead}");
    }

    /// <summary>False: there is no way back, so there is nothing to tell.</summary>
    private bool TryReturn()
    {
        try
        {
            if (_directory is null)
                return false;
            Directory.SetCurrentDirectory(_directory);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Null: it has been deleted, or closed to this account.</summary>
    private static string? CurrentDirectory()
    {
        try
        {
            return Directory.GetCurrentDirectory();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static (CultureInfo? Text, CultureInfo? Ui) Culture() => (CultureInfo.DefaultThreadCurrentCulture, CultureInfo.DefaultThreadCurrentUICulture);
}
