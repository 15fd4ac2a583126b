using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace BrokerQueues.Broker.Connection;

/// <summary>How a connection stands and what went wrong last, for whoever asks; nobody is asked for it.</summary>
/// <param name="role">What the connection is for.</param>
/// <param name="target">Where it is to lead, as long as it has led nowhere.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectionStanding(ConnectionRole role, Func<string> target, TimeProvider time)
{
    private readonly Lock _gate = new();
    private BrokerConnectionState _state;
    private DateTimeOffset _since = time.GetUtcNow();
    private BrokerLink? _link;
    private IConnection? _unanswered;
    private string? _alarm;
    private string? _lastError;
    private DateTimeOffset? _lastErrorAt;

    public void Connecting()
    {
        lock (_gate)
        {
            Become(BrokerConnectionState.Connecting);
        }
    }

    public void AttemptFailed(string error)
    {
        lock (_gate)
        {
            Failed($"cannot connect to {error}");
        }
    }

    public void Opened(BrokerLink link)
    {
        lock (_gate)
        {
            _link = link;
            Become(BrokerConnectionState.Open);
        }
    }

    public void Blocked(string reason)
    {
        lock (_gate)
        {
            _alarm = reason;
            if (_state == BrokerConnectionState.Open)
            {
                Become(BrokerConnectionState.Blocked);
            }
        }
    }

    public void Unblocked()
    {
        lock (_gate)
        {
            if (_state == BrokerConnectionState.Blocked)
            {
                Become(BrokerConnectionState.Open);
            }
        }
    }

    /// <summary>No answer comes over it any more: it is as good as lost, though its end may show some seconds later.</summary>
    public void Unanswered(IConnection connection, TimeSpan after)
    {
        lock (_gate)
        {
            if (connection == _link?.Connection && _state is BrokerConnectionState.Open or BrokerConnectionState.Blocked)
            {
                _unanswered = connection;
                Failed(string.Create(CultureInfo.InvariantCulture, $"the broker did not answer over the connection to {_link?.Description} for {after.TotalSeconds:0.#} s"));
                Become(BrokerConnectionState.Connecting);
            }
        }
    }

    public void Lost(BrokerLink link, ShutdownEventArgs reason)
    {
        lock (_gate)
        {
            // Of one that gave no answer that is the reason, and not the end that it was given here.
            if (link.Connection != _unanswered)
            {
                Failed($"the connection to {link.Description} was lost: {reason.ReplyCode} {reason.ReplyText}");
            }

            Become(BrokerConnectionState.Connecting);
        }
    }

    public void Closed()
    {
        lock (_gate)
        {
            Become(BrokerConnectionState.Closed);
        }
    }

    /// <summary>What is known of it, for error messages.</summary>
    /// <param name="awaitsAnswer">Whether a message waits for an answer; where none does, an open connection is no fault.</param>
    public string Describe(bool awaitsAnswer)
    {
        lock (_gate)
        {
            return _state is not (BrokerConnectionState.Open or BrokerConnectionState.Blocked) ? WhyNotOpen()
                : $"the connection to {_link?.Description} is open{(awaitsAnswer ? ", but no answer comes over it" : "")}";
        }
    }

    public BrokerConnectionStatus GetStatus()
    {
        lock (_gate)
        {
            return new BrokerConnectionStatus
            {
                Role = role == ConnectionRole.Publishing ? BrokerConnectionRole.Publishing : BrokerConnectionRole.Consuming,
                State = _state,
                Since = _since,
                Endpoint = _link?.Description ?? target(),
                Reason = _state switch
                {
                    BrokerConnectionState.Connecting => WhyNotOpen(),
                    BrokerConnectionState.Blocked => _alarm,
                    BrokerConnectionState.Closed => "the program has left it",
                    _ => null,
                },
                LastError = _lastError,
                LastErrorAt = _lastErrorAt,
            };
        }
    }

    private string WhyNotOpen() => _lastError ?? $"no connection yet to {target()}";

    /// <summary>Closed is for good.</summary>
    private void Become(BrokerConnectionState state)
    {
        if (_state != state && _state != BrokerConnectionState.Closed)
        {
            _state = state;
            _since = time.GetUtcNow();
        }
    }

    private void Failed(string error)
    {
        _lastError = error;
        _lastErrorAt = time.GetUtcNow();
    }
}
