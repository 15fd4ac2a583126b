namespace BrokerQueues.Benchmarks.Throughput.Contenders;

internal static class ContenderNames
{
    public const string ClientJson = "client-json";
    public const string ClientBytes = "client-bytes";
    public const string Ours = "brokerqueues";
    public const string MassTransit = "masstransit";

    public static readonly IReadOnlyList<string> All = [ClientJson, ClientBytes, Ours, MassTransit];
}
