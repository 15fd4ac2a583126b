namespace BrokerQueues.Benchmarks.Growth.Curves;

/// <summary>What a figure is held against.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Measured">What came out.</param>
/// <param name="Demand">The bar, as people write it.</param>
/// <param name="Held">Whether it was held.</param>
internal sealed record Bar(string Name, double Measured, string Demand, bool Held)
{
    public static Bar AtLeast(string name, double measured, double bar) => new(name, measured, $">= {bar}", measured >= bar);

    public static Bar AtMost(string name, double measured, double bar) => new(name, measured, $"<= {bar}", measured <= bar);

    public static Bar Below(string name, double measured, double bar) => new(name, measured, $"< {bar}", measured < bar);
}
