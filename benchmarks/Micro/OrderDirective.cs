using BrokerQueues.Broker.Wire.Json;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>A payload as users have them: some numbers, some short texts, a list.</summary>
internal sealed class OrderDirective : TaskDirective
{
    private const int Bytes = 1024;

    public int Number { get; set; }

    public long PriceInCents { get; set; }

    public bool IsGift { get; set; }

    public Guid Key { get; set; }

    public string Customer { get; set; } = "";

    public string City { get; set; } = "";

    public IList<string> Labels { get; set; } = [];

    public string Remark { get; set; } = "";

    /// <summary>One whose body has 1 KiB.</summary>
    public static OrderDirective Typical()
    {
        var order = new OrderDirective
        {
            Number = 4711,
            PriceInCents = 129_900,
            IsGift = true,
            Key = new Guid("6f2b6d0e-93a4-4f0c-8a53-0d4c8f3f1b77"),
            Customer = "Rosa Müller",
            City = "Lüneburg",
            Labels = ["express", "fragile", "invoice by mail"],
        };
        order.Remark = new string('r', Bytes - DirectiveJson.Write(order).Length);
        return order;
    }
}
