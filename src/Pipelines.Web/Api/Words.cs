using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>The words for one kind of letter: states and the like are letters inside, and words everywhere outside.</summary>
internal sealed class Words
{
    public const string RunStates = "queued running succeeded failed cancelled";
    public const string BackfillStates = "running paused succeeded failed cancelled";
    public const string TaskStates =
        "scheduled queued running retry_wait waiting needs_approval succeeded failed skipped upstream_failed cancelled removed";

    public const string RunKinds = "scheduled manual backfill asset";
    public const string Levels = "trace debug information warning error critical";
    public const string NotificationStates = "waiting delivered failed";
    public const string ApprovalStates = "open approved rejected taken_back";
    public const string StepKinds = "step cursor moment";
    public const string ValueKinds = "value progress heartbeat";
    public const string Roles = "viewer operator admin";
    public const string Tellings = "failed succeeded cancelled retry deadline";

    public static readonly Words Run = new("a run's state", "qrsfc", RunStates);
    public static readonly Words Backfill = new("a backfill's state", "rpsfc", BackfillStates);
    public static readonly Words Task = new("a task's state", "nqrywasfkucx", TaskStates);
    public static readonly Words Kind = new("a kind of run", "smba", RunKinds);
    public static readonly Words Level = new("a level", "TDIWEC", Levels);
    public static readonly Words Notification = new("a notification's state", "wsf", NotificationStates);
    public static readonly Words Approval = new("an approval's state", "asfx", ApprovalStates);
    public static readonly Words Telling = new("what a notification tells", "fscyd", Tellings);

    private readonly string _what;
    private readonly Dictionary<char, string> _words;
    private readonly Dictionary<string, char> _letters;

    private Words(string what, string letters, string words)
    {
        _what = what;
        _words = letters.Zip(words.Split(' ')).ToDictionary(pair => pair.First, pair => pair.Second);
        _letters = _words.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }

    public string Of(char letter) => _words.GetValueOrDefault(letter, "unknown");

    public string? Of(char? letter) => letter is { } known ? Of(known) : null;

    /// <exception cref="ApiException">It is none of the words.</exception>
    public char Letter(string word) => _letters.TryGetValue(word, out var letter) ? letter
        : throw ApiException.Wrong($"'{word}' is not {_what}. Write one of: {string.Join(", ", _words.Values)}.");

    /// <exception cref="ApiException">There is no such role.</exception>
    public static char RoleOf(string word) => Access.Roles.Kept(word) ?? throw ApiException.Wrong($"'{word}' is not a role. Write one of: {string.Join(", ", Roles.Split(' '))}.");

    public char? LetterOrNull(string? word) => word is null ? null : Letter(word);
}

/// <summary>A text that is one of these words.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class OneOfAttribute(string words) : Attribute
{
    public string Words { get; } = words;
}
