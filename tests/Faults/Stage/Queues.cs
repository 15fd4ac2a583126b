namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>The queues of the Conformance sample.</summary>
internal static class Queues
{
    public const string Concurrent = "conformance.concurrent";
    public const string Sequential = "conformance.sequential";
    public const string Broadcast = "conformance.broadcast";

    public const string Do = "Do";

    /// <summary>How many tasks of the concurrent queue a node runs at a time, and how many it may hold.</summary>
    public const int Concurrency = 8;
    public const int Prefetch = 16;
}
