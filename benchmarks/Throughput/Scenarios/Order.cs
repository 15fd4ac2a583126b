namespace BrokerQueues.Benchmarks.Throughput.Scenarios;

/// <summary>A payload as users have them. All contenders that parse send and read this class.</summary>
internal class Order : TaskDirective
{
    /// <summary>When its publish was due, by <see cref="System.Diagnostics.Stopwatch"/>; as long in digits as any that is measured.</summary>
    public long SentAt { get; set; } = 10_000_000_000_000;

    public int Number { get; set; }

    public int CustomerNumber { get; set; }

    public int Quantity { get; set; }

    public int PriceInCents { get; set; }

    public Guid Key { get; set; }

    public string OrderedOn { get; set; } = "";

    public string Customer { get; set; } = "";

    public string Street { get; set; } = "";

    public string City { get; set; } = "";

    public string Country { get; set; } = "";

    public string Currency { get; set; } = "";

    public string Channel { get; set; } = "";

    public IList<string> Labels { get; set; } = [];

    public string Remark { get; set; } = "";

    public Order StampedAt(long sentAt)
    {
        var copy = (Order)MemberwiseClone();
        copy.SentAt = sentAt;
        return copy;
    }
}

/// <summary>A payload of about 100 bytes.</summary>
internal sealed class SmallOrder : TaskDirective
{
    public int Number { get; set; }

    public Guid Key { get; set; }

    public string City { get; set; } = "";
}

// Ten task types with ten processors: ten classes, because MassTransit tells types of messages by their class.
internal sealed class Order0 : Order;

internal sealed class Order1 : Order;

internal sealed class Order2 : Order;

internal sealed class Order3 : Order;

internal sealed class Order4 : Order;

internal sealed class Order5 : Order;

internal sealed class Order6 : Order;

internal sealed class Order7 : Order;

internal sealed class Order8 : Order;

internal sealed class Order9 : Order;
