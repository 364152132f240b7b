using Pipelines.Engine.Execution;

namespace Pipelines.Engine.Tests.Execution;

public sealed class RetryDecisionTests
{
    private static readonly RetryPolicy Plain = new() { Retries = 3, Delay = TimeSpan.FromSeconds(10), Factor = 2, Jitter = 0 };
    private static readonly Exception Error = new InvalidOperationException("x");

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(3, 40)]
    [InlineData(4, null)]
    public void Each_wait_is_the_factor_longer_until_the_retries_are_spent(int tries, int? seconds) =>
        Assert.Equal(Seconds(seconds), Next(Plain, tries));

    [Fact]
    public void Without_a_policy_nothing_is_tried_again() => Assert.Null(Next(RetryPolicy.None, 1));

    [Theory]
    [InlineData(0.0, 5)]
    [InlineData(0.5, 10)]
    [InlineData(1.0, 15)]
    public void Jitter_spreads_the_wait_to_both_sides(double random, int seconds) =>
        Assert.Equal(Seconds(seconds), Next(Plain with { Jitter = 0.5 }, 1, random: random));

    [Fact]
    public void No_wait_is_longer_than_the_cap_jitter_included()
    {
        var policy = Plain with { Retries = 1000, Cap = TimeSpan.FromSeconds(30), Jitter = 1 };
        Assert.Equal(Seconds(30), Next(policy, 5, random: 1));
        Assert.Equal(Seconds(30), Next(policy, 1000, random: 0.5));       // 2^999 does not overflow
        Assert.Equal(TimeSpan.Zero, Next(policy, 5, random: 0));
    }

    [Fact]
    public void No_attempt_starts_after_the_policys_or_the_tasks_total_time()
    {
        Assert.Equal(Seconds(10), Next(Plain with { Within = TimeSpan.FromSeconds(60) }, 1, since: 50));
        Assert.Null(Next(Plain with { Within = TimeSpan.FromSeconds(60) }, 1, since: 51));
        Assert.Null(Next(Plain, 1, since: 51, total: 60));
        Assert.Null(Next(Plain with { Within = TimeSpan.FromSeconds(90) }, 1, since: 51, total: 60));
        Assert.Null(Next(Plain with { Within = TimeSpan.FromSeconds(60) }, 1, since: 51, total: 90));
        Assert.Equal(Seconds(10), Next(Plain, 1, since: 50, total: 60));
    }

    [Fact]
    public void An_exception_that_is_not_to_be_retried_is_known_by_itself_and_by_its_base_types()
    {
        Assert.Null(Next(Plain.Except<ArgumentException>(), 1, new ArgumentException("x")));
        Assert.Null(Next(Plain.Except<ArgumentException>(), 1, new ArgumentNullException("x")));
        Assert.NotNull(Next(Plain.Except<ArgumentNullException>(), 1, new ArgumentException("x")));
        Assert.Null(Next(Plain.Except<IOException>().Except<ArgumentException>(), 1, new FileNotFoundException()));
    }

    [Fact]
    public void What_a_body_waited_for_without_await_counts_as_what_it_was()
    {
        Assert.Null(Next(Plain.Except<ArgumentException>(), 1, new AggregateException(new AggregateException(new ArgumentNullException("x")))));
        Assert.Null(Next(Plain.Except<AggregateException>(), 1, new AggregateException(Error)));
        Assert.NotNull(Next(Plain.Except<ArgumentException>(), 1, new AggregateException(new ArgumentException("x"), Error)));
        Assert.Equal(TimeSpan.FromMinutes(7), Next(Plain, 1, new AggregateException(new RetryTaskException(TimeSpan.FromMinutes(7), "later"))));
    }

    [Fact]
    public void A_body_may_name_the_wait_but_not_have_more_retries_or_time()
    {
        var asked = new RetryTaskException(TimeSpan.FromMinutes(7), "later");
        Assert.Equal(TimeSpan.FromMinutes(7), Next(Plain with { Cap = TimeSpan.FromSeconds(5) }, 1, asked));
        Assert.Null(Next(Plain, 4, asked));
        Assert.Null(Next(Plain, 1, asked, total: 60));
    }

    private static TimeSpan? Next(RetryPolicy policy, int tries, Exception? error = null, double random = 0.5, int since = 0, int? total = null) =>
        RetryDecision.Next(new TaskSpec { Id = "a", Retry = policy, TotalTimeout = Seconds(total) }, tries, TimeSpan.FromSeconds(since), error ?? Error, random);

    private static TimeSpan? Seconds(int? seconds) => seconds is { } known ? TimeSpan.FromSeconds(known) : null;
}
