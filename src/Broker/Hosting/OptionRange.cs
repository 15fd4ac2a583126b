namespace BrokerQueues.Broker.Hosting;

/// <summary>The one sentence for an option outside its range.</summary>
internal static class OptionRange
{
    public static void Require<T>(T value, string option, T min, T max, List<string> errors)
        where T : IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
        {
            errors.Add($"{option} is {value}; it must be from {min} to {max}{(value is TimeSpan ? ", written as 00:00:30 for 30 seconds" : "")}.");
        }
    }
}
