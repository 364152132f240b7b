using System.Net.Http.Json;
using Pipelines;

namespace Registration;

/// <summary>
/// A registration that takes as long as it takes: a partner rates the customer and calls back, a person decides above the limit, the customer may think it over. What was done is undone when it
/// comes to nothing. Kill any process of it at any moment: the run goes on where it was.
/// </summary>
[Dag("registration", Description = "Waits for a partner's callback, for a person and for time; undoes what it did when it is rejected.", Owner = "growth", Tags = ["durable"], MaxActiveRuns = 1000,
    VersionPolicy = VersionPolicy.Adopt)]
public sealed class RegistrationDag(IHttpClientFactory clients) : Dag<Application>
{
    /// <summary>Where the partner is; PARTNER_URL says otherwise.</summary>
    private static readonly Uri Partner = new(Environment.GetEnvironmentVariable("PARTNER_URL") ?? "http://127.0.0.1:8480/");

    public override void Define(DagBuilder dag)
    {
        dag.Defaults(retry: new RetryPolicy { Retries = 5, Delay = TimeSpan.FromSeconds(2) });
        var account = dag.Task(OpenAccount).Undo(CloseAccount);
        var rating = dag.Task(Rate, account).Undo(WithdrawRating);
        var route = dag.Task(Compare, rating);
        var terms = dag.Approval<Terms>("decide_terms", "Grant this credit above the partner's limit?", rating, new ApprovalPolicy { Timeout = TimeSpan.FromDays(7) }).When(route, Size.AboveLimit);
        var credit = dag.Task(Grant, account, rating).After(route, terms).TriggerRule(TriggerRule.NoneFailedMinOneSuccess).Undo(Revoke);
        var thought = dag.Task(ThinkItOver).After(credit);
#if ADVISED
        // The second version, loaded while runs of the first one wait: dotnet build dags/Registration -p:Advised=true
        var adviser = dag.Task(AssignAdviser, account).After(thought);
        dag.Task(Introduce, account, adviser);
#endif
        dag.Task(Welcome, account).After(thought);
    }

    /// <summary>Above the limit a person decides.</summary>
    public enum Size
    {
        WithinLimit,
        AboveLimit,
    }

    /// <summary>The number is the same however often this is tried: an account of that number that is there already is this one.</summary>
    public string OpenAccount(TaskContext context)
    {
        var number = $"A-{context.NewGuid("account"):N}"[..10].ToUpperInvariant();
        context.Logger.LogInformation("Opened {Account} for {Name}", number, Arguments.Name);
        return number;
    }

    public void CloseAccount(string account, TaskContext context) => context.Logger.LogInformation("Closed {Account}", account);

    /// <summary>The partner gets an address to call back, and gets it again when nothing comes: twice more.</summary>
    public Task<Rating> Rate(string account, TaskContext context) => context.CallbackAsync<Rating>(
        "partner",
        async url =>
        {
            using var client = clients.CreateClient();
            using var answer = await client.PostAsJsonAsync(new Uri(Partner, "applications"), new { account, Arguments.Name, Arguments.Amount, callback = url }, context.Cancellation);
            answer.EnsureSuccessStatusCode();
        },
        within: Arguments.AnswerWithin,
        retries: 2);

    public async Task WithdrawRating(Rating rating, TaskContext context)
    {
        using var client = clients.CreateClient();
        using var answer = await client.DeleteAsync(new Uri(Partner, $"applications/{context.RunId}"), context.Cancellation);
        answer.EnsureSuccessStatusCode();
        context.Logger.LogInformation("Withdrew the rating of {Score}", rating.Score);
    }

    public Size Compare(Rating rating) => Arguments.Amount > rating.Limit ? Size.AboveLimit : Size.WithinLimit;

    public decimal Grant(string account, Rating rating, TaskContext context)
    {
        context.Logger.LogInformation("Granted {Amount} EUR to {Account}, rated {Score}", Arguments.Amount, account, rating.Score);
        return Arguments.Amount;
    }

    public void Revoke(decimal granted, TaskContext context) => context.Logger.LogInformation("Revoked {Amount} EUR", granted);

    /// <summary>Days or months: it holds no slot, and outlives every process.</summary>
    public Task ThinkItOver(TaskContext context) => context.SleepAsync("cool_down", Arguments.CoolDown);

#if ADVISED
    public string AssignAdviser(string account) => Arguments.Amount > 10_000 ? "Grace" : "Alan";

    public void Introduce(string account, string adviser, TaskContext context) => context.Logger.LogInformation("{Adviser} looks after {Account}", adviser, account);

#endif
    public void Welcome(string account, TaskContext context) => context.Logger.LogInformation("Welcome, {Name}: your account is {Account}", Arguments.Name, account);
}
