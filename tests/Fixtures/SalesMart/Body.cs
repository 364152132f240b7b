using Microsoft.Extensions.Logging;
using Pipelines;

namespace SalesMart;

/// <summary>What the tasks do: pass a little time, write a log worth reading, and fail on certain days, the same ones every time.</summary>
internal static class Body
{
    private const string Dim = "\u001b[2m", Blue = "\u001b[36m", Yellow = "\u001b[33m", Red = "\u001b[1;31m", Plain = "\u001b[0m";

    private static readonly string Gates = Environment.GetEnvironmentVariable("E2E_GATES") ?? ".";

    /// <summary>While this is there, the newest run stands still in the middle.</summary>
    public static bool Held => File.Exists(Path.Combine(Gates, "sales-held"));

    public static int Day(TaskContext context) => context.HasInterval ? (int)(context.Interval.Start - DateTimeOffset.UnixEpoch).TotalDays : 0;

    /// <summary>The same number for the same task of the same day.</summary>
    public static int Dice(TaskContext context, int sides) =>
        (int)(((uint)(Day(context) * 7919) ^ (uint)context.TaskId.Sum(c => c * 131)) % (uint)sides);

    public static async Task Work(TaskContext context)
    {
        context.Logger.LogInformation("{Task} begins for {Day:yyyy-MM-dd}", context.TaskId, context.HasInterval ? context.Interval.Start : null);
        await Task.Delay(2 + Dice(context, 24), context.Cancellation);
        Console.WriteLine($"{Dim}rows{Plain} {Blue}{10_000 + Dice(context, 90_000):N0}{Plain} {Dim}written{Plain}");
    }

    public static async Task Slow(TaskContext context)
    {
        for (var step = 1; step <= 4; step++)
        {
            context.Progress(step * 25, $"part {step} of 4");
            await Task.Delay(600 + Dice(context, 900), context.Cancellation);
        }
    }

    public static async Task Train(TaskContext context)
    {
        await Slow(context);
        if (Day(context) % 13 == 4)
            throw new InvalidOperationException("The loss is not a number after epoch 3: lower the learning rate.");
    }

    public static async Task Check(TaskContext context)
    {
        await Work(context);
        if (context.TaskId.EndsWith("check_row_counts", StringComparison.Ordinal) && (Day(context) % 97 == 11 || Day(context) is >= 20618 and < 20624))
            throw context.Fail($"raw.order_lines has {Dice(context, 900)} rows, expected about 1,200,000.");
        if (Dice(context, 17) == 3)
            context.Logger.LogWarning("{Share} % of the rows came late", 1 + Dice(context, 4));
    }

    public static Task MonthEnd(TaskContext context) =>
        context.HasInterval && context.Interval.Start.AddDays(1).Day <= 3 ? Work(context) : throw context.Skip("not a month end");

    /// <summary>The task that people look at: a long log, a deadlock on some days.</summary>
    public static async Task Merge(TaskContext context)
    {
        context.Logger.LogInformation("MERGE mart.fct_orders for {Day:yyyy-MM-dd}, attempt {Attempt}", context.HasInterval ? context.Interval.Start : null, context.Attempt);
        var isBad = Day(context) % 29 == 9;
        for (var batch = 1; batch <= (isBad ? 240 : 24); batch++)
        {
            Console.WriteLine($"{Dim}batch{Plain} {batch,3}  {Blue}{4_000 + (batch * 7919 % 2_000)}{Plain} rows  {Dim}{12 + (batch % 9)} ms{Plain}");
            if (batch % 60 == 0)
                context.Logger.LogWarning("Waited {Seconds} s for a lock on fct_orders_{Part}", batch / 10, batch % 7);
        }

        await Task.Delay(10 + Dice(context, 80), context.Cancellation);
        if (!isBad || (Day(context) % 2 == 0 && context.Attempt > 1))
            return;
        Console.WriteLine($"{Yellow}statement took longer than lock_timeout{Plain}, {Red}rolling back{Plain}");
        context.Logger.LogError("40P01: deadlock detected while merging into mart.fct_orders");
        throw new InvalidOperationException("40P01: deadlock detected while merging into mart.fct_orders");
    }

    public static async Task Hold(TaskContext context)
    {
        await Work(context);
        for (var part = 1; Held; part = Math.Min(part + 1, 70))
        {
            context.Progress(part, $"partition {part} of 96");
            Console.WriteLine($"partition {part} of 96 {Dim}is merged{Plain}");
            await Task.Delay(1500, context.Cancellation);
        }
    }

    public static Task Refresh(TaskContext context) => Held ? throw context.RetryIn(TimeSpan.FromMinutes(90)) : Work(context);
}
