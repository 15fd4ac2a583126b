using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Broker.Tests.Topology;

/// <summary>As much of a broker as the delay ladder needs: exchanges that route, and queues whose messages expire onwards.</summary>
internal sealed class TopicRouter
{
    private readonly Dictionary<string, ExchangeSpec> _exchanges;
    private readonly Dictionary<string, QueueSpec> _queues;
    private readonly ILookup<string, BindingSpec> _bindings;

    public TopicRouter(IEnumerable<TopologyPart> parts)
    {
        TopologyPart[] all = [.. parts];
        _exchanges = all.SelectMany(part => part.Exchanges).ToDictionary(exchange => exchange.Name, StringComparer.Ordinal);
        _queues = all.SelectMany(part => part.Queues).ToDictionary(queue => queue.Name, StringComparer.Ordinal);
        _bindings = all.SelectMany(part => part.Bindings).ToLookup(binding => binding.Source, StringComparer.Ordinal);
    }

    /// <summary>Follows a message from exchange to exchange and through each queue it expires from.</summary>
    /// <returns>The queues with a time to live that it waited in, and those where it stays.</returns>
    public (List<string> Waited, List<string> Stays, TimeSpan Delay) Follow(string exchange, string routingKey)
    {
        var waited = new List<string>();
        var stays = new List<string>();
        TimeSpan delay = TimeSpan.Zero;
        var expired = new Queue<string>([exchange]);
        while (expired.TryDequeue(out string? next))
        {
            foreach (string name in Route(next, routingKey))
            {
                IReadOnlyDictionary<string, object?> arguments = _queues[name].Arguments;
                if (arguments.TryGetValue("x-message-ttl", out object? milliseconds))
                {
                    Assert.False(arguments.ContainsKey("x-dead-letter-routing-key"), "the bits would be lost");
                    waited.Add(name);
                    delay += TimeSpan.FromMilliseconds((long)milliseconds!);
                    expired.Enqueue((string)arguments["x-dead-letter-exchange"]!);
                }
                else
                {
                    stays.Add(name);
                }
            }
        }

        return (waited, stays, delay);
    }

    /// <summary>The queues that a publish reaches: each once, however many ways lead to it.</summary>
    private HashSet<string> Route(string exchange, string routingKey)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        bool matched = false;
        foreach (BindingSpec binding in _bindings[exchange].Where(binding => Matches(_exchanges[exchange].Type, binding.RoutingKey, routingKey)))
        {
            matched = true;
            if (binding.ToExchange)
            {
                reached.UnionWith(Route(binding.Destination, routingKey));
            }
            else
            {
                reached.Add(binding.Destination);
            }
        }

        if (!matched && _exchanges[exchange].AlternateExchange is { } alternate)
        {
            reached.UnionWith(Route(alternate, routingKey));
        }

        return reached;
    }

    private static bool Matches(string type, string pattern, string routingKey) => type switch
    {
        "fanout" => true,
        "direct" => pattern == routingKey,
        "topic" => Matches(pattern.Split('.'), routingKey.Split('.')),
        _ => throw new NotSupportedException(type),
    };

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> words)
    {
        if (pattern.IsEmpty)
        {
            return words.IsEmpty;
        }

        if (pattern[0] == "#")
        {
            for (int taken = 0; taken <= words.Length; taken++)
            {
                if (Matches(pattern[1..], words[taken..]))
                {
                    return true;
                }
            }

            return false;
        }

        return !words.IsEmpty && (pattern[0] == "*" || pattern[0] == words[0]) && Matches(pattern[1..], words[1..]);
    }
}
