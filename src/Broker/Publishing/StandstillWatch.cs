using BrokerQueues.Broker.Connection;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// The limit of a write that the peer does not take, and of confirms that do not come while there is no room for more: whoever stands still in one
/// place for a whole period, half of <see cref="BrokerCall.Answer"/>, gives the channel up. One timer for the channel, where a limit for each
/// publish would cost an allocation or two each.
/// </summary>
internal sealed class StandstillWatch : IDisposable
{
    private static readonly TimeSpan s_period = BrokerCall.Answer / 2;

    private readonly BrokerConnection _connection;
    private readonly PublishChannel _channel;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private volatile string? _waitingFor;
    private long _waits;
    private long _seen;

    public StandstillWatch(BrokerConnection connection, PublishChannel channel, TimeProvider time, ILogger logger)
    {
        _connection = connection;
        _channel = channel;
        _logger = logger;
        _timer = time.CreateTimer(static watch => ((StandstillWatch)watch!).Look(), this, s_period, s_period);
    }

    /// <summary>From here on it waits for the broker to do this.</summary>
    public void Begin(string what)
    {
        Volatile.Write(ref _waits, _waits + 1);
        _waitingFor = what;
    }

    /// <summary>The wait is over.</summary>
    public void End() => _waitingFor = null;

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        string? waitingFor = _waitingFor;
        long waits = Volatile.Read(ref _waits);
        if (waitingFor is null || waits != _seen || _connection.BlockedReason is not null)
        {
            // An alarm is no fault: it is told by itself, and callers have their timeouts.
            _seen = waitingFor is null || _connection.BlockedReason is not null ? 0 : waits;
            return;
        }

        PublishingLog.StoodStill(_logger, waitingFor, s_period.TotalSeconds);
        _channel.GiveUp();
    }
}
