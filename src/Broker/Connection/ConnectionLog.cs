using Microsoft.Extensions.Logging;

namespace BrokerQueues.Broker.Connection;

internal static partial class ConnectionLog
{
    [LoggerMessage(100, LogLevel.Information, "{Role} connection open: {Endpoint}")]
    public static partial void Connected(ILogger logger, ConnectionRole role, string endpoint);

    [LoggerMessage(101, LogLevel.Warning, "{Role} connection to {Endpoint} lost ({ReplyCode} {ReplyText}); reconnecting")]
    public static partial void Lost(ILogger logger, ConnectionRole role, string endpoint, ushort replyCode, string replyText);

    [LoggerMessage(102, LogLevel.Warning, "{Role} connection failed: {Error}; next attempt in {Seconds:0.0} s")]
    public static partial void ConnectFailed(ILogger logger, ConnectionRole role, string error, double seconds);

    [LoggerMessage(103, LogLevel.Warning, "The broker blocks the {Role} connection: {Reason}. Publishes wait until it clears; consuming goes on")]
    public static partial void Blocked(ILogger logger, ConnectionRole role, string reason);

    [LoggerMessage(104, LogLevel.Information, "The broker no longer blocks the {Role} connection")]
    public static partial void Unblocked(ILogger logger, ConnectionRole role);

    [LoggerMessage(105, LogLevel.Debug, "{Role} connection did not close in order: {Error}")]
    public static partial void CloseFailed(ILogger logger, ConnectionRole role, string error);

    [LoggerMessage(106, LogLevel.Error, "The broker has not answered on the {Role} connection for {Seconds:0.0} s: giving it up. Tasks that run here are told to abort")]
    public static partial void NoAnswer(ILogger logger, ConnectionRole role, double seconds);

    [LoggerMessage(107, LogLevel.Error, "Looking after the {Role} connection failed unexpectedly; it goes on")]
    public static partial void SupervisionFailed(ILogger logger, ConnectionRole role, Exception error);

    [LoggerMessage(108, LogLevel.Warning, "{Role} connection passed over a host: {Failure}")]
    public static partial void HostSkipped(ILogger logger, ConnectionRole role, string failure);

    [LoggerMessage(109, LogLevel.Warning, "The changed options are not usable, {Role} goes on connecting with the former: {Errors}")]
    public static partial void OptionsRefused(ILogger logger, ConnectionRole role, string errors);

    [LoggerMessage(110, LogLevel.Warning, "Leaving {Endpoint}: {Why}, and over {Other} it does. The {Role} connection is made anew; tasks that run here are told to abort")]
    public static partial void LeavingForAnother(ILogger logger, ConnectionRole role, string endpoint, string why, string other);

    [LoggerMessage(111, LogLevel.Warning, "The {Role} connection stays at {Endpoint}, though {Why}: nowhere else is an answer to be had either ({Error})")]
    public static partial void NoBetterElsewhere(ILogger logger, ConnectionRole role, string endpoint, string why, string error);
}
