using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.TestKit.Fakes;

/// <summary>A connection of a <see cref="ScriptedBroker"/>.</summary>
public sealed class FakeConnection(ScriptedBroker broker, string name) : IConnection
{
    private readonly Lock _gate = new();
    private readonly List<FakeChannel> _channels = [];
    private ShutdownEventArgs? _closeReason;

#pragma warning disable CS0067 // Of the interface; a connection without recovery never raises them.
    public event AsyncEventHandler<CallbackExceptionEventArgs>? CallbackExceptionAsync;

    public event AsyncEventHandler<AsyncEventArgs>? RecoverySucceededAsync;

    public event AsyncEventHandler<ConnectionRecoveryErrorEventArgs>? ConnectionRecoveryErrorAsync;

    public event AsyncEventHandler<ConsumerTagChangedAfterRecoveryEventArgs>? ConsumerTagChangeAfterRecoveryAsync;

    public event AsyncEventHandler<QueueNameChangedAfterRecoveryEventArgs>? QueueNameChangedAfterRecoveryAsync;

    public event AsyncEventHandler<RecoveringConsumerEventArgs>? RecoveringConsumerAsync;
#pragma warning restore CS0067

    public event AsyncEventHandler<ShutdownEventArgs>? ConnectionShutdownAsync;

    public event AsyncEventHandler<ConnectionBlockedEventArgs>? ConnectionBlockedAsync;

    public event AsyncEventHandler<AsyncEventArgs>? ConnectionUnblockedAsync;

    public ScriptedBroker Broker => broker;

    public string? ClientProvidedName => name;

    /// <summary>All channels that were opened, in order.</summary>
    public IReadOnlyList<FakeChannel> Channels
    {
        get
        {
            lock (_gate)
            {
                return [.. _channels];
            }
        }
    }

    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);

    public ShutdownEventArgs? CloseReason => Volatile.Read(ref _closeReason);

    public bool IsOpen => CloseReason is null;

    public IDictionary<string, object?>? ServerProperties => new Dictionary<string, object?> { ["version"] = Encoding.UTF8.GetBytes(broker.Version) };

    public ushort ChannelMax => 2047;

    public uint FrameMax => 131_072;

    public int LocalPort => 1;

    public int RemotePort => 5672;

    public IDictionary<string, object?> ClientProperties { get; } = new Dictionary<string, object?>();

    public AmqpTcpEndpoint Endpoint { get; } = new("127.0.0.1");

    public IProtocol Protocol => Protocols.DefaultProtocol;

    public IEnumerable<ShutdownReportEntry> ShutdownReport => [];

    public async Task<IChannel> CreateChannelAsync(CreateChannelOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (CloseReason is { } closed)
        {
            throw new AlreadyClosedException(closed);
        }

        FakeChannel channel;
        lock (_gate)
        {
            channel = new FakeChannel(this, _channels.Count + 1, options?.PublisherConfirmationsEnabled ?? false);
            _channels.Add(channel);
        }

        await channel.OpenAsync(cancellationToken);
        return channel;
    }

    /// <summary>The link breaks.</summary>
    public Task LoseAsync() => EndAsync(new ShutdownEventArgs(ShutdownInitiator.Library, 0, "End of stream"));

    /// <summary>The broker closes it.</summary>
    public Task CloseByBrokerAsync(ushort code, string text) => EndAsync(new ShutdownEventArgs(ShutdownInitiator.Peer, code, text));

    /// <summary>An alarm goes off.</summary>
    public Task BlockAsync(string reason) => ConnectionBlockedAsync?.Invoke(this, new ConnectionBlockedEventArgs(reason)) ?? Task.CompletedTask;

    /// <summary>The alarm is over.</summary>
    public Task UnblockAsync() => ConnectionUnblockedAsync?.Invoke(this, new AsyncEventArgs()) ?? Task.CompletedTask;

    public async Task CloseAsync(ushort reasonCode, string reasonText, TimeSpan timeout, bool abort, CancellationToken cancellationToken = default)
    {
        if (IsOpen && !abort)
        {
            await broker.Closes(this);
        }

        await EndAsync(new ShutdownEventArgs(ShutdownInitiator.Application, reasonCode, reasonText));
    }

    public ValueTask DisposeAsync() => new(EndAsync(new ShutdownEventArgs(ShutdownInitiator.Application, Constants.ReplySuccess, "Goodbye")));

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public Task UpdateSecretAsync(string newSecret, string reason, CancellationToken cancellationToken = default) => Task.CompletedTask;

    private async Task EndAsync(ShutdownEventArgs reason)
    {
        if (Interlocked.CompareExchange(ref _closeReason, reason, null) is not null)
        {
            return;
        }

        foreach (FakeChannel channel in Channels)
        {
            await channel.EndAsync(reason);
        }

        if (ConnectionShutdownAsync is { } shutdown)
        {
            await shutdown(this, reason);
        }
    }
}
