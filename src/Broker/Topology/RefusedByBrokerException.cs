using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Topology;

/// <summary>The broker closed a channel, and only that, over what was asked: 403, 404, 405 or 406.</summary>
internal sealed class RefusedByBrokerException(ShutdownEventArgs reason) : OperationInterruptedException(reason)
{
    public ushort ReplyCode => ShutdownReason!.ReplyCode;

    public string ReplyText => ShutdownReason!.ReplyText;

    /// <summary>
    /// Null where it is something else. The channel's own reason is read and not the exception's: of a question that crosses with the close,
    /// the client says now OperationInterruptedException, now AlreadyClosedException, now a bare TaskCanceledException.
    /// </summary>
    public static RefusedByBrokerException? From(IChannel channel, IConnection connection) =>
        connection.IsOpen && channel.CloseReason is { ReplyCode: >= Constants.AccessRefused and <= Constants.PreconditionFailed } reason
            ? new RefusedByBrokerException(reason)
            : null;
}
