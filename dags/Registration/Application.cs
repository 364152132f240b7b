using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Registration;

/// <summary>Who registers: the run's arguments.</summary>
public sealed record Application
{
    [Description("The customer's name.")]
    [StringLength(100, MinimumLength = 1)]
    public string Name { get; init; } = "Ada";

    [Description("The credit that is asked for, EUR.")]
    [Range(1, 1_000_000)]
    public decimal Amount { get; init; } = 1200;

    [Description("How long the partner may take to answer.")]
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromHours(24);

    [Description("How long the customer may think it over before the welcome.")]
    public TimeSpan CoolDown { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>What the partner answers.</summary>
public sealed record Rating(int Score, decimal Limit);

/// <summary>What a person grants above the limit.</summary>
public sealed record Terms
{
    [Description("What is granted, EUR.")]
    [Range(1, 1_000_000)]
    public decimal Granted { get; init; } = 5000;
}
