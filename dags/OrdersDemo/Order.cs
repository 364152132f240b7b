namespace OrdersDemo;

/// <summary>What a run may be told; a run that is told nothing takes these. The console makes a form of it.</summary>
public sealed record OrdersArguments
{
    /// <summary>How many orders the day has.</summary>
    public int Orders { get; init; } = 12;

    /// <summary>From this weight on, the day's orders go by lorry.</summary>
    public int FreightFromKilos { get; init; } = 120;

    /// <summary>Whether the partner's service refuses.</summary>
    public bool PartnerIsDown { get; init; } = true;
}

/// <summary>How the day's orders leave the house.</summary>
public enum Route
{
    /// <summary>One lorry for all.</summary>
    Freight,

    /// <summary>A parcel each.</summary>
    Parcels,
}

/// <summary>Outputs are data: records that JSON can hold, for the next task may run on another machine.</summary>
public sealed record Order(string Number, int Kilos, bool Gift)
{
    /// <summary>The same orders for the same day, whenever and wherever: a task that is tried again must see the same world.</summary>
    public static IReadOnlyList<Order> MakeUp(DateOnly day, int count) =>
    [
        .. Enumerable.Range(1, count).Select(n =>
        {
            var mixed = unchecked((uint)(day.DayNumber * 31 + n) * 2654435761u) >> 8;
            return new Order($"{day:yyyyMMdd}-{n:000}", (int)(1 + mixed % 20), Gift: mixed % 40 == 0);
        }),
    ];

    /// <summary>A price by weight.</summary>
    public PricedOrder Price() => new(this, 4.90m + 1.25m * Kilos);
}

/// <summary>An order and what it costs, in euros.</summary>
public sealed record PricedOrder(Order Order, decimal Amount);

/// <summary>A day's orders together.</summary>
public sealed record Totals(int Count, int Kilos, decimal Amount);
