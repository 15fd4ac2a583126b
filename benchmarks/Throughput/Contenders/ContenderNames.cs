namespace BrokerQueues.Benchmarks.Throughput.Contenders;

internal static class ContenderNames
{
    public const string ClientJson = "client-json";
    /// <summary>As <see cref="ClientJson"/>, but with the exchange and the arguments that a queue of ours has: what those cost the broker, no publisher can help.</summary>
    public const string ClientTopology = "client-topology";

    public const string ClientBytes = "client-bytes";
    public const string Ours = "brokerqueues";
    public const string MassTransit = "masstransit";
    public const string Wolverine = "wolverine";

    /// <summary>Ours, as another build of this program has it: what a change does, seen by both in one run.</summary>
    public const string Before = "before";

    /// <summary>As <see cref="Ours"/>, with all metrics taken in by OpenTelemetry. Takes part only where it is named.</summary>
    public const string Metrics = "brokerqueues-metrics";

    /// <summary>Those that take part unless others are named.</summary>
    public static readonly IReadOnlyList<string> All = [ClientJson, ClientTopology, ClientBytes, Ours, MassTransit, Wolverine];

    /// <summary>Those that this program is.</summary>
    public static readonly IReadOnlyList<string> Known = [.. All, Metrics];
}
