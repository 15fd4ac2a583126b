using System.Reflection;
using System.Runtime;
using System.Runtime.InteropServices;
using System.Text;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Measuring;

/// <summary>Where and with what a result was measured: figures of two fingerprints are not to be compared.</summary>
public sealed record Fingerprint
{
    public required DateTimeOffset TakenAt { get; init; }

    public required string OperatingSystem { get; init; }

    public required string Processor { get; init; }

    public required int Cores { get; init; }

    public required long MemoryBytes { get; init; }

    public required string Runtime { get; init; }

    public required bool ServerGarbageCollector { get; init; }

    public required string Broker { get; init; }

    public required string Erlang { get; init; }

    /// <summary>The version of each assembly that takes part.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <param name="broker">The broker that is measured against; it is asked for its version.</param>
    /// <param name="participants">A type out of each assembly whose version belongs to the result.</param>
    public static async Task<Fingerprint> TakeAsync(Uri broker, params Type[] participants)
    {
        await using IConnection connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        return new Fingerprint
        {
            TakenAt = DateTimeOffset.UtcNow,
            OperatingSystem = RuntimeInformation.OSDescription,
            Processor = ProcessorName(),
            Cores = Environment.ProcessorCount,
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            Runtime = RuntimeInformation.FrameworkDescription,
            ServerGarbageCollector = GCSettings.IsServerGC,
            Broker = $"RabbitMQ {Property(connection, "version")}",
            Erlang = Property(connection, "platform"),
            Versions = participants.Append(typeof(IConnection)).Select(type => type.Assembly).Distinct().ToDictionary(
                assembly => assembly.GetName().Name!, VersionOf, StringComparer.Ordinal),
        };
    }

    // With the commit it was built from, which the SDK writes behind a plus.
    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string Property(IConnection connection, string name) =>
        connection.ServerProperties?.TryGetValue(name, out object? value) == true && value is byte[] text ? Encoding.UTF8.GetString(text) : "unknown";

    private static string ProcessorName()
    {
        const string Information = "/proc/cpuinfo";
        string? line = File.Exists(Information) ? File.ReadLines(Information).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
