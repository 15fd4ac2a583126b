using BrokerQueues.Broker.Topology;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace BrokerQueues.Broker.Publishing;

/// <summary>What the broker has against a message, as its caller is told.</summary>
internal static class PublishRefusal
{
    public static void FailForWantOf(string exchange, PendingPublish publish) =>
        publish.Fail(PublishFailure.ExchangeMissing, $"the broker has no exchange '{exchange}'");

    /// <param name="publish">The publish.</param>
    /// <param name="reason">With what the broker closed the channel.</param>
    /// <param name="exception">The exception that this came as, if it did.</param>
    public static void FailAsRefused(PendingPublish publish, ShutdownEventArgs reason, Exception? exception = null)
    {
        // Of a look too: RabbitMQ 4 says 'configure' there, but lets everybody look who has any permission on the exchange.
        if (reason.ReplyCode == Constants.AccessRefused && MissingPermission.Of(reason.ReplyText, "write", "to publish") is { User: { } user } missing)
        {
            publish.Fail(
                PublishFailure.AccessRefused,
                $"account '{user}' lacks the permission 'write' on {missing.ObjectName}, to publish to it ({reason.ReplyText}). " +
                "Widen its write pattern so that it matches that name: rabbitmqctl list_user_permissions shows what it has, and set_permissions replaces all three patterns (configure, write, read) at once",
                exception);
        }
        else
        {
            publish.Fail(PublishFailure.Refused, $"{reason.ReplyCode} {reason.ReplyText}", exception);
        }
    }
}
