using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Connection;

/// <summary>What the client's exceptions mean.</summary>
internal static class BrokerErrors
{
    /// <summary>
    /// The connection or channel is gone, or the broker gave no answer: what was asked can be asked again over the next one. The client says
    /// an unanswered question by an OperationCanceledException, so where a token of ours was passed it has to be looked at first.
    /// </summary>
    public static bool MeansGone(Exception exception) => exception is AlreadyClosedException or OperationInterruptedException or BrokerUnreachableException or
        IOException or TimeoutException or ObjectDisposedException or OperationCanceledException or System.Net.Sockets.SocketException;

    /// <summary>The same, unless it is our own token that fired.</summary>
    public static bool MeansGone(Exception exception, CancellationToken ours) =>
        MeansGone(exception) && !(exception is OperationCanceledException && ours.IsCancellationRequested);

    /// <summary>The AMQP reply code with which the broker closed a channel or connection; null where it did not.</summary>
    public static ushort? ReplyCodeOf(Exception exception) => (exception as OperationInterruptedException)?.ShutdownReason?.ReplyCode;
}
