using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Growth.Traces;

/// <summary>What a run leaves on the broker. AMQP lists nothing, so all of it is named; docs/architecture.md has the table.</summary>
internal static class RunTraces
{
    private const int DelayLevels = 28;

    public static IEnumerable<string> QueuesOf(string queue) => [queue, queue + ".failed", queue + ".fatal", queue + ".incompatible"];

    /// <summary>Deletes everything under a prefix; what is not there does not matter.</summary>
    public static async Task DeleteAsync(Place place, IEnumerable<string> queueIds)
    {
        await using IConnection connection = await new ConnectionFactory { Uri = place.Broker }.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        List<string> taskQueues = [.. queueIds.Select(queueId => place.Prefix + queueId)];
        List<string> levels = [.. Enumerable.Range(0, DelayLevels).Select(level => $"{place.Prefix}bq.delay.{level:00}")];
        string undeliverable = place.Prefix + "bq.undeliverable";

        foreach (string exchange in taskQueues.Concat(levels).Append(place.Prefix + "bq.delay.deliver").Append(undeliverable))
        {
            await channel.ExchangeDeleteAsync(exchange);
        }

        foreach (string queue in taskQueues.SelectMany(QueuesOf).Concat(levels).Append(undeliverable))
        {
            await channel.QueueDeleteAsync(queue);
        }
    }
}
