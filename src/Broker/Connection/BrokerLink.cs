using BrokerQueues.Broker.Diagnostics;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Connection;

/// <summary>An open connection, where it leads, and how it is left.</summary>
internal sealed record BrokerLink(IConnection Connection, BrokerEndpoint Endpoint, string Description)
{
    /// <summary>
    /// Closes in order; where the broker does not answer it is left behind. The client's close takes 30 s then, its abort 5 s and its
    /// dispose 15 s, whatever the token says.
    /// </summary>
    /// <returns>Why it could not be closed in order; null where it was.</returns>
    public static async Task<string?> LeaveAsync(IConnection connection, TimeProvider time)
    {
        string? failure = null;
        try
        {
            await BrokerCall.WithinAsync(
                "closing the connection", BrokerCall.Leave, time, token => connection.CloseAsync(token), CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It is over, however it ends.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = ExceptionText.MessageOf(exception);
        }

        _ = LeftBehind.Connection(connection);
        return failure;
    }
}
