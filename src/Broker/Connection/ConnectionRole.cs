namespace BrokerQueues.Broker.Connection;

/// <summary>
/// What a connection is for. The two are never shared: under an alarm the broker stops reading a connection that
/// publishes, and acknowledgements would then stand behind the blocked publish.
/// </summary>
internal enum ConnectionRole
{
    Publishing,
    Consuming,
}
