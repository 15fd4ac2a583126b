using System.Collections;
using BrokerQueues.Broker.Wire;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>
/// What a policy of an operator has done to a task against what its queue was declared for. AMQP does not tell of policies; but a task that the
/// broker itself moved to a <c>.failed</c> still carries the reason when it is put back.
/// </summary>
internal static class PolicyTrace
{
    /// <summary>Says what a policy has done to this message in this queue; null for nothing that shows.</summary>
    public static string? Read(IReadOnlyBasicProperties properties, string queueName)
    {
        if (properties.Headers is not { } headers || !headers.TryGetValue(TaskHeaders.Death, out object? value) || value is not IList deaths)
        {
            return null;
        }

        foreach (object? death in deaths)
        {
            if (death is not IDictionary<string, object?> entry || TaskHeaders.ReadText(entry, "queue") != queueName)
            {
                continue;
            }

            switch (TaskHeaders.ReadText(entry, "reason"))
            {
                case "maxlen":
                    return "a policy limits its length (max-length or max-length-bytes) with overflow drop-head, which overrules the queue's own reject-publish: " +
                        "the oldest tasks make room, and publishers are not told. Take the limit off, or set overflow to reject-publish in the policy";
                // A publisher's own expiration is kept under this name.
                case "expired" when !entry.ContainsKey("original-expiration"):
                    return "a policy gives its tasks a time to live (message-ttl). Take it off, or expect tasks that wait longer in .failed";
                default:
                    continue;
            }
        }

        return null;
    }
}
