using BrokerQueues.Broker.Connection;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>Declares and binds, many at a time.</summary>
internal sealed class TopologyWriter(AskingLanes lanes, IConnection connection)
{
    /// <summary>How many go out behind one another before an answer is waited for.</summary>
    private const int RunLength = 100;

    /// <summary>A quorum queue takes the broker some milliseconds, on a busy one far more, and each run has to be answered in time.</summary>
    private const int QueuesPerRun = 8;

    /// <summary>Declares exchanges, then queues; those of one part in its order, since its work queue comes behind the places it dead-letters to.</summary>
    public async Task DeclareAsync(IReadOnlyList<DeclaredObject> exchanges, IEnumerable<IReadOnlyList<DeclaredObject>> queuesOfParts, CancellationToken cancellationToken)
    {
        await RunAsync([.. exchanges.Chunk(RunLength)]).ConfigureAwait(false);
        await RunAsync([.. queuesOfParts.SelectMany(queues => queues.Chunk(QueuesPerRun))]).ConfigureAwait(false);

        Task RunAsync(IReadOnlyList<DeclaredObject[]> runs) => lanes.InRunsAsync(
            "declaring exchanges and queues", runs, (channel, declared, noWait, token) => declared.DeclareAsync(channel, noWait, token), refused: null, cancellationToken);
    }

    /// <exception cref="MetadataUnavailableException">The broker cannot write its metadata.</exception>
    public Task BindAsync(IReadOnlyList<BindingSpec> bindings, CancellationToken cancellationToken) => WriteMetadataAsync(() => lanes.InRunsAsync(
        "binding queues and exchanges",
        [.. bindings.Chunk(RunLength)],
        (channel, binding, noWait, token) => binding.ToExchange
            ? channel.ExchangeBindAsync(binding.Destination, binding.Source, binding.RoutingKey, noWait: noWait, cancellationToken: token)
            : channel.QueueBindAsync(binding.Destination, binding.Source, binding.RoutingKey, noWait: noWait, cancellationToken: token),
        refused: null,
        cancellationToken));

    /// <summary>
    /// Which of these exchanges the account may not publish to. Removing a binding that is not there needs the same permission on its
    /// destination and changes nothing, where a message sent to try it could be routed somewhere.
    /// </summary>
    /// <param name="exchanges">The exchanges.</param>
    /// <param name="source">Another exchange; where the account may not read it, that says that it may write to the first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MetadataUnavailableException">The broker cannot write its metadata.</exception>
    public async Task<IReadOnlyList<MissingPermission>> FindUnwritableAsync(IReadOnlyList<string> exchanges, string source, CancellationToken cancellationToken)
    {
        string key = "bq.probe." + Guid.NewGuid().ToString("N");
        var unwritable = new List<MissingPermission>();
        var suspects = new List<string>();
        await WriteMetadataAsync(() => lanes.InRunsAsync(
            "looking for write permission",
            [.. exchanges.Chunk(RunLength)],
            UnbindAsync,
            (_, run, _) =>
            {
                lock (suspects)
                {
                    suspects.AddRange(run);
                }

                return Task.CompletedTask;
            },
            cancellationToken)).ConfigureAwait(false);
        await lanes.EachAsync(suspects, async (lane, exchange) =>
        {
            try
            {
                await lane.AskAsync("looking for write permission", (channel, token) => UnbindAsync(channel, exchange, noWait: false, token), cancellationToken).ConfigureAwait(false);
            }
            catch (RefusedByBrokerException exception) when (exception.ReplyCode == Constants.AccessRefused)
            {
                var refused = MissingPermission.Of(exception.ReplyText, "write", "to move failed and delayed tasks");
                if (refused.ObjectName == $"exchange '{exchange}'")
                {
                    lock (unwritable)
                    {
                        unwritable.Add(refused);
                    }
                }
            }
        }).ConfigureAwait(false);
        return unwritable;

        Task UnbindAsync(IChannel channel, string exchange, bool noWait, CancellationToken token) => noWait
            ? channel.ExchangeUnbindAsync(exchange, source, key, noWait: true, cancellationToken: token)
            : channel.ExchangeUnbindAsync(exchange, source, key, cancellationToken: token);
    }

    private async Task WriteMetadataAsync(Func<Task> write)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException ||
            (BrokerErrors.MeansGone(exception) && connection.CloseReason?.ReplyCode == Constants.InternalError))
        {
            throw new MetadataUnavailableException(exception);
        }
    }
}
