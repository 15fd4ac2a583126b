using System.Threading.Channels;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Connection;

/// <summary>What the client's exceptions mean.</summary>
internal static class BrokerErrors
{
    /// <summary>The connection or channel is closed, and nothing more goes over it; also where the client's own queue of frames is closed under a write.</summary>
    public static bool MeansClosed(Exception exception) =>
        exception is AlreadyClosedException or OperationInterruptedException or IOException or ObjectDisposedException or ChannelClosedException;

    /// <summary>
    /// The connection or channel is gone, or the broker gave no answer: what was asked can be asked again over the next one. The client says
    /// an unanswered question by an OperationCanceledException, so where a token of ours was passed it has to be looked at first.
    /// </summary>
    public static bool MeansGone(Exception exception) => MeansClosed(exception) ||
        exception is TimeoutException or OperationCanceledException or System.Net.Sockets.SocketException;

    /// <summary>The same, unless it is our own token that fired.</summary>
    public static bool MeansGone(Exception exception, CancellationToken ours) =>
        MeansGone(exception) && !(exception is OperationCanceledException && ours.IsCancellationRequested);

    /// <summary>The AMQP reply code with which the broker closed a channel or connection; null where it did not.</summary>
    public static ushort? ReplyCodeOf(Exception exception) => (exception as OperationInterruptedException)?.ShutdownReason?.ReplyCode;

    /// <summary>What the broker said with it; null where it did not.</summary>
    public static string? ReplyTextOf(Exception exception) => (exception as OperationInterruptedException)?.ShutdownReason?.ReplyText;
}
