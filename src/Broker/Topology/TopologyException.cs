using System.Text;

namespace BrokerQueues.Broker.Topology;

/// <summary>One way in which an object on the broker is not what this program declares.</summary>
/// <param name="ObjectName">Kind and name, as <c>queue 'orders'</c>.</param>
/// <param name="Argument">The argument or property, as <c>x-delivery-limit</c> or <c>type</c>.</param>
/// <param name="Declared">What this program declares.</param>
/// <param name="Existing">What stands on the broker.</param>
public sealed record TopologyDifference(string ObjectName, string Argument, string Declared, string Existing);

/// <summary>The broker's exchanges and queues are not what this program needs; nothing was declared.</summary>
public sealed class TopologyException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="virtualHost">The virtual host, for the command in the message.</param>
    /// <param name="differences">What differs.</param>
    /// <param name="missing">What is not there, where nothing may be declared.</param>
    public TopologyException(string virtualHost, IReadOnlyList<TopologyDifference> differences, IReadOnlyList<string> missing)
        : base(Describe(virtualHost, differences, missing))
    {
        Differences = differences;
        Missing = missing;
    }

    /// <summary>What differs, argument by argument.</summary>
    public IReadOnlyList<TopologyDifference> Differences { get; }

    /// <summary>What is not there although <see cref="BrokerQueuesOptions.DeclareTopology"/> is false, each as <c>queue 'orders'</c>.</summary>
    public IReadOnlyList<string> Missing { get; }

    private static string Describe(string virtualHost, IReadOnlyList<TopologyDifference> differences, IReadOnlyList<string> missing)
    {
        ArgumentNullException.ThrowIfNull(differences);
        ArgumentNullException.ThrowIfNull(missing);
        var text = new StringBuilder();
        if (differences.Count > 0)
        {
            text.AppendLine("What stands on the broker differs from what this program declares. Nothing was declared or changed.");
            foreach (TopologyDifference difference in differences)
            {
                text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"  {difference.ObjectName}: {difference.Argument} is {difference.Existing}, declared {difference.Declared}");
            }

            text.AppendLine("Either declare what stands there, or remove it and start again. Removing a queue removes the tasks in it, and no option of the command");
            text.AppendLine("checks that for a quorum queue: first move its tasks elsewhere, stop its workers, and look that nothing is left in it:");
            text.AppendLine($"  rabbitmqctl -p {ForShell(virtualHost)} list_queues name messages consumers");
            foreach (string name in differences.Select(difference => difference.ObjectName).Distinct(StringComparer.Ordinal))
            {
                text.AppendLine("  " + RemovalCommand(name, virtualHost));
            }
        }

        if (missing.Count > 0)
        {
            text.AppendLine("These are not on the broker, and DeclareTopology is false, so nothing was declared:");
            foreach (string name in missing)
            {
                text.AppendLine("  " + name);
            }

            text.AppendLine("Start this program once with DeclareTopology = true and an account that may configure, or declare them by other means.");
        }

        return text.ToString().TrimEnd();
    }

    private static string RemovalCommand(string objectName, string virtualHost)
    {
        // "queue 'name'", and the name may have quotes of its own.
        int quote = objectName.IndexOf('\'', StringComparison.Ordinal);
        string name = ForShell(objectName[(quote + 1)..^1]);
        return objectName.StartsWith("queue", StringComparison.Ordinal)
            ? $"rabbitmqctl -p {ForShell(virtualHost)} delete_queue {name}"
            : $"rabbitmqadmin -V {ForShell(virtualHost)} delete exchange name={name}";
    }

    private static string ForShell(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
