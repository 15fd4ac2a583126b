namespace BrokerQueues.Benchmarks.Growth;

/// <summary>What grows.</summary>
internal enum CurveName
{
    Backlog,
    Queues,
    Processes,
    Delays,
}
