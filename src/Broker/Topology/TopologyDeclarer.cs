using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Topology;

/// <summary>
/// Brings the broker's objects about: compares all that exists first and declares what is missing only when nothing
/// differs, so that a node never starts half-declared.
/// </summary>
internal sealed class TopologyDeclarer(IOptions<BrokerQueuesOptions> options)
{
    private const ushort NotFound = 404;
    private const ushort PreconditionFailed = 406;

    private readonly SemaphoreSlim _sharing = new(1, 1);
    private IConnection? _sharedOn;

    private readonly bool _declare = options.Value.DeclareTopology;
    private readonly string _virtualHost = Uri.UnescapeDataString(options.Value.Uri.AbsolutePath.TrimStart('/')) is { Length: > 0 } name ? name : "/";

    /// <summary>Ensures what all queues of a node share, once for each connection.</summary>
    /// <exception cref="TopologyException">What exists differs, or is missing where nothing may be declared.</exception>
    public async Task EnsureSharedAsync(IConnection connection, TopologyPart shared, CancellationToken cancellationToken)
    {
        await _sharing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_sharedOn != connection)
            {
                await EnsureAsync(connection, [shared], cancellationToken).ConfigureAwait(false);
                _sharedOn = connection;
            }
        }
        finally
        {
            _sharing.Release();
        }
    }

    /// <exception cref="TopologyException">What exists differs, or is missing where nothing may be declared.</exception>
    /// <exception cref="OperationInterruptedException">The broker refused, as for want of permission.</exception>
    public async Task EnsureAsync(IConnection connection, IEnumerable<TopologyPart> parts, CancellationToken cancellationToken)
    {
        var channel = new ReopeningChannel(connection);
        await using ConfiguredAsyncDisposable closing = channel.ConfigureAwait(false);
        var missingExchanges = new List<ExchangeSpec>();
        var missingQueues = new List<QueueSpec>();
        var bindings = new List<BindingSpec>();
        var differences = new List<TopologyDifference>();

        foreach (TopologyPart part in parts)
        {
            bindings.AddRange(part.Bindings);
            foreach (ExchangeSpec exchange in part.Exchanges)
            {
                if (!await ExistsAsync(channel, c => c.ExchangeDeclarePassiveAsync(exchange.Name, cancellationToken), cancellationToken).ConfigureAwait(false))
                {
                    missingExchanges.Add(exchange);
                }
                else if (_declare)
                {
                    await CompareAsync(channel, DeclaredObject.Of(exchange), differences, cancellationToken).ConfigureAwait(false);
                }
            }

            foreach (QueueSpec queue in part.Queues)
            {
                if (queue.Exclusive || !await ExistsAsync(channel, c => c.QueueDeclarePassiveAsync(queue.Name, cancellationToken), cancellationToken).ConfigureAwait(false))
                {
                    missingQueues.Add(queue);
                }
                else if (_declare)
                {
                    await CompareAsync(channel, DeclaredObject.Of(queue), differences, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        List<string> missing = _declare ? [] :
            [.. missingExchanges.Select(e => $"exchange '{e.Name}'"), .. missingQueues.Where(q => !q.Exclusive).Select(q => $"queue '{q.Name}'")];
        if (differences.Count > 0 || missing.Count > 0)
        {
            throw new TopologyException(_virtualHost, differences, missing);
        }

        await DeclareAsync(channel, missingExchanges, missingQueues, _declare ? bindings : OfExclusive(missingQueues, bindings), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A node's own exclusive queue has to be declared even where the shared topology may not be.</summary>
    private static List<BindingSpec> OfExclusive(List<QueueSpec> queues, List<BindingSpec> bindings) =>
        bindings.FindAll(binding => queues.Exists(queue => queue.Exclusive && queue.Name == binding.Destination));

    private static async Task DeclareAsync(
        ReopeningChannel channel, List<ExchangeSpec> exchanges, List<QueueSpec> queues, List<BindingSpec> bindings, CancellationToken cancellationToken)
    {
        IChannel open = await channel.GetAsync(cancellationToken).ConfigureAwait(false);
        foreach (ExchangeSpec exchange in exchanges)
        {
            await DeclaredObject.Of(exchange).DeclareAsync(open, cancellationToken).ConfigureAwait(false);
        }

        foreach (QueueSpec queue in queues)
        {
            await DeclaredObject.Of(queue).DeclareAsync(open, cancellationToken).ConfigureAwait(false);
        }

        foreach (BindingSpec binding in bindings)
        {
            await (binding.ToExchange
                ? open.ExchangeBindAsync(binding.Destination, binding.Source, binding.RoutingKey, cancellationToken: cancellationToken)
                : open.QueueBindAsync(binding.Destination, binding.Source, binding.RoutingKey, cancellationToken: cancellationToken)).ConfigureAwait(false);
        }
    }

    private static async Task<bool> ExistsAsync(ReopeningChannel channel, Func<IChannel, Task> declarePassively, CancellationToken cancellationToken)
    {
        IChannel open = await channel.GetAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await declarePassively(open).ConfigureAwait(false);
            return true;
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == NotFound)
        {
            return false;
        }
    }

    /// <summary>
    /// The broker names only the first argument that differs. So take over its value and ask again, until it has nothing
    /// more to say: that finds them all, and declares nothing, since the object exists.
    /// </summary>
    private static async Task CompareAsync(ReopeningChannel channel, DeclaredObject declared, List<TopologyDifference> differences, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            IChannel open = await channel.GetAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await declared.DeclareAsync(open, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == PreconditionFailed)
            {
                InequivalentArgument? argument = InequivalentArgument.Parse(exception.ShutdownReason.ReplyText);
                if (argument is null || !seen.Add(argument.Name))
                {
                    differences.Add(new TopologyDifference(declared.Describe(), argument?.Name ?? "a property", "otherwise", exception.ShutdownReason.ReplyText));
                    return;
                }

                differences.Add(new TopologyDifference(declared.Describe(), argument.Name, argument.Received ?? "not set", argument.Current ?? "not set"));
                if (!declared.TakeOver(argument))
                {
                    return;
                }
            }
        }
    }
}
