using Microsoft.Extensions.Logging;

namespace BrokerQueues.Broker.Publishing;

internal static partial class PublishingLog
{
    [LoggerMessage(200, LogLevel.Warning, "The publishing channel closed ({ReplyCode} {ReplyText}); {Unconfirmed} unconfirmed messages are sent again under the same ids")]
    public static partial void ChannelClosed(ILogger logger, ushort replyCode, string replyText, int unconfirmed);

    [LoggerMessage(201, LogLevel.Debug, "A channel for publishing could not be used: {Error}")]
    public static partial void ChannelFailed(ILogger logger, string error);

    [LoggerMessage(203, LogLevel.Warning, "A channel for publishing could not be used: {Error}. It is tried again")]
    public static partial void Unanswered(ILogger logger, string error);

    [LoggerMessage(204, LogLevel.Warning, "Publishing has stood still for {Seconds:0} s, waiting for the broker {What}; what is still awaited is sent again over another channel, under the same ids")]
    public static partial void StoodStill(ILogger logger, string what, double seconds);

    [LoggerMessage(202, LogLevel.Error, "Publishing failed unexpectedly; it goes on, and what is unconfirmed is sent again under the same ids")]
    public static partial void WriterFailed(ILogger logger, Exception error);
}
