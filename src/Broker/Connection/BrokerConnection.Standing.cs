using System.Globalization;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Connection;

/// <content>How the connection stands, for whoever asks.</content>
internal sealed partial class BrokerConnection
{
    private IConnection? _unanswered;

    /// <summary>How it stands, without asking anybody.</summary>
    public BrokerConnectionStatus GetStatus()
    {
        lock (_gate)
        {
            return _standing.Describe(_role, _link?.Description ?? _connector.Describe(), _standing.State switch
            {
                BrokerConnectionState.Connecting => WhyNotOpen(),
                BrokerConnectionState.Blocked => _blockedReason,
                BrokerConnectionState.Closed => "the program has left it",
                _ => null,
            });
        }
    }

    /// <summary>Whoever watches it says that no answer comes over it any more. It is as good as lost, though its end may show some seconds later.</summary>
    public void GiveUp(IConnection unanswered, TimeSpan after)
    {
        lock (_gate)
        {
            if (unanswered == _link?.Connection && _standing.State is BrokerConnectionState.Open or BrokerConnectionState.Blocked)
            {
                _unanswered = unanswered;
                _standing.Failed(string.Create(CultureInfo.InvariantCulture, $"the broker did not answer over the connection to {_link?.Description} for {after.TotalSeconds:0.#} s"));
                _standing.Become(BrokerConnectionState.Connecting);
            }
        }

        _ = LeftBehind.Connection(unanswered, "no answer");
    }

    private string WhyNotOpen() => _standing.LastError ?? $"no connection yet to {_connector.Describe()}";

    private void Become(BrokerConnectionState state, BrokerConnectionState? from = null)
    {
        lock (_gate)
        {
            if (from is null || from == _standing.State)
            {
                _standing.Become(state);
            }
        }
    }
}
