using Newtonsoft.Json;

namespace BrokerQueues.Benchmarks.Throughput.Scenarios;

/// <summary>What is sent. The objects are made once: making them is no contender's work.</summary>
internal static class Payloads
{
    private const int UsualBytes = 1024;
    private const int LargeBytes = 64 * 1024;
    private const string Words = "Please leave the parcel with the neighbours on the second floor if nobody opens; the bell is broken, so knock twice. ";

    private static readonly Order s_usual = Fill(new Order());
    private static readonly Order s_large = FillLarge();
    private static readonly SmallOrder s_small = new() { Number = 4711, Key = s_usual.Key, City = "Halle an der Saale" };

    private static readonly Order[] s_mixed =
    [
        Fill(new Order0()), Fill(new Order1()), Fill(new Order2()), Fill(new Order3()), Fill(new Order4()),
        Fill(new Order5()), Fill(new Order6()), Fill(new Order7()), Fill(new Order8()), Fill(new Order9()),
    ];

    /// <summary>The payload of the n-th task.</summary>
    public static TaskDirective Of(Scenario scenario, int number) => scenario switch
    {
        { TaskTypes: > 1 } => s_mixed[number % scenario.TaskTypes],
        { Body: BodySize.Small } => s_small,
        { Body: BodySize.Large } => s_large,
        _ => s_usual,
    };

    public static Order Stamped(long sentAt) => s_usual.StampedAt(sentAt);

    /// <summary>The task type of the n-th task: the name of its class.</summary>
    public static string TypeOf(Scenario scenario, int number) => Of(scenario, number).GetType().Name;

    private static T Fill<T>(T order)
        where T : Order
    {
        order.Number = 4711;
        order.CustomerNumber = 100_815;
        order.Quantity = 12;
        order.PriceInCents = 129_900;
        order.Key = new Guid("0193a4f2-7c1e-7b52-9f0e-3d6c5a2b1e48");
        order.OrderedOn = "2026-11-03T09:14:27+01:00";
        order.Customer = "Annemarie Köhler-Brandt";
        order.Street = "Rannische Straße 117";
        order.City = "Halle an der Saale";
        order.Country = "DE";
        order.Currency = "EUR";
        order.Channel = "telephone";
        order.Labels = ["fragile", "gift wrapping", "returning customer", "deliver before noon"];
        order.Remark = Text(UsualBytes - Bytes(order));
        return order;
    }

    private static Order FillLarge()
    {
        Order order = Fill(new Order());
        order.Labels = [.. Enumerable.Range(0, 155).Select(_ => Text(400))];
        order.Remark = "";
        order.Remark = Text(LargeBytes - Bytes(order));
        return order;
    }

    private static int Bytes(Order order) => System.Text.Encoding.UTF8.GetByteCount(JsonConvert.SerializeObject(order));

    private static string Text(int length) => string.Concat(Enumerable.Repeat(Words, (length / Words.Length) + 1))[..length];
}
