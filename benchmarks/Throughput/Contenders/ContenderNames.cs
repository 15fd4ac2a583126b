namespace BrokerQueues.Benchmarks.Throughput.Contenders;

internal static class ContenderNames
{
    public const string ClientJson = "client-json";
    /// <summary>As <see cref="ClientJson"/>, but published through an exchange of the queue's own, as ours has it.</summary>
    public const string ClientExchange = "client-exchange";

    public const string ClientBytes = "client-bytes";
    public const string Ours = "brokerqueues";
    public const string MassTransit = "masstransit";

    public static readonly IReadOnlyList<string> All = [ClientJson, ClientExchange, ClientBytes, Ours, MassTransit];
}
